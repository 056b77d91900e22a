-- Events of complete years by county or town, sex and age, with the people.
-- 分地区、性别、年龄的事件数与人口（整年）
-- grain: area_code, year, residency, event, sex, age_group

with

-- Before the people are looked up: once for each group and not for each code of it.
summed as (

    select
        tally.area_code,
        tally.period,
        tally.residency,
        tally.event,
        tally.sex,
        tally.age_group,
        sum(tally.official_count) as event_count,
        sum(tally.first_ever_count) as first_ever_count
    from work.tally as tally
    where
        tally.event in ('death', 'tumour', 'stroke', 'coronary', 'diabetes')
        and tally.official_count > 0
    group by
        tally.area_code,
        tally.period,
        tally.residency,
        tally.event,
        tally.sex,
        tally.age_group

)

select
    summed.area_code,  -- 县或乡镇（000 结尾为乡镇不详）
    period.year,  -- 年份
    summed.residency,  -- 人口口径
    summed.event,  -- 事件（death、tumour、stroke、coronary、diabetes）
    summed.sex,  -- 性别（9 不详）
    summed.age_group,  -- 年龄组（unknown 不详）
    cast(summed.event_count as bigint) as event_count,  -- 事件数（终审）
    cast(summed.first_ever_count as bigint) as first_ever_count,  -- 其中首次发病
    population.population  -- 年平均人口（不详或人口不全为空）
from summed
inner join reference.period as period
    on
        summed.period = period.period
        and period.kind = 'year'
        and period.is_complete
left join work.population as population
    on
        summed.area_code = population.area_code
        and summed.period = population.period
        and summed.residency = population.residency
        and summed.sex = population.sex
        and summed.age_group = population.age_group
