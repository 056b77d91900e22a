-- Every usable card with what its reporting institution is judged by.
-- 每张可用卡：审核、及时、填写与编码的判断
-- grain: card_type, card_id

with

card as (

    select
        'death' as card_type,
        death.card_id,
        death.report_area_code,
        death.org_code,
        death.year,
        death.event_date,
        death.report_date,
        death.hospital_audit_time,
        death.county_audit_time,
        death.created_time,
        death.audit_status in ('3', '5', '6', '7', '8') as is_final,
        death.has_id_number,
        -- I(a) is there and is no mere mode of dying, and I(b) is there.
        death.cause_a is not null
        and left(death.cause_a, 3) not in ('J96', 'R99', 'R53', 'I50')
        and left(death.cause_a, 5) <> 'R57.9'
        and death.cause_b is not null as is_chain_complete,
        coalesce(death.underlying_cause, '') as cause
    from card.death as death
    where coalesce(death.card_status, '0') = '0'
    union all
    select
        'tumour' as card_type,
        tumour.card_id,
        tumour.report_area_code,
        tumour.org_code,
        tumour.year,
        tumour.event_date,
        tumour.report_date,
        tumour.hospital_audit_time,
        tumour.county_audit_time,
        tumour.created_time,
        tumour.audit_status in ('3', '5', '6', '7', '8') as is_final,
        tumour.has_id_number,
        false as is_chain_complete,
        '' as cause
    from card.tumour as tumour
    where coalesce(tumour.card_status, '0') in ('0', '6', '7')
    union all
    select
        'cardio' as card_type,
        cardio.card_id,
        cardio.report_area_code,
        cardio.org_code,
        cardio.year,
        cardio.event_date,
        cardio.report_date,
        cardio.hospital_audit_time,
        cardio.county_audit_time,
        cardio.created_time,
        cardio.audit_status in ('3', '5', '6', '7', '8') as is_final,
        cardio.has_id_number,
        false as is_chain_complete,
        '' as cause
    from card.cardio as cardio
    where coalesce(cardio.card_status, '0') in ('0', '6', '7')
    union all
    select
        'diabetes' as card_type,
        diabetes.card_id,
        diabetes.report_area_code,
        diabetes.org_code,
        diabetes.year,
        diabetes.event_date,
        diabetes.report_date,
        diabetes.hospital_audit_time,
        diabetes.county_audit_time,
        diabetes.created_time,
        diabetes.audit_status in ('3', '5', '6', '7', '8') as is_final,
        diabetes.has_id_number,
        false as is_chain_complete,
        '' as cause
    from card.diabetes as diabetes
    where coalesce(diabetes.card_status, '0') in ('0', '6', '7')

)

select
    card.card_type,  -- 卡片类型
    card.card_id,  -- 报告卡编号
    card.report_area_code as area_code,  -- 报告机构所在县
    card.org_code,  -- 报告机构
    card.year,  -- 年份
    card.event_date,  -- 事件日期
    cast(coalesce(card.created_time, card.report_date) as date) as reported_on,  -- 录入日期（缺时取报卡日期）
    coalesce(card.is_final, false) as is_final,  -- 终审
    -- County audit falls due seven days after hospital audit, else after creation.
    coalesce(
        cast(coalesce(card.hospital_audit_time, card.created_time, card.report_date) as date)
        + interval 7 day <= home.as_of,
        false
    ) as is_audit_due,  -- 区县审核已到期
    card.created_time is not null
    and coalesce(card.event_date, card.report_date) is not null as is_report_judged,  -- 报告及时性可判断
    coalesce(
        cast(card.created_time as date) <= card.event_date + interval 7 day
        or cast(card.created_time as date) <= card.report_date + interval 7 day,
        false
    ) as is_report_timely,  -- 报告及时
    card.county_audit_time is not null
    and case
        when card.card_type = 'death' then card.created_time
        else coalesce(card.hospital_audit_time, card.created_time)
    end is not null as is_audit_judged,  -- 审核及时性可判断
    coalesce(
        cast(card.county_audit_time as date)
        <= cast(
            case
                when card.card_type = 'death' then card.created_time
                else coalesce(card.hospital_audit_time, card.created_time)
            end as date
        ) + interval 7 day,
        false
    ) as is_audit_timely,  -- 审核及时
    card.has_id_number,  -- 已填身份证件号码
    card.is_chain_complete,  -- 死因链完整
    left(card.cause, 1) = 'R' as is_r_code,  -- 根本死因为R编码
    left(card.cause, 1) in ('R', 'S', 'T') as is_symptom_cause,  -- 症状体征或损伤性质
    left(card.cause, 3) in ('I46', 'I50')
    or left(card.cause, 5) in (
        'I47.2', 'I49.0', 'I51.4', 'I51.5', 'I51.6', 'I51.9', 'I70.9'
    ) as is_vague_heart_cause,  -- 心血管病缺乏诊断意义
    left(card.cause, 3) in (
        'J96', 'K72', 'N17', 'N18', 'N19', 'I10'
    ) as is_organ_failure_cause,  -- 脏器衰竭或单纯高血压
    left(card.cause, 3) in ('C76', 'C80', 'C97') as is_vague_tumour_cause,  -- 肿瘤部位不明
    left(card.cause, 3) between 'Y10' and 'Y34'
    or left(card.cause, 5) = 'Y87.2' as is_vague_intent_cause  -- 伤害意图不明
from card
cross join reference.home as home
