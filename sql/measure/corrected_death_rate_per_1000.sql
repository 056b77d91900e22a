-- Death rate corrected by a household survey of missed deaths.
-- 校正死亡率（‰）
-- grain: area_code, org_code, period, residency
-- unit: per_1000
-- interval: none
-- numerator_zh: 终审死亡数 ÷ (1 − 漏报率)，调查每个年龄段不少于30例时分0–14、15–64、65+岁校正
-- denominator_zh: 年平均人口
-- population_zh: 户籍或常住平均人口，与分子同一口径
-- date_zh: 死亡日期
-- cards_zh: 死亡卡；入户漏报调查（近3年内最新）
-- source: 漏报调查校正公式
-- note_zh: 只作对照，不计分；30例界值为本系统自定

select
    place.area_code,  -- 县
    cast(null as varchar) as org_code,  -- 机构（不分）
    place.period,  -- 时段
    place.residency,  -- 人口口径
    corrected_death.corrected_count as numerator,  -- 分子
    place.population as denominator,  -- 分母
    'survey_' || cast(corrected_death.survey_year as varchar) as remark  -- 所用调查
from work.corrected_death as corrected_death
inner join work.place as place
    on
        corrected_death.area_code = place.area_code
        and corrected_death.period = place.period
        and corrected_death.residency = place.residency
        and place.card_type = 'death'
