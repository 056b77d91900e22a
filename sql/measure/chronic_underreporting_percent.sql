-- Hospital review, chronic cards: missed at the cutoff among eligible listed cases.
-- 医疗机构慢性病漏报率（%）
-- grain: area_code, org_code, period, residency
-- unit: percent
-- interval: wilson
-- numerator_zh: 截止日未报告的病例（含截止后补卡者）
-- denominator_zh: 符合条件的全部病例
-- population_zh: 本县机构，不论患者户籍
-- date_zh: 检查名单年份
-- cards_zh: 肿瘤、心脑血管、糖尿病卡；医院漏报检查名单
-- source: 考核第17、19项
-- note_zh: 按检查名单截止日冻结，截止后补卡不改变漏报率

select
    reviewed_tally.area_code,  -- 县
    reviewed_tally.org_code,  -- 机构（空为全县）
    reviewed_tally.period,  -- 时段
    cast(null as varchar) as residency,  -- 人口口径（不适用）
    reviewed_tally.missed_count as numerator,  -- 分子
    reviewed_tally.eligible_count as denominator  -- 分母
from work.reviewed_tally as reviewed_tally
where reviewed_tally.card_type = 'chronic'
