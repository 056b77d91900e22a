-- First visits due and made in time, by the institution that manages the person.
-- 初访：到期数与及时数，按管理机构所在县与管理机构
-- grain: card_type, area_code, org_code, period

-- Death cards: within 7 days of county audit; the other cards: within 30.
with

card as (

    select
        'death' as card_type,
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

),

due as (

    select
        card.card_type,
        coalesce(institution.area_code, card.report_area_code) as area_code,
        card.managing_org_code as org_code,
        period.period,
        case when card.first_visit_date <= card.due_on then 1 else 0 end as timely
    from card
    inner join reference.period as period
        on
            (period.kind = 'year' and card.year = period.year)
            or (
                period.kind = 'last_12_months'
                and card.event_date between period.date_from and period.date_to
            )
    cross join reference.home as home
    left join work.institution as institution
        on card.managing_org_code = institution.org_code
    where card.due_on <= home.as_of

)

select
    due.card_type,  -- 卡片类型（死亡或慢性病）
    due.area_code,  -- 管理机构所在县
    cast(null as varchar) as org_code,  -- 管理机构（空为全县）
    due.period,  -- 时段
    count(*) as due_count,  -- 应初访
    cast(sum(due.timely) as bigint) as timely_count  -- 及时初访
from due
inner join work.area as area
    on due.area_code = area.area_code
group by
    due.card_type,
    due.area_code,
    due.period
union all
select
    due.card_type,
    due.area_code,
    due.org_code,
    due.period,
    count(*) as due_count,
    cast(sum(due.timely) as bigint) as timely_count
from due
inner join work.area as area
    on due.area_code = area.area_code
where due.org_code is not null
group by
    due.card_type,
    due.area_code,
    due.org_code,
    due.period
