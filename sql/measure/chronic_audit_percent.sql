-- Share of incident cards finally audited among those whose county audit fell due.
-- 慢性病卡审核率（%）
-- grain: area_code, org_code, period, residency
-- unit: percent
-- interval: wilson
-- numerator_zh: 审核状态为3、5、6、7、8
-- denominator_zh: 区县审核已到期的卡
-- population_zh: 本县机构，不论患者户籍
-- date_zh: 发病或诊断日期所在时段
-- cards_zh: 肿瘤、心脑血管、糖尿病卡（卡状态0、6、7）
-- numerator_cards: judged: card_type in ('tumour', 'cardio', 'diabetes') and is_final and is_audit_due
-- source: 慢性病监测质控口径

select
    judged_tally.area_code,  -- 县
    judged_tally.org_code,  -- 机构（空为全县）
    judged_tally.period,  -- 时段
    cast(null as varchar) as residency,  -- 人口口径（不适用）
    sum(judged_tally.due_final_count) as numerator,  -- 分子
    sum(judged_tally.audit_due_count) as denominator  -- 分母
from work.judged_tally as judged_tally
where judged_tally.card_type in ('tumour', 'cardio', 'diabetes')
group by
    judged_tally.area_code,
    judged_tally.org_code,
    judged_tally.period
