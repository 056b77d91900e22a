-- The platform's totals beside ours; a difference means the copy here is not whole.
-- 与省系统对账：省系统数、本库数、差
-- grain: card_type, basis, year, place_code

with

newest as (

    select
        platform_total.card_type,
        platform_total.basis,
        platform_total.year,
        coalesce(platform_total.org_code, platform_total.area_code) as place_code,
        platform_total.org_code is not null as is_institution,
        max(platform_total.date) as total_date
    from reference.platform_total as platform_total
    where coalesce(platform_total.org_code, platform_total.area_code) is not null
    group by
        platform_total.card_type,
        platform_total.basis,
        platform_total.year,
        coalesce(platform_total.org_code, platform_total.area_code),
        platform_total.org_code is not null

),

total as (

    select
        newest.card_type,
        newest.basis,
        newest.year,
        newest.place_code,
        newest.is_institution,
        newest.total_date,
        max(platform_total.count) as platform_count
    from newest
    inner join reference.platform_total as platform_total
        on
            newest.card_type = platform_total.card_type
            and newest.basis = platform_total.basis
            and newest.year = platform_total.year
            and newest.place_code
            = coalesce(platform_total.org_code, platform_total.area_code)
            and newest.total_date = platform_total.date
    group by
        newest.card_type,
        newest.basis,
        newest.year,
        newest.place_code,
        newest.is_institution,
        newest.total_date

),

own as (

    select
        'death' as card_type,
        death.year,
        death.org_code,
        death.report_area_code,
        death.area_code,
        death.residence_area_code
    from card.death as death
    union all
    select
        'tumour' as card_type,
        tumour.year,
        tumour.org_code,
        tumour.report_area_code,
        tumour.area_code,
        tumour.residence_area_code
    from card.tumour as tumour
    union all
    select
        'cardio' as card_type,
        cardio.year,
        cardio.org_code,
        cardio.report_area_code,
        cardio.area_code,
        cardio.residence_area_code
    from card.cardio as cardio
    union all
    select
        'diabetes' as card_type,
        diabetes.year,
        diabetes.org_code,
        diabetes.report_area_code,
        diabetes.area_code,
        diabetes.residence_area_code
    from card.diabetes as diabetes

),

own_place as (

    -- Each card under every code a total can name it by.
    select
        own.card_type,
        own.year,
        'reporting' as basis,
        own.org_code as place_code
    from own
    union all
    select
        own.card_type,
        own.year,
        'reporting' as basis,
        own.report_area_code as place_code
    from own
    union all
    select
        own.card_type,
        own.year,
        'registered' as basis,
        own.area_code as place_code
    from own
    union all
    select
        own.card_type,
        own.year,
        'residence' as basis,
        own.residence_area_code as place_code
    from own

),

counted as (

    select
        own_place.card_type,
        own_place.basis,
        own_place.year,
        own_place.place_code,
        count(*) as own_count
    from own_place
    where own_place.place_code is not null
    group by
        own_place.card_type,
        own_place.basis,
        own_place.year,
        own_place.place_code

)

select
    total.card_type,  -- 卡片类型
    total.basis,  -- 统计口径
    total.year,  -- 年份
    total.place_code,  -- 地区或机构
    max(total.total_date) as total_date,  -- 省系统统计日期
    max(total.platform_count) as platform_count,  -- 省系统数
    max(coalesce(counted.own_count, 0)) as own_count,  -- 本库数
    max(total.platform_count) - max(coalesce(counted.own_count, 0)) as difference  -- 差
from total
left join counted
    on
        total.card_type = counted.card_type
        and total.basis = counted.basis
        and total.year = counted.year
        and total.place_code = counted.place_code
group by
    total.card_type,
    total.basis,
    total.year,
    total.place_code
