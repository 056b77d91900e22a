-- Mean population by place, period, sex and age; only where all 38 cells are known.
-- 平均人口：地区、时段、人口口径、性别、年龄组（38 格齐全者）
-- grain: area_code, period, residency, sex, age_group

-- A population that lacks one sex or one age group would give a rate that is wrong, not missing.
with

whole as (

    select
        population.area_code,
        population.year,
        population.residency
    from reference.population as population
    group by
        population.area_code,
        population.year,
        population.residency
    having
        count(population.population) = 38
        and count(distinct population.sex || '/' || population.age_group) = 38
        and min(population.population) >= 0

)

select
    population.area_code,  -- 县或乡镇
    period.period,  -- 时段
    population.residency,  -- 人口口径
    population.sex,  -- 性别
    population.age_group,  -- 年龄组
    population.population  -- 平均人口
from reference.population as population
inner join whole
    on
        population.area_code = whole.area_code
        and population.year = whole.year
        and population.residency = whole.residency
inner join reference.period as period
    on population.year = period.population_year
inner join reference.age_group as age_group
    on population.age_group = age_group.age_group
