-- Events counted by place, period, people, sex, age and code; towns add up to their county.
-- 事件计数：地区、时段、人口口径、性别、年龄、编码
-- grain: card_type, event, area_code, period, residency, sex, age_group, icd10

with

-- Of each age once: a join by limits compares every event with every group.
age as (

    select
        known.age_years,
        age_group.age_group
    from (select distinct event.age_years from work.event as event) as known
    inner join reference.age_group as age_group
        on known.age_years between age_group.age_from and age_group.age_to

),

counted as (

    -- Counted before they are given to periods and placed: each is in two periods and four places.
    select
        event.year,
        event.event_date between recent.date_from and recent.date_to as is_recent,
        event.card_type,
        event.event,
        event.area_code,
        event.town_code,
        event.residence_area_code,
        event.residence_town_code,
        coalesce(event.sex, '9') as sex,
        coalesce(age.age_group, 'unknown') as age_group,
        coalesce(event.icd10, '') as icd10,
        count(*) as received,
        count(*) filter (event.is_official) as official,
        count(*) filter (event.is_official and event.is_first_ever) as first_ever,
        count(*) filter (event.is_official and not event.is_supplement) as not_supplement,
        count(*) filter (event.is_official and not event.is_made_up) as regular,
        count(*) filter (event.is_official and event.is_verified) as verified,
        count(*) filter (event.is_official and event.is_histology) as histology,
        count(*) filter (event.is_official and event.is_certificate_only) as certificate_only,
        count(*) filter (event.is_official and event.is_open_notified) as open_notified,
        count(*) filter (event.is_official and event.is_notified) as notified,
        count(*) filter (event.is_official and event.is_icdo3_coded) as icdo3_coded
    from work.event as event
    cross join work.recent as recent
    left join age on event.age_years = age.age_years
    group by
        event.year,
        event.event_date between recent.date_from and recent.date_to,
        event.card_type,
        event.event,
        event.area_code,
        event.town_code,
        event.residence_area_code,
        event.residence_town_code,
        coalesce(event.sex, '9'),
        coalesce(age.age_group, 'unknown'),
        coalesce(event.icd10, '')

),

placed as (

    -- Residency is decided here and nowhere else: registered home or actual home, never crossed.
    select
        period.period,
        counted.card_type,
        counted.event,
        counted.sex,
        counted.age_group,
        counted.icd10,
        counted.received,
        counted.official,
        counted.first_ever,
        counted.not_supplement,
        counted.regular,
        counted.verified,
        counted.histology,
        counted.certificate_only,
        counted.open_notified,
        counted.notified,
        counted.icdo3_coded,
        basis.digits,
        basis.residency,
        case
            when basis.residency = 'registered' then counted.area_code
            else counted.residence_area_code
        end as county_code,
        case
            when basis.residency = 'registered' then counted.town_code
            else counted.residence_town_code
        end as home_town_code
    from counted
    inner join reference.period as period
        on
            (period.kind = 'year' and counted.year = period.year)
            or (period.kind = 'last_12_months' and counted.is_recent)
    cross join work.basis as basis

)

select
    placed.card_type,  -- 卡片类型
    placed.event,  -- 事件
    placed.county_code,  -- 县
    -- A card without a town, or with one of another county, is 乡镇不详: county code and 000.
    case
        when placed.digits = 6 then placed.county_code
        when left(placed.home_town_code, 6) = placed.county_code then placed.home_town_code
        else placed.county_code || '000'
    end as area_code,  -- 县或乡镇
    placed.period,  -- 时段
    placed.residency,  -- 人口口径
    placed.sex,  -- 性别
    placed.age_group,  -- 年龄组
    placed.icd10,  -- 编码
    cast(sum(placed.official) as bigint) as official_count,  -- 终审数
    cast(sum(placed.received) as bigint) as received_count,  -- 已收数
    cast(sum(placed.first_ever) as bigint) as first_ever_count,  -- 首次发病数
    cast(sum(placed.not_supplement) as bigint) as not_supplement_count,  -- 死亡补发前数
    cast(sum(placed.regular) as bigint) as regular_count,  -- 终审数，不含因漏报检查、调查补报的卡
    cast(sum(placed.verified) as bigint) as verified_count,  -- 诊断依据含 5、6、7、8
    cast(sum(placed.histology) as bigint) as histology_count,  -- 诊断依据含 6、7、8
    cast(sum(placed.certificate_only) as bigint) as certificate_only_count,  -- DCO
    cast(sum(placed.open_notified) as bigint) as open_notified_count,  -- 追溯未定的 DCN
    cast(sum(placed.notified) as bigint) as notified_count,  -- DCN（含已追溯到的）
    cast(sum(placed.icdo3_coded) as bigint) as icdo3_coded_count  -- ICD-O-3 齐全
from placed
inner join work.area as area
    on placed.county_code = area.area_code
group by
    placed.card_type,
    placed.event,
    placed.county_code,
    case
        when placed.digits = 6 then placed.county_code
        when left(placed.home_town_code, 6) = placed.county_code then placed.home_town_code
        else placed.county_code || '000'
    end,
    placed.period,
    placed.residency,
    placed.sex,
    placed.age_group,
    placed.icd10
