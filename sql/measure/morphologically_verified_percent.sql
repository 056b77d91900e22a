-- Share of new cases with microscopic verification, basis 5 6 7 8.
-- 病理诊断率（%）
-- grain: area_code, org_code, period, residency
-- unit: percent
-- interval: wilson
-- numerator_zh: 诊断依据含 5、6、7 或 8 的新发病例
-- denominator_zh: 恶性肿瘤新发病例数
-- population_zh: 户籍或常住，与分母同一口径
-- date_zh: 诊断日期
-- cards_zh: 肿瘤卡（终审、有效、去重）
-- numerator_cards: event: event = 'tumour' and is_official and is_verified
-- source: 考核第21项；T/CHIA 18-2021 表4
-- note_zh: 6–8 另列

select
    place.area_code,  -- 县或乡镇
    cast(null as varchar) as org_code,  -- 机构（不分）
    place.period,  -- 时段
    place.residency,  -- 人口口径
    sum(coalesce(tally.verified_count, 0)) as numerator,  -- 分子
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
