-- Mortality from stroke, I60 I61 I63 I64.
-- 脑卒中死亡率（1/10万）
-- grain: area_code, org_code, period, residency
-- unit: per_100k
-- interval: poisson
-- numerator_zh: 根本死因 I60、I61、I63、I64 的死亡数
-- denominator_zh: 年平均人口
-- population_zh: 户籍或常住平均人口，与分子同一口径
-- date_zh: 死亡日期
-- cards_zh: 死亡卡（终审、有效、去重）
-- numerator_cards: event: event = 'death' and is_official and left(icd10, 3) in ('I60', 'I61', 'I63', 'I64')
-- source: 对照

select
    place.area_code,  -- 县或乡镇
    cast(null as varchar) as org_code,  -- 机构（不分）
    place.period,  -- 时段
    place.residency,  -- 人口口径
    sum(coalesce(tally.official_count, 0)) as numerator,  -- 分子
    max(place.population) as denominator  -- 分母
from work.place as place
left join work.tally as tally
    on
        place.area_code = tally.area_code
        and place.period = tally.period
        and place.residency = tally.residency
        and tally.event = 'death'
        and left(tally.icd10, 3) in ('I60', 'I61', 'I63', 'I64')
where place.card_type = 'death'
group by
    place.area_code,
    place.period,
    place.residency
