-- Cancer deaths to new cases of the same people and year (M/I).
-- 恶性肿瘤死亡发病比（M/I）
-- grain: area_code, org_code, period, residency
-- unit: ratio
-- interval: ratio
-- numerator_zh: 死亡数：C00–C97、D32–D33、D42–D43、D45–D47（含C44）
-- denominator_zh: 同一口径、同一年份的新发病例数
-- population_zh: 户籍或常住，与分母同一口径
-- date_zh: 死亡日期；诊断日期
-- cards_zh: 死亡卡（没有时用登记处死亡记录，见 method）；肿瘤卡
-- numerator_cards: event: event = 'death' and is_official and left(icd10, 3) in (select icd10_category from reference.cancer_group)
-- source: 考核第21项

with

deaths as (

    select
        cancer_death.area_code,
        cancer_death.period,
        cancer_death.residency,
        sum(cancer_death.death_count) as death_count
    from work.cancer_death as cancer_death
    group by
        cancer_death.area_code,
        cancer_death.period,
        cancer_death.residency

),

cases as (

    select
        place.county_code,
        place.area_code,
        place.period,
        place.residency,
        sum(coalesce(tally.official_count, 0)) as case_count
    from work.place as place
    left join work.tally as tally
        on
            place.area_code = tally.area_code
            and place.period = tally.period
            and place.residency = tally.residency
            and tally.event = 'tumour'
    where place.card_type = 'tumour'
    group by
        place.county_code,
        place.area_code,
        place.period,
        place.residency

)

select
    cases.area_code,  -- 县或乡镇
    cast(null as varchar) as org_code,  -- 机构（不分）
    cases.period,  -- 时段
    cases.residency,  -- 人口口径
    -- Deaths that are known from nowhere are no data, not zero; registry deaths carry no town.
    case
        when death_source.death_source = 'registry_deaths' and length(cases.area_code) > 6 then null
        when death_source.death_source is not null then coalesce(deaths.death_count, 0)
    end as numerator,  -- 分子
    cases.case_count as denominator,  -- 分母
    death_source.death_source as remark  -- 死亡数来源
from cases
left join work.death_source as death_source
    on
        cases.county_code = death_source.area_code
        and cases.period = death_source.period
        and cases.residency = death_source.residency
left join deaths
    on
        cases.area_code = deaths.area_code
        and cases.period = deaths.period
        and cases.residency = deaths.residency
