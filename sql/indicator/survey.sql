-- Reviews and surveys as they were entered: how many cases, in which clusters, how many missed.
-- 漏报检查与漏报调查汇总
-- grain: survey_id, purpose, card_type, area_code, year

-- routine_match lists are worklists: they are shown here and enter no rate.
select
    survey_case.survey_id,  -- 调查编号
    survey_case.purpose,  -- 用途
    survey_case.card_type,  -- 卡片类型
    coalesce(institution.area_code, left(survey_case.area_code, 6)) as area_code,  -- 县
    survey_case.year,  -- 年份
    max(survey_case.cutoff_date) as cutoff_date,  -- 截止日期
    count(*) as listed_count,  -- 列出病例数
    cast(sum(case when survey_case.eligible = '1' then 1 else 0 end) as bigint)
        as eligible_count,  -- 符合条件数
    cast(
        sum(
            case
                when
                    survey_case.eligible = '1'
                    and survey_case.report_state in ('made_up', 'missed')
                    then 1
                else 0
            end
        ) as bigint
    ) as missed_count,  -- 截止日漏报数
    count(distinct survey_case.cluster) as cluster_count  -- 群数
from typed.survey_case as survey_case
left join work.institution as institution
    on survey_case.org_code = institution.org_code
group by
    survey_case.survey_id,
    survey_case.purpose,
    survey_case.card_type,
    coalesce(institution.area_code, left(survey_case.area_code, 6)),
    survey_case.year
