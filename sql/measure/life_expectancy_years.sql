-- Life expectancy at birth from an abridged life table.
-- 期望寿命（岁）
-- grain: area_code, org_code, period, residency
-- unit: years
-- interval: life_table
-- numerator_zh: 寿命表总生存人年 T0
-- denominator_zh: 寿命表基数 100000
-- population_zh: 户籍或常住平均人口，与分子同一口径
-- date_zh: 死亡日期
-- cards_zh: 死亡卡（终审、有效、去重）
-- source: Chiang CL 1984
-- note_zh: Chiang II法简略寿命表，a0=0.1；未校正漏报；年龄不详者不计

-- What enters the table: deaths and people. The life table itself is made of work.age_death.
select
    age_death.area_code,  -- 县
    cast(null as varchar) as org_code,  -- 机构（不分）
    age_death.period,  -- 时段
    age_death.residency,  -- 人口口径
    sum(age_death.death_count) as numerator,  -- 死亡数
    sum(age_death.population) as denominator  -- 平均人口
from work.age_death as age_death
group by
    age_death.area_code,
    age_death.period,
    age_death.residency
