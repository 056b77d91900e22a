-- Institutions that should report deaths, with the months in which they did.
-- 应报告死亡的机构及其有报卡或零报告的月份
-- grain: org_code, period

with

expected as (

    select
        institution.org_code,
        institution.area_code,
        period.period,
        period.date_from,
        period.date_to,
        greatest(period.date_from, coalesce(institution.opened_on, period.date_from)) as open_from,
        least(period.date_to, coalesce(institution.closed_on, period.date_to)) as open_to
    from work.institution as institution
    inner join work.area as area
        on institution.area_code = area.area_code
    cross join reference.period as period
    where
        institution.reports_death = '1'
        and institution.org_level in ('1', '2', '3', '4')
        and coalesce(institution.opened_on, period.date_to) <= period.date_to
        and coalesce(institution.closed_on, period.date_from) >= period.date_from

),

-- A card counts for the month it was reported in and for the month of its death.
reported as (

    select
        death.org_code,
        left(cast(coalesce(death.report_date, death.created_time) as varchar), 7) as month
    from card.death as death
    union
    select
        death.org_code,
        left(cast(death.event_date as varchar), 7) as month
    from card.death as death
    union
    select
        monthly_report.org_code,
        monthly_report.month
    from reference.monthly_report as monthly_report
    where
        monthly_report.card_type = 'death'
        and monthly_report.event_count is not null

),

counted as (

    select
        expected.org_code,
        expected.period,
        count(reported.month) as active_month_count
    from expected
    left join reported
        on
            expected.org_code = reported.org_code
            and reported.month >= left(cast(expected.open_from as varchar), 7)
            and reported.month <= left(cast(expected.open_to as varchar), 7)
    group by
        expected.org_code,
        expected.period

),

-- Where nobody reported anything, nothing was sent here: that is no data, not a coverage of zero.
heard as (

    select
        expected.area_code,
        expected.period
    from expected
    inner join counted
        on
            expected.org_code = counted.org_code
            and expected.period = counted.period
    group by
        expected.area_code,
        expected.period
    having sum(counted.active_month_count) > 0

)

select
    expected.org_code,  -- 机构
    expected.area_code,  -- 所在县
    expected.period,  -- 时段
    counted.active_month_count,  -- 有报卡或零报告的月数
    (year(expected.open_to) - year(expected.open_from)) * 12
    + month(expected.open_to) - month(expected.open_from) + 1 as open_month_count  -- 应报告月数
from expected
inner join counted
    on
        expected.org_code = counted.org_code
        and expected.period = counted.period
inner join heard
    on
        expected.area_code = heard.area_code
        and expected.period = heard.period
