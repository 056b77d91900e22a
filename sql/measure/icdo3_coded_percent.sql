-- Share of new cases with topography, morphology and behaviour of ICD-O-3.
-- ICD-O-3 编码率（%）
-- grain: area_code, org_code, period, residency
-- unit: percent
-- interval: wilson
-- numerator_zh: 部位、形态学、行为编码齐全且在 ICD-O-3 范围内的病例
-- denominator_zh: 恶性肿瘤新发病例数
-- population_zh: 户籍或常住，与分母同一口径
-- date_zh: 诊断日期
-- cards_zh: 肿瘤卡（终审、有效、去重）
-- numerator_cards: event: event = 'tumour' and is_official and is_icdo3_coded
-- source: 考核第21项；95%界值为本系统自定

select
    place.area_code,  -- 县或乡镇
    cast(null as varchar) as org_code,  -- 机构（不分）
    place.period,  -- 时段
    place.residency,  -- 人口口径
    sum(coalesce(tally.icdo3_coded_count, 0)) as numerator,  -- 分子
    sum(coalesce(tally.official_count, 0)) as denominator  -- 分母
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
