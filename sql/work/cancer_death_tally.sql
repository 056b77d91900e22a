-- Cancer deaths of complete years by county, sex and group.
-- 分部位恶性肿瘤死亡数（县级，整年）
-- grain: area_code, year, residency, sex, grouping, group_code

with

deaths as (

    select
        cancer_death.area_code,
        period.year,
        cancer_death.residency,
        cancer_death.sex,
        cancer_group.grouping,
        cancer_group.group_code,
        cancer_death.death_count
    from work.cancer_death as cancer_death
    inner join reference.period as period
        on
            cancer_death.period = period.period
            and period.kind = 'year'
            and period.is_complete
    inner join reference.cancer_group as cancer_group
        on cancer_death.icd10_category = cancer_group.icd10_category
    where length(cancer_death.area_code) = 6

),

with_total as (

    select
        deaths.area_code,
        deaths.year,
        deaths.residency,
        deaths.sex,
        deaths.grouping,
        deaths.group_code,
        deaths.death_count
    from deaths
    union all
    select
        deaths.area_code,
        deaths.year,
        deaths.residency,
        deaths.sex,
        deaths.grouping,
        'ALL' as group_code,
        deaths.death_count
    from deaths

)

select
    with_total.area_code,  -- 县
    with_total.year,  -- 年份
    with_total.residency,  -- 人口口径
    with_total.sex,  -- 性别（0 合计）
    with_total.grouping,  -- 分类
    with_total.group_code,  -- 部位组（ALL 合计）
    cast(sum(with_total.death_count) as bigint) as death_count  -- 死亡数
from with_total
where with_total.sex in ('1', '2')
group by
    with_total.area_code,
    with_total.year,
    with_total.residency,
    with_total.sex,
    with_total.grouping,
    with_total.group_code
union all
select
    with_total.area_code,
    with_total.year,
    with_total.residency,
    '0' as sex,
    with_total.grouping,
    with_total.group_code,
    cast(sum(with_total.death_count) as bigint) as death_count
from with_total
group by
    with_total.area_code,
    with_total.year,
    with_total.residency,
    with_total.grouping,
    with_total.group_code
