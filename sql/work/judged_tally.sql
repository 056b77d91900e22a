-- Judged cards counted, for each county (org_code null) and each institution.
-- 按报告机构评价的卡数：全县（机构为空）与各机构
-- grain: card_type, area_code, org_code, period

with

each_way as (

    select
        judged_card.card_type,
        judged_card.area_code,
        cast(null as varchar) as org_code,
        judged_card.period,
        judged_card.is_final,
        judged_card.is_audit_due,
        judged_card.is_report_judged,
        judged_card.is_report_timely,
        judged_card.is_audit_judged,
        judged_card.is_audit_timely,
        judged_card.has_id_number,
        judged_card.is_chain_complete,
        judged_card.is_symptom_cause,
        judged_card.is_vague_heart_cause,
        judged_card.is_organ_failure_cause,
        judged_card.is_vague_tumour_cause,
        judged_card.is_vague_intent_cause
    from work.judged_card as judged_card
    union all
    select
        judged_card.card_type,
        judged_card.area_code,
        judged_card.org_code,
        judged_card.period,
        judged_card.is_final,
        judged_card.is_audit_due,
        judged_card.is_report_judged,
        judged_card.is_report_timely,
        judged_card.is_audit_judged,
        judged_card.is_audit_timely,
        judged_card.has_id_number,
        judged_card.is_chain_complete,
        judged_card.is_symptom_cause,
        judged_card.is_vague_heart_cause,
        judged_card.is_organ_failure_cause,
        judged_card.is_vague_tumour_cause,
        judged_card.is_vague_intent_cause
    from work.judged_card as judged_card
    where judged_card.org_code is not null

)

select
    each_way.card_type,  -- 卡片类型
    each_way.area_code,  -- 报告机构所在县
    each_way.org_code,  -- 机构（空为全县）
    each_way.period,  -- 时段
    count(*) as card_count,  -- 全部卡
    cast(sum(cast(each_way.is_final as integer)) as bigint) as final_count,  -- 终审
    cast(sum(cast(each_way.is_audit_due as integer)) as bigint) as audit_due_count,  -- 区县审核已到期
    cast(
        sum(cast(each_way.is_audit_due and each_way.is_final as integer)) as bigint
    ) as due_final_count,  -- 已到期中终审
    cast(
        sum(cast(each_way.is_final and each_way.is_report_judged as integer)) as bigint
    ) as report_judged_count,  -- 终审卡中报告及时性可判断
    cast(
        sum(cast(each_way.is_final and each_way.is_report_timely as integer)) as bigint
    ) as report_timely_count,  -- 报告及时
    cast(
        sum(cast(each_way.is_final and each_way.is_audit_judged as integer)) as bigint
    ) as audit_judged_count,  -- 审核及时性可判断
    cast(
        sum(cast(each_way.is_final and each_way.is_audit_timely as integer)) as bigint
    ) as audit_timely_count,  -- 审核及时
    cast(
        sum(cast(each_way.is_final and each_way.has_id_number as integer)) as bigint
    ) as id_number_count,  -- 已填身份证件号码
    cast(
        sum(cast(each_way.is_final and each_way.is_chain_complete as integer)) as bigint
    ) as chain_complete_count,  -- 死因链完整
    cast(
        sum(cast(each_way.is_final and each_way.is_symptom_cause as integer)) as bigint
    ) as symptom_cause_count,  -- 症状体征或损伤性质
    cast(
        sum(cast(each_way.is_final and each_way.is_vague_heart_cause as integer)) as bigint
    ) as vague_heart_cause_count,  -- 心血管病缺乏诊断意义
    cast(
        sum(cast(each_way.is_final and each_way.is_organ_failure_cause as integer)) as bigint
    ) as organ_failure_cause_count,  -- 脏器衰竭或单纯高血压
    cast(
        sum(cast(each_way.is_final and each_way.is_vague_tumour_cause as integer)) as bigint
    ) as vague_tumour_cause_count,  -- 肿瘤部位不明
    cast(
        sum(cast(each_way.is_final and each_way.is_vague_intent_cause as integer)) as bigint
    ) as vague_intent_cause_count  -- 伤害意图不明
from each_way
group by
    each_way.card_type,
    each_way.area_code,
    each_way.org_code,
    each_way.period
