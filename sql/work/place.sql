-- Places with cards of a kind in a period, and their population (null when not known).
-- 有该类卡片的地区与时段及其平均人口
-- grain: card_type, area_code, period, residency

-- A county without one card of the kind in the period has sent nothing: that is no data, not zero.
-- A town of a county that did report is a true zero.
with

county as (

    select
        tally.card_type,
        tally.county_code,
        tally.period,
        tally.residency
    from work.tally as tally
    group by
        tally.card_type,
        tally.county_code,
        tally.period,
        tally.residency

),

population as (

    select
        population.area_code,
        population.period,
        population.residency,
        sum(population.population) as population
    from work.population as population
    group by
        population.area_code,
        population.period,
        population.residency

),

place as (

    select
        tally.card_type,
        tally.county_code,
        tally.area_code,
        tally.period,
        tally.residency
    from work.tally as tally
    union
    select
        county.card_type,
        county.county_code,
        population.area_code,
        county.period,
        county.residency
    from county
    inner join population
        on
            county.county_code = left(population.area_code, 6)
            and county.period = population.period
            and county.residency = population.residency

)

select
    place.card_type,  -- 卡片类型
    place.county_code,  -- 县
    place.area_code,  -- 县或乡镇
    place.period,  -- 时段
    place.residency,  -- 人口口径
    population.population  -- 平均人口
from place
left join population
    on
        place.area_code = population.area_code
        and place.period = population.period
        and place.residency = population.residency
