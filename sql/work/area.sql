-- The counties whose numbers are wanted.
-- 需要计算的县：本县和有人口资料的县；都没有时为机构所在县
-- grain: area_code

-- Cards of other counties (people who died or were treated here) are judged by institution only:
-- a neighbour's number would hold nothing but what our hospitals happen to see.
with

wanted as (

    select home.area_code
    from reference.home as home
    where length(home.area_code) = 6
    union
    select population.area_code
    from reference.population as population
    where length(population.area_code) = 6

)

select wanted.area_code  -- 县
from wanted
union
select left(institution.area_code, 6) as area_code
from reference.institution as institution
where
    institution.area_code is not null
    and not exists (select 1 as one from wanted)
