-- Events corrected by age with the newest household survey within three years.
-- 按入户漏报调查分年龄校正的死亡数、发病数
-- grain: event, area_code, period, residency

-- corrected = sum over age bands of regular cards x found / reported; regular cards are final cards
-- that were not entered because of a check (kinds 3 and 4), as the survey asked who was reported
-- without it. Delta method: for D cards and a reported share p the variance of D / p is
-- D / p^2 + D^2 var(p) / p^4.
with

counted as (

    select
        tally.event,
        tally.area_code,
        tally.period,
        tally.residency,
        survey_band.scheme,
        survey_band.survey_year,
        case
            when survey_band.scheme = 'all' or tally.age_group = 'unknown' then 'all'
            when tally.age_group in ('65-69', '70-74', '75-79', '80-84', '85+')
                then case when survey_band.scheme = 'from_15' then '15+' else '65+' end
            when tally.age_group in ('0', '1-4', '5-9', '10-14')
                then case when survey_band.scheme = 'below_65' then '0-64' else '0-14' end
            when survey_band.scheme = 'below_65' then '0-64'
            when survey_band.scheme = 'from_15' then '15+'
            else '15-64'
        end as age_band,
        sum(tally.regular_count) as regular_count
    from work.tally as tally
    inner join work.survey_band as survey_band
        on
            tally.event = survey_band.event
            and tally.area_code = survey_band.area_code
            and tally.period = survey_band.period
            and survey_band.age_band = 'all'
    group by
        tally.event,
        tally.area_code,
        tally.period,
        tally.residency,
        survey_band.scheme,
        survey_band.survey_year,
        case
            when survey_band.scheme = 'all' or tally.age_group = 'unknown' then 'all'
            when tally.age_group in ('65-69', '70-74', '75-79', '80-84', '85+')
                then case when survey_band.scheme = 'from_15' then '15+' else '65+' end
            when tally.age_group in ('0', '1-4', '5-9', '10-14')
                then case when survey_band.scheme = 'below_65' then '0-64' else '0-14' end
            when survey_band.scheme = 'below_65' then '0-64'
            when survey_band.scheme = 'from_15' then '15+'
            else '15-64'
        end

)

select
    counted.event,  -- 事件
    counted.area_code,  -- 县
    counted.period,  -- 时段
    counted.residency,  -- 人口口径
    max(counted.survey_year) as survey_year,  -- 调查年份
    max(counted.scheme) as scheme,  -- 分段方式
    -- A band without a factor leaves no number rather than a smaller one.
    case
        when
            max(counted.scheme) <> 'refused'
            and count(survey_band.factor) = count(*)
            then sum(counted.regular_count * survey_band.factor)
    end as corrected_count,  -- 校正数
    case
        when
            max(counted.scheme) <> 'refused'
            and count(survey_band.factor) = count(*)
            then
                sqrt(
                    sum(
                        counted.regular_count * survey_band.factor * survey_band.factor
                        + counted.regular_count
                        * counted.regular_count
                        * survey_band.share_variance
                        * survey_band.factor
                        * survey_band.factor
                        * survey_band.factor
                        * survey_band.factor
                    )
                )
    end as standard_error  -- 校正数的标准误
from counted
left join work.survey_band as survey_band
    on
        counted.event = survey_band.event
        and counted.area_code = survey_band.area_code
        and counted.period = survey_band.period
        and counted.age_band = survey_band.age_band
group by
    counted.event,
    counted.area_code,
    counted.period,
    counted.residency
