-- First visits due and made in time, by the institution that manages the person.
-- 初访：到期数与及时数，按管理机构所在县与管理机构
-- grain: card_type, area_code, org_code, period

with

counted as (

    -- Counted before they are given to periods, of which a card can be in two.
    select
        first_visit.card_type,
        first_visit.area_code,
        first_visit.org_code,
        first_visit.year,
        first_visit.event_date between recent.date_from and recent.date_to as is_recent,
        count(*) as due_count,
        count(*) filter (first_visit.is_timely) as timely_count
    from work.first_visit as first_visit
    inner join work.area as area
        on first_visit.area_code = area.area_code
    cross join work.recent as recent
    where first_visit.is_due
    group by
        first_visit.card_type,
        first_visit.area_code,
        first_visit.org_code,
        first_visit.year,
        first_visit.event_date between recent.date_from and recent.date_to

),

dated as (

    select
        counted.card_type,
        counted.area_code,
        counted.org_code,
        period.period,
        counted.due_count,
        counted.timely_count
    from counted
    inner join reference.period as period
        on
            (period.kind = 'year' and counted.year = period.year)
            or (period.kind = 'last_12_months' and counted.is_recent)

)

select
    dated.card_type,  -- 卡片类型（死亡或慢性病）
    dated.area_code,  -- 管理机构所在县
    cast(null as varchar) as org_code,  -- 管理机构（空为全县）
    dated.period,  -- 时段
    cast(sum(dated.due_count) as bigint) as due_count,  -- 应初访
    cast(sum(dated.timely_count) as bigint) as timely_count  -- 及时初访
from dated
group by
    dated.card_type,
    dated.area_code,
    dated.period
union all
select
    dated.card_type,
    dated.area_code,
    dated.org_code,
    dated.period,
    cast(sum(dated.due_count) as bigint) as due_count,
    cast(sum(dated.timely_count) as bigint) as timely_count
from dated
where dated.org_code is not null
group by
    dated.card_type,
    dated.area_code,
    dated.org_code,
    dated.period
