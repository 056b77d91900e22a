-- Share of new cases known by a death certificate only (DCO).
-- 仅有死亡医学证明书比例（DCO%）
-- grain: area_code, org_code, period, residency
-- unit: percent
-- interval: wilson
-- numerator_zh: 诊断依据（国家）为0，或追溯无果的死亡补发病例；追溯未定的只计入分母
-- denominator_zh: 恶性肿瘤新发病例数
-- population_zh: 户籍或常住，与分母同一口径
-- date_zh: 诊断日期
-- cards_zh: 肿瘤卡（终审、有效、去重）
-- numerator_cards: event: event = 'tumour' and is_official and is_certificate_only
-- source: 考核第21项；T/CHIA 18-2021 3.1.2–3.1.4

select
    place.area_code,  -- 县或乡镇
    cast(null as varchar) as org_code,  -- 机构（不分）
    place.period,  -- 时段
    place.residency,  -- 人口口径
    sum(coalesce(tally.certificate_only_count, 0)) as numerator,  -- 分子
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
