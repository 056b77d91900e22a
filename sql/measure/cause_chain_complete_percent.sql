-- Share of death cards with a multiple-cause chain.
-- 多死因链填写完整率（%）
-- grain: area_code, org_code, period, residency
-- unit: percent
-- interval: wilson
-- numerator_zh: a行已填且不是J96、R57.9、R99、R53、I50，并且b行已填
-- denominator_zh: 终审死亡卡
-- population_zh: 本县机构，不论患者户籍
-- date_zh: 死亡日期所在时段
-- cards_zh: 死亡卡（卡状态0）
-- numerator_cards: judged: card_type = 'death' and is_final and is_chain_complete
-- source: 浙江死因质控口径

select
    judged_tally.area_code,  -- 县
    judged_tally.org_code,  -- 机构（空为全县）
    judged_tally.period,  -- 时段
    cast(null as varchar) as residency,  -- 人口口径（不适用）
    sum(judged_tally.chain_complete_count) as numerator,  -- 分子
    sum(judged_tally.final_count) as denominator  -- 分母
from work.judged_tally as judged_tally
where judged_tally.card_type = 'death'
group by
    judged_tally.area_code,
    judged_tally.org_code,
    judged_tally.period
