-- Share of new cases of other and unspecified site.
-- 部位不明比例（UB%）
-- grain: area_code, org_code, period, residency
-- unit: percent
-- interval: wilson
-- numerator_zh: C26、C39、C48、C76–C80、C97 的病例
-- denominator_zh: 恶性肿瘤新发病例数
-- population_zh: 户籍或常住，与分母同一口径
-- date_zh: 诊断日期
-- cards_zh: 肿瘤卡（终审、有效、去重）
-- numerator_cards: event: event = 'tumour' and is_official and left(icd10, 3) in ('C26', 'C39', 'C48', 'C76', 'C77', 'C78', 'C79', 'C80', 'C97')
-- source: 肿瘤登记质控惯例

select
    place.area_code,  -- 县或乡镇
    cast(null as varchar) as org_code,  -- 机构（不分）
    place.period,  -- 时段
    place.residency,  -- 人口口径
    sum(
        case
            when
                left(tally.icd10, 3) in (
                    'C26', 'C39', 'C48', 'C76', 'C77', 'C78', 'C79', 'C80', 'C97'
                )
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
        and tally.event = 'tumour'
where place.card_type = 'tumour'
group by
    place.area_code,
    place.period,
    place.residency
