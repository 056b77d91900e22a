-- DCO share if the trace-back of every open death-notified case failed.
-- 仅有死亡医学证明书比例，追溯未定者全部按DCO（%）
-- grain: area_code, org_code, period, residency
-- unit: percent
-- interval: wilson
-- numerator_zh: DCO 病例与追溯未定的死亡补发病例
-- denominator_zh: 恶性肿瘤新发病例数
-- population_zh: 户籍或常住，与分母同一口径
-- date_zh: 诊断日期
-- cards_zh: 肿瘤卡（终审、有效、去重）
-- numerator_cards: event: event = 'tumour' and is_official and (is_certificate_only or is_open_notified)
-- source: 考核第21项，最不利情形

select
    place.area_code,  -- 县或乡镇
    cast(null as varchar) as org_code,  -- 机构（不分）
    place.period,  -- 时段
    place.residency,  -- 人口口径
    sum(
        coalesce(tally.certificate_only_count, 0) + coalesce(tally.open_notified_count, 0)
    ) as numerator,  -- 分子
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
