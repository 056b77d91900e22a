-- The last twelve months: one row, empty where the periods have none.
-- 最近12个月的起止日期
-- grain: date_from

select
    max(period.date_from) as date_from,  -- 起
    max(period.date_to) as date_to  -- 止
from reference.period as period
where period.kind = 'last_12_months'
