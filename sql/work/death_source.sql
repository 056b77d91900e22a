-- Where the deaths of a county's people are known from: death cards, else the cancer registry.
-- 死亡资料来源：有终审死亡卡的取死亡卡，否则取登记处死亡记录
-- grain: area_code, period, residency

with

from_cards as (

    select
        tally.county_code as area_code,
        tally.period,
        tally.residency
    from work.tally as tally
    where
        tally.event = 'death'
        and tally.official_count > 0
    group by
        tally.county_code,
        tally.period,
        tally.residency

),

-- A registry's death records speak for its registered people.
from_registry as (

    select
        left(tumour_death.area_code, 6) as area_code,
        period.period,
        'registered' as residency
    from card.tumour_death as tumour_death
    inner join reference.period as period
        on
            (period.kind = 'year' and tumour_death.year = period.year)
            or (
                period.kind = 'last_12_months'
                and tumour_death.death_date between period.date_from and period.date_to
            )
    inner join work.area as area
        on left(tumour_death.area_code, 6) = area.area_code
    group by
        left(tumour_death.area_code, 6),
        period.period

)

select
    from_cards.area_code,  -- 县
    from_cards.period,  -- 时段
    from_cards.residency,  -- 人口口径
    'death_cards' as death_source  -- 来源
from from_cards
union all
select
    from_registry.area_code,
    from_registry.period,
    from_registry.residency,
    'registry_deaths' as death_source
from from_registry
left join from_cards
    on
        from_registry.area_code = from_cards.area_code
        and from_registry.period = from_cards.period
        and from_registry.residency = from_cards.residency
where from_cards.area_code is null
