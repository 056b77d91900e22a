-- Share of incident cards first visited in time among those due.
-- 慢性病初访及时率（%）
-- grain: area_code, org_code, period, residency
-- unit: percent
-- interval: wilson
-- numerator_zh: 初访日期在期限内（区县审核后30天）
-- denominator_zh: 初访期限已到的终审卡
-- population_zh: 本县管理机构
-- date_zh: 发病或诊断日期所在时段
-- cards_zh: 肿瘤、心脑血管、糖尿病卡
-- numerator_cards: visit: card_type = 'chronic' and is_due and is_timely
-- source: 浙江质控口径

select
    first_visit_tally.area_code,  -- 县
    first_visit_tally.org_code,  -- 管理机构（空为全县）
    first_visit_tally.period,  -- 时段
    cast(null as varchar) as residency,  -- 人口口径（不适用）
    first_visit_tally.timely_count as numerator,  -- 分子
    first_visit_tally.due_count as denominator  -- 分母
from work.first_visit_tally as first_visit_tally
where first_visit_tally.card_type = 'chronic'
