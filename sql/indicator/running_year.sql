-- Events of the running year so far, by audit state: shown, never scored and never annualised.
-- 本年已收事件数（按审核状态；不计分，不折算全年）
-- grain: area_code, year, residency, event, audit_status

select
    area.area_code,  -- 县
    event.year,  -- 年份
    basis.residency,  -- 人口口径
    event.event,  -- 事件
    coalesce(event.audit_status, '') as audit_status,  -- 审核状态
    cast(sum(case when event.is_official then 1 else 0 end) as bigint) as official_count,  -- 终审数
    count(*) as received_count  -- 已收数
from work.event as event
cross join reference.home as home
cross join work.basis as basis
inner join work.area as area
    on
        area.area_code = case
            when basis.residency = 'registered' then event.area_code
            else event.residence_area_code
        end
where
    event.year = year(home.as_of)
    and event.event <> 'not_an_event'
    and basis.digits = 6
group by
    area.area_code,
    event.year,
    basis.residency,
    event.event,
    coalesce(event.audit_status, '')
