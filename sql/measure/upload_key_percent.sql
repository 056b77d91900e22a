-- Share of an institution's incident cards that carry the upload key of an interface.
-- 慢性病卡上传主键填写率（%）
-- grain: area_code, org_code, period, residency
-- unit: percent
-- interval: wilson
-- numerator_zh: 有上传主键的卡
-- denominator_zh: 未撤卡的慢性病卡
-- population_zh: 本县机构，不论患者户籍
-- date_zh: 发病或诊断日期所在时段
-- cards_zh: 肿瘤、心脑血管、糖尿病卡
-- numerator_cards: keyed: has_key
-- source: 考核第19项数据对接的佐证：本系统

select
    keyed_card.area_code,  -- 县
    keyed_card.org_code,  -- 机构
    period.period,  -- 时段
    cast(null as varchar) as residency,  -- 人口口径（不适用）
    sum(case when keyed_card.has_key then 1 else 0 end) as numerator,  -- 分子
    count(*) as denominator  -- 分母
from work.keyed_card as keyed_card
inner join work.area as area
    on keyed_card.area_code = area.area_code
inner join reference.period as period
    on
        (period.kind = 'year' and keyed_card.year = period.year)
        or (
            period.kind = 'last_12_months'
            and keyed_card.event_date between period.date_from and period.date_to
        )
group by
    keyed_card.area_code,
    keyed_card.org_code,
    period.period
