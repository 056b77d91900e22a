-- Incidence of cancer, registry set with C44.
-- 恶性肿瘤发病率（1/10万）
-- grain: area_code, org_code, period, residency
-- unit: per_100k
-- interval: poisson
-- numerator_zh: 新发病例数：C00–C97、D32–D33、D42–D43、D45–D47（含C44）
-- denominator_zh: 年平均人口
-- population_zh: 户籍或常住平均人口，与分子同一口径
-- date_zh: 诊断日期
-- cards_zh: 肿瘤卡（终审、有效、去重）
-- numerator_cards: event: event = 'tumour' and is_official
-- source: 考核第19项；T/CHIA 18-2021

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
        and tally.event = 'tumour'
where place.card_type = 'tumour'
group by
    place.area_code,
    place.period,
    place.residency
