-- Elements of the annual report: as found in the document, else as the evidence says.
-- 年度报告要素数（项）
-- grain: area_code, org_code, period, residency
-- unit: count
-- interval: none
-- numerator_zh: 年度报告文档中有内容的第22项要素数；没有文档时为佐证材料登记为已签发的要素数
-- denominator_zh: 1
-- population_zh: 县
-- date_zh: 评估年（报告为上一年度）
-- cards_zh: 年度报告文档、佐证材料
-- source: 考核第22项，按十个要素
-- note_zh: 国家八要点读法为 8×2=16 分，本系统按十个要素；未登记签发的为草稿，得分待佐证

with

-- An element may stand in any of several documents.
found as (

    select
        report_element.area_code,
        report_element.year,
        report_element.element_no,
        max(cast(report_element.is_present as integer)) as is_present
    from quality.report_element as report_element
    group by
        report_element.area_code,
        report_element.year,
        report_element.element_no

),

inspected as (

    select
        found.area_code,
        found.year,
        sum(found.is_present) as element_count
    from found
    group by
        found.area_code,
        found.year

),

issued as (

    select
        left(evidence.area_code, 6) as area_code,
        evidence.year,
        count(distinct evidence.criterion_no) as element_count
    from reference.evidence as evidence
    cross join reference.home as home
    where
        evidence.item_no = 22
        and evidence.done = '1'
        and evidence.issued_by is not null
        and evidence.done_on <= home.as_of
    group by
        left(evidence.area_code, 6),
        evidence.year

)

select
    coalesce(inspected.area_code, issued.area_code) as area_code,  -- 县
    cast(null as varchar) as org_code,  -- 机构（不分）
    period.period,  -- 时段（评估年）
    cast(null as varchar) as residency,  -- 人口口径（不适用）
    coalesce(inspected.element_count, issued.element_count) as numerator,  -- 分子
    1 as denominator,  -- 分母
    case
        when issued.area_code is null then 'draft'
        when inspected.area_code is null then 'evidence'
        else 'issued'
    end as remark  -- 说明（draft 草稿未登记签发，issued 已签发，evidence 只有登记）
from inspected
full outer join issued
    on
        inspected.area_code = issued.area_code
        and inspected.year = issued.year
inner join reference.period as period
    on
        coalesce(inspected.year, issued.year) = period.year
        and period.kind = 'year'
