-- Share of deaths of unknown cause, R95-R99 only.
-- 不明原因疾病死亡构成，仅R95–R99（%）
-- grain: area_code, org_code, period, residency
-- unit: percent
-- interval: wilson
-- numerator_zh: 根本死因 R95–R99 的死亡数
-- denominator_zh: 全部死亡数
-- population_zh: 户籍或常住，与分母同一口径
-- date_zh: 死亡日期
-- cards_zh: 死亡卡（终审、有效、去重）
-- numerator_cards: event: event = 'death' and is_official and left(icd10, 3) between 'R95' and 'R99'
-- source: 考核第18项，对照口径

select
    place.area_code,  -- 县或乡镇
    cast(null as varchar) as org_code,  -- 机构（不分）
    place.period,  -- 时段
    place.residency,  -- 人口口径
    sum(
        case
            when left(tally.icd10, 3) between 'R95' and 'R99'
                then coalesce(tally.official_count, 0)
            else 0
        end
    ) as numerator,  -- 分子
    sum(coalesce(tally.official_count, 0)) as denominator  -- 分母
from work.place as place
left join work.tally as tally
    on
        place.area_code = tally.area_code
        and place.period = tally.period
        and place.residency = tally.residency
        and tally.event = 'death'
where place.card_type = 'death'
group by
    place.area_code,
    place.period,
    place.residency
