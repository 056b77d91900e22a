-- Audited cards with the day by which the person was to be visited first.
-- 每张终审卡的初访应完成日与初访日期
-- grain: card_type, card_id, source_card_type

-- Death cards: within 7 days of county audit; the other cards: within 30.
with

card as (

    select
        'death' as card_type,
        'death' as source_card_type,
        death.card_id,
        death.managing_org_code,
        death.report_area_code,
        death.year,
        death.event_date,
        death.first_visit_date,
        cast(death.county_audit_time as date) + interval 7 day as due_on
    from card.death as death
    where
        coalesce(death.card_status, '0') = '0'
        and death.audit_status in ('3', '5', '6', '7', '8')
    union all
    select
        'chronic' as card_type,
        'tumour' as source_card_type,
        tumour.card_id,
        tumour.managing_org_code,
        tumour.report_area_code,
        tumour.year,
        tumour.event_date,
        tumour.first_visit_date,
        cast(tumour.county_audit_time as date) + interval 30 day as due_on
    from card.tumour as tumour
    where
        coalesce(tumour.card_status, '0') in ('0', '6', '7')
        and tumour.audit_status in ('3', '5', '6', '7', '8')
    union all
    select
        'chronic' as card_type,
        'cardio' as source_card_type,
        cardio.card_id,
        cardio.managing_org_code,
        cardio.report_area_code,
        cardio.year,
        cardio.event_date,
        cardio.first_visit_date,
        cast(cardio.county_audit_time as date) + interval 30 day as due_on
    from card.cardio as cardio
    where
        coalesce(cardio.card_status, '0') in ('0', '6', '7')
        and cardio.audit_status in ('3', '5', '6', '7', '8')
    union all
    select
        'chronic' as card_type,
        'diabetes' as source_card_type,
        diabetes.card_id,
        diabetes.managing_org_code,
        diabetes.report_area_code,
        diabetes.year,
        diabetes.event_date,
        diabetes.first_visit_date,
        cast(diabetes.county_audit_time as date) + interval 30 day as due_on
    from card.diabetes as diabetes
    where
        coalesce(diabetes.card_status, '0') in ('0', '6', '7')
        and diabetes.audit_status in ('3', '5', '6', '7', '8')

)

select
    card.card_type,  -- 卡片类型（death 死亡，chronic 慢性病）
    card.source_card_type,  -- 卡片
    card.card_id,  -- 报告卡编号
    coalesce(institution.area_code, card.report_area_code) as area_code,  -- 管理机构所在县
    card.managing_org_code as org_code,  -- 管理机构
    card.year,  -- 年份
    card.event_date,  -- 事件日期
    cast(card.due_on as date) as due_on,  -- 初访应完成日
    card.first_visit_date,  -- 初访日期
    coalesce(card.due_on <= home.as_of, false) as is_due,  -- 初访已到期
    coalesce(card.first_visit_date <= card.due_on, false) as is_timely  -- 及时初访
from card
cross join reference.home as home
left join work.institution as institution
    on card.managing_org_code = institution.org_code
