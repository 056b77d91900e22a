-- Deaths and population by age for life tables: counties with a whole population only.
-- 分年龄死亡数与人口（寿命表用，县级）
-- grain: area_code, period, residency, age_group

with

deaths as (

    select
        tally.area_code,
        tally.period,
        tally.residency,
        tally.age_group,
        sum(tally.official_count) as death_count,
        -- The four main noncommunicable diseases of the WHO monitoring framework.
        sum(
            case
                when
                    left(tally.icd10, 1) = 'I'
                    or left(tally.icd10, 3) between 'C00' and 'C97'
                    or left(tally.icd10, 3) between 'E10' and 'E14'
                    or left(tally.icd10, 3) between 'J30' and 'J98'
                    then tally.official_count
                else 0
            end
        ) as ncd_death_count
    from work.tally as tally
    where tally.event = 'death'
    group by
        tally.area_code,
        tally.period,
        tally.residency,
        tally.age_group

),

people as (

    select
        population.area_code,
        population.period,
        population.residency,
        population.age_group,
        sum(population.population) as population
    from work.population as population
    where length(population.area_code) = 6
    group by
        population.area_code,
        population.period,
        population.residency,
        population.age_group

)

select
    people.area_code,  -- 县
    people.period,  -- 时段
    people.residency,  -- 人口口径
    people.age_group,  -- 年龄组
    age_group.age_from,  -- 起始年龄
    people.population,  -- 平均人口
    cast(coalesce(deaths.death_count, 0) as bigint) as death_count,  -- 死亡数
    cast(coalesce(deaths.ncd_death_count, 0) as bigint) as ncd_death_count  -- 四类慢性病死亡数
from people
inner join work.place as place
    on
        people.area_code = place.area_code
        and people.period = place.period
        and people.residency = place.residency
        and place.card_type = 'death'
inner join reference.age_group as age_group
    on people.age_group = age_group.age_group
left join deaths
    on
        people.area_code = deaths.area_code
        and people.period = deaths.period
        and people.residency = deaths.residency
        and people.age_group = deaths.age_group
