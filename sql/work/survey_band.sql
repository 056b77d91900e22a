-- Found and reported events of the newest household survey within three years, by age band.
-- 近三年内最新入户漏报调查：各年龄段查到数与已报数
-- grain: event, area_code, period, age_band

-- Bands are 0-14, 15-64 and 65+; neighbours are joined until each has 20 found events and a
-- reported one. Ages that are known but too few for two bands give no factor at all (`refused`):
-- one overall factor would hide that children are missed far more often. Where most ages are
-- unknown there is one band (`all`).
with

surveyed as (

    select
        case
            when listed_case.card_type = 'cardio' then listed_case.disease
            else listed_case.card_type
        end as event,
        listed_case.area_code,
        listed_case.year,
        listed_case.weight,
        case
            when listed_case.report_state in ('reported', 'late') then 1
            else 0
        end as is_reported,
        -- Without clusters every case stands for itself.
        coalesce(listed_case.stratum, '') || '|' || coalesce(
            listed_case.cluster,
            listed_case.list_file || '|' || cast(listed_case.source_row as varchar)
        ) as cluster,
        case
            when listed_case.age_years is null then 'unknown'
            when listed_case.age_years < 15 then '0-14'
            when listed_case.age_years < 65 then '15-64'
            else '65+'
        end as age_band
    from work.listed_case as listed_case
    where
        listed_case.purpose = 'household_survey'
        and listed_case.is_eligible
        and not listed_case.is_repeat_in_survey
        and listed_case.report_state is not null
        and (
            listed_case.card_type <> 'cardio'
            or listed_case.disease in ('stroke', 'coronary')
        )

),

newest as (

    select
        surveyed.event,
        surveyed.area_code,
        period.period,
        max(surveyed.year) as survey_year
    from surveyed
    inner join reference.period as period
        on surveyed.year between period.year - 3 and period.year
    group by
        surveyed.event,
        surveyed.area_code,
        period.period

),

used as (

    select
        newest.event,
        newest.area_code,
        newest.period,
        newest.survey_year,
        surveyed.age_band,
        surveyed.cluster,
        surveyed.weight,
        surveyed.is_reported
    from newest
    inner join surveyed
        on
            newest.event = surveyed.event
            and newest.area_code = surveyed.area_code
            and newest.survey_year = surveyed.year

),

counted as (

    select
        used.event,
        used.area_code,
        used.period,
        sum(case when used.age_band = '0-14' then 1 else 0 end) as child,
        sum(case when used.age_band = '15-64' then 1 else 0 end) as adult,
        sum(case when used.age_band = '65+' then 1 else 0 end) as old,
        sum(case when used.age_band = '0-14' then used.is_reported else 0 end) as child_reported,
        sum(case when used.age_band = '15-64' then used.is_reported else 0 end) as adult_reported,
        sum(case when used.age_band = '65+' then used.is_reported else 0 end) as old_reported,
        sum(case when used.age_band = 'unknown' then 1 else 0 end) as unknown,
        count(*) as found
    from used
    group by
        used.event,
        used.area_code,
        used.period

),

schemed as (

    select
        counted.event,
        counted.area_code,
        counted.period,
        case
            when counted.unknown * 2 > counted.found then 'all'
            when
                counted.child >= 20
                and counted.adult >= 20
                and counted.old >= 20
                and counted.child_reported > 0
                and counted.adult_reported > 0
                and counted.old_reported > 0
                then 'three'
            when
                counted.child + counted.adult >= 20
                and counted.old >= 20
                and counted.child_reported + counted.adult_reported > 0
                and counted.old_reported > 0
                then 'below_65'
            when
                counted.child >= 20
                and counted.adult + counted.old >= 20
                and counted.child_reported > 0
                and counted.adult_reported + counted.old_reported > 0
                then 'from_15'
            else 'refused'
        end as scheme
    from counted

),

