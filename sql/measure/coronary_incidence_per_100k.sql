-- Incidence of acute coronary events.
-- 冠心病急性事件发病率（1/10万）
-- grain: area_code, org_code, period, residency
-- unit: per_100k
-- interval: poisson
-- numerator_zh: I21–I22、I46.1，及此前28天无事件的冠心病死亡（类型3，I20–I25）
-- denominator_zh: 年平均人口
-- population_zh: 户籍或常住平均人口，与分子同一口径
-- date_zh: 发病日期（缺失时用确诊日期）
-- cards_zh: 心脑血管卡（终审、有效，28天内为同一事件）
-- numerator_cards: event: event = 'coronary' and is_official
-- source: 考核第19项；28天规则
-- note_zh: 含死亡补发卡；补发前另列。类型3无死亡日期的为错卡，不计

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
        and tally.event = 'coronary'
where place.card_type = 'cardio'
group by
    place.area_code,
    place.period,
    place.residency
