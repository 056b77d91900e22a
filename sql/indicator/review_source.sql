-- Which sources a review or survey looked at, with how many cases each.
-- 漏报检查与漏报调查的资料来源
-- grain: survey_id, purpose, card_type, area_code, year, source

select
    listed_case.survey_id,  -- 调查编号
    listed_case.purpose,  -- 用途
    case
        when listed_case.card_type = 'death' then 'death'
        else 'chronic'
    end as card_type,  -- 死亡或慢性病
    listed_case.area_code,  -- 县
    listed_case.year,  -- 年份
    coalesce(listed_case.source, '') as source,  -- 来源
    count(*) as listed_count  -- 列出的符合条件病例数
from work.listed_case as listed_case
where
    listed_case.purpose <> 'routine_match'
    and listed_case.is_eligible
group by
    listed_case.survey_id,
    listed_case.purpose,
    case
        when listed_case.card_type = 'death' then 'death'
        else 'chronic'
    end,
    listed_case.area_code,
    listed_case.year,
    coalesce(listed_case.source, '')
