-- Diabetes incidence corrected by age with a household survey of missed cases.
-- 校正糖尿病发病率（1/10万）
-- grain: area_code, org_code, period, residency
-- unit: per_100k
-- interval: corrected
-- numerator_zh: Σ 各年龄段终审新发病例数（不含因漏报检查、调查补报的卡）÷ (1 − 该年龄段居民漏报率)
-- denominator_zh: 年平均人口
-- population_zh: 户籍或常住平均人口，与分子同一口径
-- date_zh: 诊断日期
-- cards_zh: 糖尿病卡；入户漏报调查（近3年内最新）
-- source: 漏报调查校正公式
-- note_zh: 只作对照，不计分；0–14、15–64、65+岁，不足20例的相邻年龄段合并，仍不足则不校正；20例界值为本系统自定；区间为对数尺度的delta法

select
    place.area_code,  -- 县
    cast(null as varchar) as org_code,  -- 机构（不分）
    place.period,  -- 时段
    place.residency,  -- 人口口径
    corrected_event.corrected_count as numerator,  -- 分子
    place.population as denominator,  -- 分母
    corrected_event.standard_error,  -- 分子的标准误
    'survey_' || cast(corrected_event.survey_year as varchar)
    || '; bands ' || corrected_event.scheme as remark  -- 所用调查与年龄分段
from work.corrected_event as corrected_event
inner join work.place as place
    on
        corrected_event.area_code = place.area_code
        and corrected_event.period = place.period
        and corrected_event.residency = place.residency
        and place.card_type = 'diabetes'
where corrected_event.event = 'diabetes'
