-- Cancer deaths by place, period, people, sex and ICD-10 category, from their one source.
-- 恶性肿瘤死亡数：优先取死亡报告卡，没有时取登记处死亡记录
-- grain: area_code, period, residency, sex, icd10_category

with

from_cards as (

    select
        tally.area_code,
        tally.period,
        tally.residency,
        tally.sex,
        left(tally.icd10, 3) as icd10_category,
        sum(tally.official_count) as death_count
    from work.tally as tally
    where
        tally.event = 'death'
        and left(tally.icd10, 3) in (
            select cancer_group.icd10_category
            from reference.cancer_group as cancer_group
        )
    group by
        tally.area_code,
        tally.period,
        tally.residency,
        tally.sex,
        left(tally.icd10, 3)

),

from_registry as (

    select
        left(tumour_death.area_code, 6) as area_code,
        period.period,
        'registered' as residency,
        coalesce(tumour_death.sex, '9') as sex,
        left(tumour_death.icd10, 3) as icd10_category,
        count(*) as death_count
    from card.tumour_death as tumour_death
    inner join reference.period as period
        on
            (period.kind = 'year' and tumour_death.year = period.year)
            or (
                period.kind = 'last_12_months'
                and tumour_death.death_date between period.date_from and period.date_to
            )
    inner join work.death_source as death_source
        on
            left(tumour_death.area_code, 6) = death_source.area_code
            and period.period = death_source.period
            and death_source.residency = 'registered'
            and death_source.death_source = 'registry_deaths'
    where
        left(tumour_death.icd10, 3) in (
            select cancer_group.icd10_category
            from reference.cancer_group as cancer_group
        )
    group by
        left(tumour_death.area_code, 6),
        period.period,
        coalesce(tumour_death.sex, '9'),
        left(tumour_death.icd10, 3)

)

select
    from_cards.area_code,  -- 县或乡镇
    from_cards.period,  -- 时段
    from_cards.residency,  -- 人口口径
    from_cards.sex,  -- 性别
    from_cards.icd10_category,  -- 编码类目
    cast(from_cards.death_count as bigint) as death_count  -- 死亡数
from from_cards
union all
select
    from_registry.area_code,
    from_registry.period,
    from_registry.residency,
    from_registry.sex,
    from_registry.icd10_category,
    cast(from_registry.death_count as bigint) as death_count
from from_registry
