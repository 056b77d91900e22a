-- Factors of the newest household survey, by age band, that corrected rates use.
-- 入户漏报调查分年龄的校正系数
-- grain: event, area_code, year, age_band

select
    survey_band.event,  -- 事件
    survey_band.area_code,  -- 县
    period.year,  -- 年份
    survey_band.age_band,  -- 年龄段（all 为全部，只用于年龄不详者）
    survey_band.survey_year,  -- 调查年份
    survey_band.scheme,  -- 分段方式（three 三段、below_65 两段、from_15 两段、all 年龄多不详、refused 例数太少不校正）
    survey_band.found_count,  -- 查到例数
    survey_band.reported_count,  -- 其中截止日前已报例数
    survey_band.cluster_count,  -- 群数
    survey_band.factor,  -- 校正系数（加权查到÷加权已报）
    100 - 100 / survey_band.factor as underreporting_percent,  -- 居民漏报率（%）
    sqrt(survey_band.share_variance) * 100 as standard_error_percent  -- 漏报率的标准误（百分点）
from work.survey_band as survey_band
inner join reference.period as period
    on survey_band.period = period.period
where period.kind = 'year'
