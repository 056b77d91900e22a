-- Deaths corrected by the newest household survey within three years.
-- 按入户漏报调查校正的死亡数
-- grain: area_code, period, residency

-- corrected = counted x found / found and reported (that is: counted / (1 - share missed)), by age
-- where each of the three age bands of the survey holds at least 30 deaths, else over all ages.
with

surveyed as (

    select
        coalesce(institution.area_code, left(survey_case.area_code, 6)) as area_code,
        survey_case.year,
        coalesce(survey_case.weight, 1) as weight,
        survey_case.report_state in ('reported', 'late') as is_reported,
        case
            when survey_case.age_years is null then 'unknown'
            when survey_case.age_years < 15 then 'child'
            when survey_case.age_years < 65 then 'adult'
            else 'old'
        end as age_band
    from typed.survey_case as survey_case
    left join work.institution as institution
        on survey_case.org_code = institution.org_code
    where
        survey_case.purpose = 'household_survey'
        and survey_case.card_type = 'death'
        and survey_case.eligible = '1'
        and survey_case.report_state is not null

),

newest as (

    select
        surveyed.area_code,
        period.period,
        max(surveyed.year) as survey_year
    from surveyed
    inner join reference.period as period
        on surveyed.year between period.year - 3 and period.year
    group by
        surveyed.area_code,
        period.period

),

banded as (

    select
        newest.area_code,
        newest.period,
        surveyed.age_band,
        count(*) as found_count,
        sum(surveyed.weight) as found,
        sum(case when surveyed.is_reported then surveyed.weight else 0 end) as reported
    from newest
    inner join surveyed
        on
            newest.area_code = surveyed.area_code
            and newest.survey_year = surveyed.year
    group by
        newest.area_code,
        newest.period,
        surveyed.age_band

),

whole as (

    select
        banded.area_code,
        banded.period,
        sum(banded.found) as found,
        sum(banded.reported) as reported,
        sum(
            case
                when
                    banded.age_band <> 'unknown'
                    and banded.found_count >= 30
                    and banded.reported > 0
                    then 1
                else 0
            end
        ) = 3 as is_by_age
    from banded
    group by
        banded.area_code,
        banded.period

),

counted as (

    select
        tally.area_code,
        tally.period,
        tally.residency,
        case
            when tally.age_group in ('0', '1-4', '5-9', '10-14') then 'child'
            when tally.age_group in ('65-69', '70-74', '75-79', '80-84', '85+') then 'old'
            when tally.age_group = 'unknown' then 'unknown'
            else 'adult'
        end as age_band,
        sum(tally.official_count) as death_count
    from work.tally as tally
    where
        tally.event = 'death'
        and length(tally.area_code) = 6
    group by
        tally.area_code,
        tally.period,
        tally.residency,
        case
            when tally.age_group in ('0', '1-4', '5-9', '10-14') then 'child'
            when tally.age_group in ('65-69', '70-74', '75-79', '80-84', '85+') then 'old'
            when tally.age_group = 'unknown' then 'unknown'
            else 'adult'
        end

)

select
    counted.area_code,  -- 县
    counted.period,  -- 时段
    counted.residency,  -- 人口口径
    sum(
        counted.death_count * case
            when whole.is_by_age and counted.age_band <> 'unknown'
                then banded.found / banded.reported
            else whole.found / whole.reported
        end
    ) as corrected_count,  -- 校正死亡数
    max(newest.survey_year) as survey_year  -- 调查年份
from counted
inner join whole
    on
        counted.area_code = whole.area_code
        and counted.period = whole.period
inner join newest
    on
        counted.area_code = newest.area_code
        and counted.period = newest.period
left join banded
    on
        counted.area_code = banded.area_code
        and counted.period = banded.period
        and counted.age_band = banded.age_band
where whole.reported > 0
group by
    counted.area_code,
    counted.period,
    counted.residency
