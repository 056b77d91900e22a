-- Deaths of complete years by county, sex, age and cause, with the people.
-- 分年龄、性别、死因的死亡数与人口（整年，县级）
-- grain: area_code, year, residency, sex, cause_group, age_group

with

people as (

    select
        population.area_code,
        period.year,
        population.residency,
        population.sex,
        population.age_group,
        population.population
    from work.population as population
    inner join reference.period as period
        on
            population.period = period.period
            and period.kind = 'year'
    union all
    select
        population.area_code,
        period.year,
        population.residency,
        '0' as sex,
        population.age_group,
        sum(population.population) as population
    from work.population as population
    inner join reference.period as period
        on
            population.period = period.period
            and period.kind = 'year'
    group by
        population.area_code,
        period.year,
        population.residency,
        population.age_group

)

select
    cause_tally.area_code,  -- 县
    cause_tally.year,  -- 年份
    cause_tally.residency,  -- 人口口径
    cause_tally.sex,  -- 性别（0 合计）
    cause_tally.cause_group,  -- 死因组（ALL 全死因；I、II、III、U 三大类及不明；其余为 CCD 序号）
    cause_tally.age_group,  -- 年龄组（unknown 不详）
    cause_tally.death_count,  -- 死亡数
    people.population  -- 年平均人口（年龄不详或人口不全为空）
from work.cause_tally as cause_tally
left join people
    on
        cause_tally.area_code = people.area_code
        and cause_tally.year = people.year
        and cause_tally.residency = people.residency
        and cause_tally.sex = people.sex
        and cause_tally.age_group = people.age_group
