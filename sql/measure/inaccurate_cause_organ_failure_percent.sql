-- Share of death cards with an imprecise underlying cause: organ failure or hypertension alone.
-- 根本死因编码不准确比例：脏器衰竭或单纯高血压（%）
-- grain: area_code, org_code, period, residency
-- unit: percent
-- interval: wilson
-- numerator_zh: 根本死因 I10、J96、K72、N17–N19
-- denominator_zh: 终审死亡卡
-- population_zh: 本县机构，不论患者户籍
-- date_zh: 死亡日期所在时段
-- cards_zh: 死亡卡（卡状态0）
-- numerator_cards: judged: card_type = 'death' and is_final and is_organ_failure_cause
-- source: 浙江死因质控口径，分组

select
    judged_tally.area_code,  -- 县
    judged_tally.org_code,  -- 机构（空为全县）
    judged_tally.period,  -- 时段
    cast(null as varchar) as residency,  -- 人口口径（不适用）
    sum(judged_tally.organ_failure_cause_count) as numerator,  -- 分子
    sum(judged_tally.final_count) as denominator  -- 分母
from work.judged_tally as judged_tally
where judged_tally.card_type = 'death'
group by
    judged_tally.area_code,
    judged_tally.org_code,
    judged_tally.period
