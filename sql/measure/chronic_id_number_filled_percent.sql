-- Share of incident cards with an ID number.
-- 慢性病卡身份证号填写率（%）
-- grain: area_code, org_code, period, residency
-- unit: percent
-- interval: wilson
-- numerator_zh: 有可用的身份证号
-- denominator_zh: 终审卡
-- population_zh: 本县机构，不论患者户籍
-- date_zh: 发病或诊断日期所在时段
-- cards_zh: 肿瘤、心脑血管、糖尿病卡（卡状态0、6、7）
-- numerator_cards: judged: card_type in ('tumour', 'cardio', 'diabetes') and is_final and has_id_number
-- source: 慢性病监测质控口径

select
    judged_tally.area_code,  -- 县
    judged_tally.org_code,  -- 机构（空为全县）
    judged_tally.period,  -- 时段
    cast(null as varchar) as residency,  -- 人口口径（不适用）
    sum(judged_tally.id_number_count) as numerator,  -- 分子
    sum(judged_tally.final_count) as denominator  -- 分母
from work.judged_tally as judged_tally
where judged_tally.card_type in ('tumour', 'cardio', 'diabetes')
group by
    judged_tally.area_code,
    judged_tally.org_code,
    judged_tally.period
