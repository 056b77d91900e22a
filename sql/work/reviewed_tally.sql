-- Listed cases of hospital reviews: reported, late, entered after the cutoff, missed.
-- 医院漏报检查病例：已报、迟报、截止后补卡、漏报
-- grain: card_type, area_code, org_code, period

-- Frozen at each list's cutoff: a card entered later (已补报) does not make the case reported. A
-- case that several sources of one review list counts once: in the county, and in each institution.
with

listed as (

    select
        case
            when listed_case.card_type = 'death' then 'death'
            else 'chronic'
        end as card_type,
        listed_case.area_code,
        listed_case.org_code,
        listed_case.is_repeat_in_survey,
        listed_case.is_repeat_at_org,
        period.period,
        listed_case.report_state
    from work.listed_case as listed_case
    inner join reference.period as period
        on
            listed_case.year = period.year
            and period.kind = 'year'
    where
        listed_case.purpose = 'hospital_review'
        and listed_case.is_eligible
        and listed_case.card_type in ('death', 'tumour', 'cardio', 'diabetes')
        and listed_case.report_state is not null

),

each_way as (

    select
        listed.card_type,
        listed.area_code,
        cast(null as varchar) as org_code,
        listed.period,
        listed.report_state
    from listed
    where not listed.is_repeat_in_survey
    union all
    select
        listed.card_type,
        listed.area_code,
        listed.org_code,
        listed.period,
        listed.report_state
    from listed
    where
        listed.org_code is not null
        and not listed.is_repeat_at_org

)

select
    each_way.card_type,  -- 死亡或慢性病
    each_way.area_code,  -- 机构所在县
    each_way.org_code,  -- 机构（空为全县）
    each_way.period,  -- 时段
    count(*) as eligible_count,  -- 应报
    cast(sum(case when each_way.report_state in ('made_up', 'missed') then 1 else 0 end) as bigint)
        as missed_count,  -- 截止日漏报（含截止后补卡）
    cast(sum(case when each_way.report_state = 'made_up' then 1 else 0 end) as bigint)
        as made_up_count,  -- 截止后补卡
    cast(sum(case when each_way.report_state = 'late' then 1 else 0 end) as bigint)
        as late_count  -- 迟报
from each_way
inner join work.area as area
    on each_way.area_code = area.area_code
group by
    each_way.card_type,
    each_way.area_code,
    each_way.org_code,
    each_way.period
