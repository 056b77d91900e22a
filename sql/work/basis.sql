-- The four ways a card is placed: by registered or actual home, at county or town level.
-- 归属方式：户籍或常住，县级或乡镇级
-- grain: residency, digits

select
    'registered' as residency,  -- 人口口径
    6 as digits  -- 地区编码位数
union all
select
    'registered' as residency,
    9 as digits
union all
select
    'resident' as residency,
    6 as digits
union all
select
    'resident' as residency,
    9 as digits
