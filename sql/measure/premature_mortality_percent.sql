-- Probability of dying at 30-69 from the four main noncommunicable diseases (40q30).
-- 重大慢性病过早死亡率（%）
-- grain: area_code, org_code, period, residency
-- unit: percent
-- interval: premature
-- numerator_zh: 寿命表法 30–69 岁死于四类慢性病的概率 × 100000
-- denominator_zh: 寿命表基数 100000
-- population_zh: 户籍或常住平均人口，与分子同一口径
-- date_zh: 死亡日期
-- cards_zh: 死亡卡（终审、有效、去重）
-- source: WHO 全球慢性病监测框架 指标1
-- note_zh: I00–I99、C00–C97、E10–E14、J30–J98；未校正漏报

-- What enters the table: deaths and people. The life table itself is made of work.age_death.
select
    age_death.area_code,  -- 县
    cast(null as varchar) as org_code,  -- 机构（不分）
    age_death.period,  -- 时段
    age_death.residency,  -- 人口口径
    sum(age_death.ncd_death_count) as numerator,  -- 死亡数
    sum(age_death.population) as denominator  -- 平均人口
from work.age_death as age_death
group by
    age_death.area_code,
    age_death.period,
    age_death.residency
