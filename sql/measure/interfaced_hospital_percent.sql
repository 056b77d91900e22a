-- Hospitals of county level or above that are interfaced with the system.
-- 县级以上医院数据对接率（%）
-- grain: area_code, org_code, period, residency
-- unit: percent
-- interval: wilson
-- numerator_zh: 已对接的机构
-- denominator_zh: 县级及以上、报告慢性病、时段内在用的机构（对接情况全部未填时无数据）
-- population_zh: 本县机构
-- date_zh: 时段末
-- cards_zh: 机构表
-- source: 考核第19项

select
    institution.area_code,  -- 县
    cast(null as varchar) as org_code,  -- 机构（不分）
    period.period,  -- 时段
    cast(null as varchar) as residency,  -- 人口口径（不适用）
    sum(case when institution.interfaced = '1' then 1 else 0 end) as numerator,  -- 分子
    count(*) as denominator  -- 分母
from work.institution as institution
cross join reference.period as period
inner join work.area as area
    on institution.area_code = area.area_code
where
    institution.org_level in ('1', '2', '3')
    and institution.reports_chronic
    and coalesce(institution.opened_on, period.date_to) <= period.date_to
    and coalesce(institution.closed_on, period.date_from) >= period.date_from
group by
    institution.area_code,
    period.period
having count(institution.interfaced) > 0
