-- Other offices' lists counted by township, month, source and class: the monthly lists for 补报.
-- 外单位名单按乡镇、月份、来源、类别计数（每人每事件在同一来源中计一次）
-- grain: card_type, area_code, town_code, month, source, class

select
    list_match.card_type,  -- 卡片类型
    list_match.area_code,  -- 县
    coalesce(list_match.town_code, '') as town_code,  -- 乡镇（空为乡镇不详）
    coalesce(list_match.month, '') as month,  -- 事件月份（空为日期不详）
    coalesce(list_match.source, '') as source,  -- 来源
    list_match.class,  -- 类别
    count(*) as case_count  -- 人数
from quality.list_match as list_match
where not list_match.is_repeat_in_source
group by
    list_match.card_type,
    list_match.area_code,
    coalesce(list_match.town_code, ''),
    coalesce(list_match.month, ''),
    coalesce(list_match.source, ''),
    list_match.class
