-- Cards judged by the institution that reported them, whoever the person was.
-- 按报告机构评价的卡：审核、及时、填写与编码
-- grain: card_type, card_id, period

select
    judgement.card_type,  -- 卡片类型
    judgement.card_id,  -- 报告卡编号
    judgement.area_code,  -- 报告机构所在县
    judgement.org_code,  -- 报告机构
    period.period,  -- 时段
    judgement.is_final,  -- 终审
    judgement.is_audit_due,  -- 区县审核已到期
    judgement.is_report_judged,  -- 报告及时性可判断
    judgement.is_report_timely,  -- 报告及时
    judgement.is_audit_judged,  -- 审核及时性可判断
    judgement.is_audit_timely,  -- 审核及时
    judgement.has_id_number,  -- 已填身份证件号码
    judgement.is_chain_complete,  -- 死因链完整
    judgement.is_symptom_cause,  -- 症状体征或损伤性质
    judgement.is_vague_heart_cause,  -- 心血管病缺乏诊断意义
    judgement.is_organ_failure_cause,  -- 脏器衰竭或单纯高血压
    judgement.is_vague_tumour_cause,  -- 肿瘤部位不明
    judgement.is_vague_intent_cause  -- 伤害意图不明
from work.judgement as judgement
inner join work.area as area
    on judgement.area_code = area.area_code
inner join reference.period as period
    on
        (period.kind = 'year' and judgement.year = period.year)
        or (
            period.kind = 'last_12_months'
            and judgement.event_date between period.date_from and period.date_to
        )
