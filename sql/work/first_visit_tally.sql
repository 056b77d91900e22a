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

way as (

    select true as is_county
    union all
    select false as is_county

)

select
    counted.card_type,  -- 卡片类型（死亡或慢性病）
    counted.area_code,  -- 管理机构所在县
    case when not way.is_county then counted.org_code end as org_code,  -- 管理机构（空为全县）
    period.period,  -- 时段
    cast(sum(counted.due_count) as bigint) as due_count,  -- 应初访
    cast(sum(counted.timely_count) as bigint) as timely_count  -- 及时初访
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
