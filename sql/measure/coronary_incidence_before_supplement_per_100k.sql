-- Incidence of acute coronary events without cards made from death cards.
-- 冠心病急性事件发病率，死亡补发前（1/10万）
-- grain: area_code, org_code, period, residency
-- unit: per_100k
-- interval: poisson
-- numerator_zh: 冠心病急性事件数，不含死亡补发卡
-- denominator_zh: 年平均人口
-- population_zh: 户籍或常住平均人口，与分子同一口径
-- date_zh: 发病日期（缺失时用确诊日期）
-- cards_zh: 心脑血管卡（终审、有效，28天内为同一事件）
-- numerator_cards: event: event = 'coronary' and is_official and not is_supplement
-- source: 考核第19项，对照口径

select
    place.area_code,  -- 县或乡镇
    cast(null as varchar) as org_code,  -- 机构（不分）
    place.period,  -- 时段
    place.residency,  -- 人口口径
    sum(coalesce(tally.not_supplement_count, 0)) as numerator,  -- 分子
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
