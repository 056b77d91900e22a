-- Events of complete years by county or town, sex and age, with the people.
-- 分地区、性别、年龄的事件数与人口（整年）
-- grain: area_code, year, residency, event, sex, age_group

select
    tally.area_code,  -- 县或乡镇（000 结尾为乡镇不详）
    period.year,  -- 年份
    tally.residency,  -- 人口口径
    tally.event,  -- 事件（death、tumour、stroke、coronary、diabetes）
    tally.sex,  -- 性别（9 不详）
    tally.age_group,  -- 年龄组（unknown 不详）
    cast(sum(tally.official_count) as bigint) as event_count,  -- 事件数（终审）
    cast(sum(tally.first_ever_count) as bigint) as first_ever_count,  -- 其中首次发病
    max(population.population) as population  -- 年平均人口（不详或人口不全为空）
from work.tally as tally
inner join reference.period as period
    on
        tally.period = period.period
        and period.kind = 'year'
        and period.is_complete
left join work.population as population
    on
        tally.area_code = population.area_code
        and tally.period = population.period
        and tally.residency = population.residency
        and tally.sex = population.sex
        and tally.age_group = population.age_group
where
    tally.event in ('death', 'tumour', 'stroke', 'coronary', 'diabetes')
    and tally.official_count > 0
group by
    tally.area_code,
    period.year,
    tally.residency,
    tally.event,
    tally.sex,
    tally.age_group
