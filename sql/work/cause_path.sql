-- For each CCD group the groups it is counted in: itself, its subtotal, its chapter.
-- 死因分类（CCD）各组所计入的组：本组、小计、章
-- grain: ccd_code, cause_group

-- 传染病计, 寄生虫病计, 恶性肿瘤计 and 直接产科原因计 are subtotals of the groups printed below them.
with

numbered as (

    select
        cause_group.ccd_code,
        cast(cause_group.ccd_code as integer) as number,
        cause_group.parent_ccd_code
    from reference.cause_group as cause_group

)

select
    numbered.ccd_code,  -- 死因组
    numbered.ccd_code as cause_group  -- 计入的组
from numbered
union
select
    numbered.ccd_code,
    numbered.parent_ccd_code as cause_group
from numbered
where numbered.parent_ccd_code is not null
union
select
    numbered.ccd_code,
    case
        when numbered.number between 4 and 18 then '3'
        when numbered.number between 20 and 21 then '19'
        when numbered.number between 24 and 33 then '23'
        else '75'
    end as cause_group
from numbered
where
    numbered.number between 4 and 18
    or numbered.number between 20 and 21
    or numbered.number between 24 and 33
    or numbered.number between 76 and 81
