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

way as (

    select true as is_county
    union all
    select false as is_county

)

select
    counted.card_type,  -- 卡片类型
    counted.area_code,  -- 报告机构所在县
    case when not way.is_county then counted.org_code end as org_code,  -- 机构（空为全县）
    period.period,  -- 时段
    cast(sum(counted.card_count) as bigint) as card_count,  -- 全部卡
    cast(sum(counted.final_count) as bigint) as final_count,  -- 终审
    cast(sum(counted.audit_due_count) as bigint) as audit_due_count,  -- 区县审核已到期
    cast(sum(counted.due_final_count) as bigint) as due_final_count,  -- 已到期中终审
    cast(sum(counted.report_judged_count) as bigint) as report_judged_count,  -- 终审卡中报告及时性可判断
    cast(sum(counted.report_timely_count) as bigint) as report_timely_count,  -- 报告及时
    cast(sum(counted.audit_judged_count) as bigint) as audit_judged_count,  -- 审核及时性可判断
    cast(sum(counted.audit_timely_count) as bigint) as audit_timely_count,  -- 审核及时
    cast(sum(counted.id_number_count) as bigint) as id_number_count,  -- 已填身份证件号码
    cast(sum(counted.chain_complete_count) as bigint) as chain_complete_count,  -- 死因链完整
    cast(sum(counted.symptom_cause_count) as bigint) as symptom_cause_count,  -- 症状体征或损伤性质
    cast(sum(counted.vague_heart_cause_count) as bigint) as vague_heart_cause_count,  -- 心血管病缺乏诊断意义
    cast(sum(counted.organ_failure_cause_count) as bigint) as organ_failure_cause_count,  -- 脏器衰竭或单纯高血压
    cast(sum(counted.vague_tumour_cause_count) as bigint) as vague_tumour_cause_count,  -- 肿瘤部位不明
    cast(sum(counted.vague_intent_cause_count) as bigint) as vague_intent_cause_count  -- 伤害意图不明
from counted
inner join reference.period as period
    on
        (period.kind = 'year' and counted.year = period.year)
        or (period.kind = 'last_12_months' and counted.is_recent)
cross join way
where way.is_county or counted.org_code is not null
group by
    counted.card_type,
    counted.area_code,
    case when not way.is_county then counted.org_code end,
    period.period
