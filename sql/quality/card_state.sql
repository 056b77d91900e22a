-- Cards kept, by state: how many are dead cards (死卡), waiting for audit, found to live elsewhere.
-- 在库卡片的状态分布（含死卡数、待审数、不计数）
-- grain: card_type, report_area_code, year, card_status, audit_status, count_base

with

card as (

    select
        'death' as card_type,
        death.report_area_code,
        death.year,
        death.card_status,
        death.audit_status,
        death.count_base,
        death.is_counted
    from card.death as death
    union all
    select
        'tumour' as card_type,
        tumour.report_area_code,
        tumour.year,
        tumour.card_status,
        tumour.audit_status,
        tumour.count_base,
        tumour.is_counted
    from card.tumour as tumour
    union all
    select
        'cardio' as card_type,
        cardio.report_area_code,
        cardio.year,
        cardio.card_status,
        cardio.audit_status,
        cardio.count_base,
        cardio.is_counted
    from card.cardio as cardio
    union all
    select
        'diabetes' as card_type,
        diabetes.report_area_code,
        diabetes.year,
        diabetes.card_status,
        diabetes.audit_status,
        diabetes.count_base,
        diabetes.is_counted
    from card.diabetes as diabetes

)

select
    card.card_type,  -- 卡片类型
    card.report_area_code,  -- 报告机构所在县
    card.year,  -- 事件年份
    card.card_status,  -- 报告卡状态
    card.audit_status,  -- 审核状态
    card.count_base,  -- 计数口径
    count(*) as card_count,  -- 卡数
    cast(sum(case when card.is_counted then 1 else 0 end) as bigint) as event_count  -- 计为事件数
from card
group by
    card.card_type,
    card.report_area_code,
    card.year,
    card.card_status,
    card.audit_status,
    card.count_base
