-- Elements of the annual report with a document that was issued.
-- 年度报告要素数（项）
-- grain: area_code, org_code, period, residency
-- unit: count
-- interval: none
-- numerator_zh: 佐证材料中已签发的第22项要素数
-- denominator_zh: 1
-- population_zh: 县
-- date_zh: 评估年
-- cards_zh: 佐证材料
-- source: 考核第22项，按十个要素
-- note_zh: 国家八要点读法为 8×2=16 分，本系统按十个要素

select
    left(evidence.area_code, 6) as area_code,  -- 县
    cast(null as varchar) as org_code,  -- 机构（不分）
    period.period,  -- 时段（评估年）
    cast(null as varchar) as residency,  -- 人口口径（不适用）
    count(distinct evidence.criterion_no) as numerator,  -- 分子
    1 as denominator  -- 分母
from reference.evidence as evidence
inner join reference.period as period
    on
        evidence.year = period.year
        and period.kind = 'year'
cross join reference.home as home
where
    evidence.item_no = 22
    and evidence.done = '1'
    and evidence.issued_by is not null
    and evidence.done_on <= home.as_of
group by
    left(evidence.area_code, 6),
    period.period
