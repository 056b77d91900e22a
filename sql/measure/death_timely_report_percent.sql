-- Share of death cards entered within 7 days of death or of the card's date.
-- 死亡报告及时率（%）
-- grain: area_code, org_code, period, residency
-- unit: percent
-- interval: wilson
-- numerator_zh: 创建时间在死亡后7天内，或在报卡日期后7天内
-- denominator_zh: 终审卡中日期可判断者
-- population_zh: 本县机构，不论患者户籍
-- date_zh: 死亡日期所在时段
-- cards_zh: 死亡卡（卡状态0）
-- numerator_cards: judged: card_type = 'death' and is_final and is_report_timely
-- source: 浙江死因质控口径
-- note_zh: 死亡地点不限

select
    judged_tally.area_code,  -- 县
    judged_tally.org_code,  -- 机构（空为全县）
    judged_tally.period,  -- 时段
    cast(null as varchar) as residency,  -- 人口口径（不适用）
    sum(judged_tally.report_timely_count) as numerator,  -- 分子
    sum(judged_tally.report_judged_count) as denominator  -- 分母
from work.judged_tally as judged_tally
where judged_tally.card_type = 'death'
group by
    judged_tally.area_code,
    judged_tally.org_code,
    judged_tally.period
