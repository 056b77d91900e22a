-- Reviews and surveys as they were entered: how many cases, in which clusters, how many missed.
-- 漏报检查与漏报调查汇总
-- grain: survey_id, purpose, card_type, area_code, year

-- routine_match lists are worklists: they are shown here and enter no rate.
select
    listed_case.survey_id,  -- 调查编号
    listed_case.purpose,  -- 用途
    listed_case.card_type,  -- 卡片类型
    listed_case.area_code,  -- 县
    listed_case.year,  -- 年份
    max(listed_case.cutoff_date) as cutoff_date,  -- 截止日期
    count(*) as listed_count,  -- 列出病例数（每人每事件计一次）
    cast(sum(case when listed_case.is_eligible then 1 else 0 end) as bigint)
        as eligible_count,  -- 符合条件数
    cast(
        sum(
            case
                when
                    listed_case.is_eligible
                    and listed_case.report_state in ('made_up', 'missed')
                    then 1
                else 0
            end
        ) as bigint
    ) as missed_count,  -- 截止日漏报数
    count(distinct listed_case.cluster) as cluster_count  -- 群数
from work.listed_case as listed_case
where not listed_case.is_repeat_in_survey
group by
    listed_case.survey_id,
    listed_case.purpose,
    listed_case.card_type,
    listed_case.area_code,
    listed_case.year
