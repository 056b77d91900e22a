-- Judged cards counted, for each county (org_code null) and each institution.
-- 按报告机构评价的卡数：全县（机构为空）与各机构
-- grain: card_type, area_code, org_code, period

with

counted as (

    -- Counted before they are given to periods, of which a card can be in two.
    select
        judgement.card_type,
        judgement.area_code,
        judgement.org_code,
        judgement.year,
        judgement.event_date between recent.date_from and recent.date_to as is_recent,
        count(*) as card_count,
        count(*) filter (judgement.is_final) as final_count,
        count(*) filter (judgement.is_audit_due) as audit_due_count,
        count(*) filter (judgement.is_audit_due and judgement.is_final) as due_final_count,
        count(*) filter (
            judgement.is_final and judgement.is_report_judged
        ) as report_judged_count,
        count(*) filter (
            judgement.is_final and judgement.is_report_timely
        ) as report_timely_count,
        count(*) filter (
            judgement.is_final and judgement.is_audit_judged
        ) as audit_judged_count,
        count(*) filter (
            judgement.is_final and judgement.is_audit_timely
        ) as audit_timely_count,
        count(*) filter (judgement.is_final and judgement.has_id_number) as id_number_count,
        count(*) filter (
            judgement.is_final and judgement.is_chain_complete
        ) as chain_complete_count,
        count(*) filter (
            judgement.is_final and judgement.is_symptom_cause
        ) as symptom_cause_count,
        count(*) filter (
            judgement.is_final and judgement.is_vague_heart_cause
        ) as vague_heart_cause_count,
        count(*) filter (
            judgement.is_final and judgement.is_organ_failure_cause
        ) as organ_failure_cause_count,
        count(*) filter (
            judgement.is_final and judgement.is_vague_tumour_cause
        ) as vague_tumour_cause_count,
        count(*) filter (
            judgement.is_final and judgement.is_vague_intent_cause
        ) as vague_intent_cause_count
    from work.judgement as judgement
    inner join work.area as area
        on judgement.area_code = area.area_code
    cross join work.recent as recent
    group by
        judgement.card_type,
        judgement.area_code,
        judgement.org_code,
        judgement.year,
        judgement.event_date between recent.date_from and recent.date_to

),

dated as (

    select
        counted.card_type,
        counted.area_code,
        counted.org_code,
        period.period,
        counted.card_count,
        counted.final_count,
        counted.audit_due_count,
        counted.due_final_count,
        counted.report_judged_count,
        counted.report_timely_count,
        counted.audit_judged_count,
        counted.audit_timely_count,
        counted.id_number_count,
        counted.chain_complete_count,
        counted.symptom_cause_count,
        counted.vague_heart_cause_count,
        counted.organ_failure_cause_count,
        counted.vague_tumour_cause_count,
        counted.vague_intent_cause_count
    from counted
    inner join reference.period as period
        on
            (period.kind = 'year' and counted.year = period.year)
            or (period.kind = 'last_12_months' and counted.is_recent)

),

each_way as (

    select
        dated.card_type,
        dated.area_code,
        cast(null as varchar) as org_code,
        dated.period,
        dated.card_count,
        dated.final_count,
        dated.audit_due_count,
        dated.due_final_count,
        dated.report_judged_count,
        dated.report_timely_count,
        dated.audit_judged_count,
        dated.audit_timely_count,
        dated.id_number_count,
        dated.chain_complete_count,
        dated.symptom_cause_count,
        dated.vague_heart_cause_count,
        dated.organ_failure_cause_count,
        dated.vague_tumour_cause_count,
        dated.vague_intent_cause_count
    from dated
    union all
    select
        dated.card_type,
        dated.area_code,
        dated.org_code,
        dated.period,
        dated.card_count,
        dated.final_count,
        dated.audit_due_count,
        dated.due_final_count,
        dated.report_judged_count,
        dated.report_timely_count,
        dated.audit_judged_count,
        dated.audit_timely_count,
        dated.id_number_count,
        dated.chain_complete_count,
        dated.symptom_cause_count,
        dated.vague_heart_cause_count,
        dated.organ_failure_cause_count,
        dated.vague_tumour_cause_count,
        dated.vague_intent_cause_count
    from dated
    where dated.org_code is not null

)

select
    each_way.card_type,  -- 卡片类型
    each_way.area_code,  -- 报告机构所在县
    each_way.org_code,  -- 机构（空为全县）
    each_way.period,  -- 时段
    cast(sum(each_way.card_count) as bigint) as card_count,  -- 全部卡
    cast(sum(each_way.final_count) as bigint) as final_count,  -- 终审
    cast(sum(each_way.audit_due_count) as bigint) as audit_due_count,  -- 区县审核已到期
    cast(sum(each_way.due_final_count) as bigint) as due_final_count,  -- 已到期中终审
    cast(sum(each_way.report_judged_count) as bigint) as report_judged_count,  -- 终审卡中报告及时性可判断
    cast(sum(each_way.report_timely_count) as bigint) as report_timely_count,  -- 报告及时
    cast(sum(each_way.audit_judged_count) as bigint) as audit_judged_count,  -- 审核及时性可判断
    cast(sum(each_way.audit_timely_count) as bigint) as audit_timely_count,  -- 审核及时
    cast(sum(each_way.id_number_count) as bigint) as id_number_count,  -- 已填身份证件号码
    cast(sum(each_way.chain_complete_count) as bigint) as chain_complete_count,  -- 死因链完整
    cast(sum(each_way.symptom_cause_count) as bigint) as symptom_cause_count,  -- 症状体征或损伤性质
    cast(sum(each_way.vague_heart_cause_count) as bigint) as vague_heart_cause_count,  -- 心血管病缺乏诊断意义
    cast(sum(each_way.organ_failure_cause_count) as bigint) as organ_failure_cause_count,  -- 脏器衰竭或单纯高血压
    cast(sum(each_way.vague_tumour_cause_count) as bigint) as vague_tumour_cause_count,  -- 肿瘤部位不明
    cast(sum(each_way.vague_intent_cause_count) as bigint) as vague_intent_cause_count  -- 伤害意图不明
from each_way
group by
    each_way.card_type,
    each_way.area_code,
    each_way.org_code,
    each_way.period
