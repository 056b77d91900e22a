-- Hospital review, death cards: reported late among eligible listed cases.
-- 医疗机构死亡迟报率（%）
-- grain: area_code, org_code, period, residency
-- unit: percent
-- interval: wilson
-- numerator_zh: 截止日前已报、但属迟报的病例
-- denominator_zh: 符合条件的全部病例
-- population_zh: 本县机构，不论患者户籍
-- date_zh: 检查名单年份
-- cards_zh: 死亡卡；医院漏报检查名单
-- source: 考核第17、19项
-- note_zh: 名单未判定迟报（没有迟报病例）时为无数据，不写作0

select
    reviewed_tally.area_code,  -- 县
    reviewed_tally.org_code,  -- 机构（空为全县）
    reviewed_tally.period,  -- 时段
    cast(null as varchar) as residency,  -- 人口口径（不适用）
    -- A list whose lateness was not judged has no late case either: no data rather than zero.
    nullif(reviewed_tally.late_count, 0) as numerator,  -- 分子
    reviewed_tally.eligible_count as denominator  -- 分母
from work.reviewed_tally as reviewed_tally
where reviewed_tally.card_type = 'death'
