-- Institutions that reported a death or zero in every month among all that should.
-- 医疗机构死亡网络报告覆盖率，逐月（%）
-- grain: area_code, org_code, period, residency
-- unit: percent
-- interval: wilson
-- numerator_zh: 每个月都有死亡卡或零报告的机构
-- denominator_zh: 应报告死亡的1–4级机构，时段内在用
-- population_zh: 本县机构
-- date_zh: 报卡月份或死亡月份
-- cards_zh: 死亡卡；月报（零报告）
-- source: 考核第17项

select
    death_reporter.area_code,  -- 县
    cast(null as varchar) as org_code,  -- 机构（空为全县）
    death_reporter.period,  -- 时段
    cast(null as varchar) as residency,  -- 人口口径（不适用）
    sum(
        case
            when death_reporter.active_month_count >= death_reporter.open_month_count then 1
            else 0
        end
    ) as numerator,  -- 分子
    count(*) as denominator  -- 分母
from work.death_reporter as death_reporter
group by
    death_reporter.area_code,
    death_reporter.period
union all
select
    death_reporter.area_code,
    death_reporter.org_code,
    death_reporter.period,
    cast(null as varchar) as residency,
    case
        when death_reporter.active_month_count >= death_reporter.open_month_count then 1
        else 0
    end as numerator,
    1 as denominator
from work.death_reporter as death_reporter
