-- Crude death rate, reported and uncorrected.
-- 粗死亡率（‰）
-- grain: area_code, org_code, period, residency
-- unit: per_1000
-- interval: poisson
-- numerator_zh: 终审死亡数
-- denominator_zh: 年平均人口
-- population_zh: 户籍或常住平均人口，与分子同一口径
-- date_zh: 死亡日期
-- cards_zh: 死亡卡（终审、有效、去重）
-- numerator_cards: event: event = 'death' and is_official
-- source: 考核第18项；未校正漏报
-- note_zh: 年度完整后计算，不用登记处死亡记录

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
where place.card_type = 'death'
group by
    place.area_code,
    place.period,
    place.residency
