-- Incidence of other intracranial haemorrhage, I62, kept apart from stroke.
-- 其他非创伤性颅内出血发病率，I62（1/10万）
-- grain: area_code, org_code, period, residency
-- unit: per_100k
-- interval: poisson
-- numerator_zh: I62 的卡数
-- denominator_zh: 年平均人口
-- population_zh: 户籍或常住平均人口，与分子同一口径
-- date_zh: 发病日期（缺失时用确诊日期）
-- cards_zh: 心脑血管卡（终审、有效，28天内为同一事件）
-- numerator_cards: event: event = 'other_haemorrhage' and is_official
-- source: 考核第19项，对照口径
-- note_zh: 按卡计，不作28天合并

select
    place.area_code,  -- 县或乡镇
    cast(null as varchar) as org_code,  -- 机构（不分）
    place.period,  -- 时段
    place.residency,  -- 人口口径
    sum(coalesce(tally.official_count, 0)) as numerator,  -- 分子
    max(place.population) as denominator  -- 分母
from work.place as place
left join work.tally as tally
    on
        place.area_code = tally.area_code
        and place.period = tally.period
        and place.residency = tally.residency
        and tally.event = 'other_haemorrhage'
where place.card_type = 'cardio'
group by
    place.area_code,
    place.period,
    place.residency
