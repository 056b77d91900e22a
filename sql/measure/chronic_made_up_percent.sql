-- Hospital review, chronic cards: entered after the cutoff among those missed at it.
-- 医疗机构慢性病补报率（%）
-- grain: area_code, org_code, period, residency
-- unit: percent
-- interval: wilson
-- numerator_zh: 截止日漏报、其后已有报告卡的病例
-- denominator_zh: 截止日漏报的病例
-- population_zh: 本县机构，不论患者户籍
-- date_zh: 检查名单年份
-- cards_zh: 肿瘤、心脑血管、糖尿病卡；医院漏报检查名单
-- source: 考核第17、19项

select
    reviewed_tally.area_code,  -- 县
    reviewed_tally.org_code,  -- 机构（空为全县）
    reviewed_tally.period,  -- 时段
    cast(null as varchar) as residency,  -- 人口口径（不适用）
    reviewed_tally.made_up_count as numerator,  -- 分子
    reviewed_tally.missed_count as denominator  -- 分母
from work.reviewed_tally as reviewed_tally
where reviewed_tally.card_type = 'chronic'
