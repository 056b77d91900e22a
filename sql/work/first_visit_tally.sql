-- First visits due and made in time, by the institution that manages the person.
-- 初访：到期数与及时数，按管理机构所在县与管理机构
-- grain: card_type, area_code, org_code, period

with

due as (

    select
        first_visit.card_type,
        first_visit.area_code,
        first_visit.org_code,
        period.period,
        cast(first_visit.is_timely as integer) as timely
    from work.first_visit as first_visit
    inner join reference.period as period
        on
            (period.kind = 'year' and first_visit.year = period.year)
            or (
                period.kind = 'last_12_months'
                and first_visit.event_date between period.date_from and period.date_to
            )
    where first_visit.is_due

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
