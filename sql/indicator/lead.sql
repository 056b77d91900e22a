-- Checkable leads: people and institutions to look at, for complete years.
-- 可核查线索（整年）：死亡无发病卡、检查名单未报告、无报卡无零报告的机构
-- grain: area_code, year, residency, lead

-- These are records to check one by one, not cases to be made: nothing is created from them.
with

with_disease as (

    -- The list looks up the county's registered people; of the residents those who are both.
    select
        death.year,
        basis.residency,
        case
            when basis.residency = 'registered' then death.area_code
            else death.residence_area_code
        end as area_code,
        concat('death_without_', death_without_case.disease, '_card') as lead
    from quality.death_without_case as death_without_case
    inner join card.death as death
        on death_without_case.card_id = death.card_id
    cross join work.basis as basis
    where
        death.is_counted
        and death.count_base = 'official'
        and basis.digits = 6

)

select
    with_disease.area_code,  -- 县
    with_disease.year,  -- 年份
    with_disease.residency,  -- 人口口径
    with_disease.lead,  -- 线索
    count(*) as lead_count  -- 数量
from with_disease
inner join work.area as area
    on with_disease.area_code = area.area_code
group by
    with_disease.area_code,
    with_disease.year,
    with_disease.residency,
    with_disease.lead
union all
select
    reviewed_tally.area_code,
    period.year,
    cast(null as varchar) as residency,
    'listed_' || reviewed_tally.card_type || '_not_reported' as lead,
    reviewed_tally.missed_count - reviewed_tally.made_up_count as lead_count
from work.reviewed_tally as reviewed_tally
inner join reference.period as period
    on reviewed_tally.period = period.period
where
    reviewed_tally.org_code is null
    and period.is_complete
    and reviewed_tally.missed_count > reviewed_tally.made_up_count
union all
-- The chronic ones among them by disease: a list of strokes is no lead for coronary events.
select
    listed_case.area_code,
    period.year,
    cast(null as varchar) as residency,
    concat('listed_', listed_case.disease, '_not_reported') as lead,
    count(*) as lead_count
from work.listed_case as listed_case
inner join reference.period as period
    on
        listed_case.year = period.year
        and period.kind = 'year'
inner join work.area as area
    on listed_case.area_code = area.area_code
where
    listed_case.purpose = 'hospital_review'
    and listed_case.is_eligible
    and not listed_case.is_repeat_in_survey
    and listed_case.report_state = 'missed'
    and listed_case.card_type in ('tumour', 'cardio', 'diabetes')
    and listed_case.disease in ('tumour', 'stroke', 'coronary', 'diabetes')
    and period.is_complete
group by
    listed_case.area_code,
    period.year,
    listed_case.disease
union all
select
    death_reporter.area_code,
    period.year,
    cast(null as varchar) as residency,
    'silent_institution' as lead,
    count(*) as lead_count
from work.death_reporter as death_reporter
inner join reference.period as period
    on death_reporter.period = period.period
where
    death_reporter.active_month_count = 0
    and period.kind = 'year'
    and period.is_complete
group by
    death_reporter.area_code,
    period.year