banded as (

    select
        used.event,
        used.area_code,
        used.period,
        used.survey_year,
        schemed.scheme,
        used.cluster,
        used.weight,
        used.is_reported,
        case
            when used.age_band = 'unknown' then 'unknown'
            when schemed.scheme in ('three', 'refused') then used.age_band
            when schemed.scheme = 'below_65' and used.age_band <> '65+' then '0-64'
            when schemed.scheme = 'from_15' and used.age_band <> '0-14' then '15+'
            when schemed.scheme = 'all' then 'all'
            else used.age_band
        end as age_band
    from used
    inner join schemed
        on
            used.event = schemed.event
            and used.area_code = schemed.area_code
            and used.period = schemed.period

),

-- Events of unknown age are corrected by everything that was found.
with_whole as (

    select
        banded.event,
        banded.area_code,
        banded.period,
        banded.survey_year,
        banded.scheme,
        banded.cluster,
        banded.weight,
        banded.is_reported,
        banded.age_band
    from banded
    where banded.age_band not in ('unknown', 'all')
    union all
    select
        banded.event,
        banded.area_code,
        banded.period,
        banded.survey_year,
        banded.scheme,
        banded.cluster,
        banded.weight,
        banded.is_reported,
        'all' as age_band
    from banded

),

shared as (

    select
        with_whole.event,
        with_whole.area_code,
        with_whole.period,
        with_whole.age_band,
        max(with_whole.survey_year) as survey_year,
        max(with_whole.scheme) as scheme,
        count(*) as found_count,
        cast(sum(with_whole.is_reported) as bigint) as reported_count,
        sum(with_whole.weight) as found,
        sum(with_whole.weight * with_whole.is_reported) as reported
    from with_whole
    group by
        with_whole.event,
        with_whole.area_code,
        with_whole.period,
        with_whole.age_band

),

deviating as (

    select
        with_whole.event,
        with_whole.area_code,
        with_whole.period,
        with_whole.age_band,
        with_whole.cluster,
        sum(
            with_whole.weight * (with_whole.is_reported - shared.reported / shared.found)
        ) as deviation
    from with_whole
    inner join shared
        on
            with_whole.event = shared.event
            and with_whole.area_code = shared.area_code
            and with_whole.period = shared.period
            and with_whole.age_band = shared.age_band
    where shared.found > 0
    group by
        with_whole.event,
        with_whole.area_code,
        with_whole.period,
        with_whole.age_band,
        with_whole.cluster

),

spread as (

    select
        deviating.event,
        deviating.area_code,
        deviating.period,
        deviating.age_band,
        count(*) as cluster_count,
        sum(deviating.deviation * deviating.deviation) as squares
    from deviating
    group by
        deviating.event,
        deviating.area_code,
        deviating.period,
        deviating.age_band

)

select
    shared.event,  -- 事件
    shared.area_code,  -- 县
    shared.period,  -- 时段
    shared.age_band,  -- 年龄段（all 为全部）
    shared.survey_year,  -- 调查年份
    shared.scheme,  -- 分段方式（three、below_65、from_15、all、refused）
    shared.found_count,  -- 查到例数
    shared.reported_count,  -- 其中截止日前已报例数
    spread.cluster_count,  -- 群数
    shared.found,  -- 查到（加权）
    shared.reported,  -- 已报（加权）
    case when shared.reported > 0 then shared.found / shared.reported end as factor,  -- 校正系数
    -- Linearised between clusters, and never under the binomial one of (r + 2) / (n + 4), so that
    -- a band where nothing was missed is not taken for certain.
    greatest(
        case
            when spread.cluster_count >= 2
                then
                    spread.squares
                    * spread.cluster_count
                    / (spread.cluster_count - 1)
                    / (shared.found * shared.found)
            else 0
        end,
        (shared.reported_count + 2.0)
        * (shared.found_count - shared.reported_count + 2.0)
        / ((shared.found_count + 4.0) * (shared.found_count + 4.0) * (shared.found_count + 4.0))
    ) as share_variance  -- 已报比例的方差
from shared
inner join spread
    on
        shared.event = spread.event
        and shared.area_code = spread.area_code
        and shared.period = spread.period
        and shared.age_band = spread.age_band
