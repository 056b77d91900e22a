-- Deaths of complete years by county, sex, age and cause group at every level.
-- 分死因组死亡数（县级，整年）
-- grain: area_code, year, residency, sex, cause_group, age_group

with

dead as (

    select
        tally.area_code,
        period.year,
        tally.residency,
        tally.sex,
        tally.age_group,
        coalesce(exact.ccd_code, category.ccd_code) as ccd_code,
        -- The three broad groups of the Global Burden of Disease study (2000 revision).
        case
            when left(tally.icd10, 1) in ('A', 'B', 'O', 'P') then 'I'
            when
                left(tally.icd10, 3) between 'D50' and 'D53'
                or left(tally.icd10, 3) between 'E00' and 'E02'
                or left(tally.icd10, 3) between 'E40' and 'E46'
                or left(tally.icd10, 3) between 'E50' and 'E64'
                or left(tally.icd10, 3) between 'G00' and 'G04'
                or left(tally.icd10, 3) between 'H65' and 'H66'
                or left(tally.icd10, 3) between 'J00' and 'J22'
                or left(tally.icd10, 3) between 'N70' and 'N73'
                or left(tally.icd10, 3) in ('U04', 'U07', 'U09', 'U10')
                then 'I'
            when left(tally.icd10, 1) between 'C' and 'N' or left(tally.icd10, 1) = 'Q' then 'II'
            when left(tally.icd10, 1) between 'V' and 'Y' then 'III'
            else 'U'
        end as broad_group,
        tally.official_count
    from work.tally as tally
    inner join reference.period as period
        on
            tally.period = period.period
            and period.kind = 'year'
            and period.is_complete
    left join reference.icd10 as exact
        on tally.icd10 = exact.code
    left join reference.icd10 as category
        on left(tally.icd10, 3) = category.code
    where
        tally.event = 'death'
        and length(tally.area_code) = 6
        and tally.official_count > 0

),

grouped as (

    select
        dead.area_code,
        dead.year,
        dead.residency,
        dead.sex,
        dead.age_group,
        cause_path.cause_group,
        dead.official_count
    from dead
    inner join work.cause_path as cause_path
        on dead.ccd_code = cause_path.ccd_code
    union all
    select
        dead.area_code,
        dead.year,
        dead.residency,
        dead.sex,
        dead.age_group,
        dead.broad_group as cause_group,
        dead.official_count
    from dead
    union all
    select
        dead.area_code,
        dead.year,
        dead.residency,
        dead.sex,
        dead.age_group,
        'ALL' as cause_group,
        dead.official_count
    from dead

)

select
    grouped.area_code,  -- 县
    grouped.year,  -- 年份
    grouped.residency,  -- 人口口径
    grouped.sex,  -- 性别
    grouped.cause_group,  -- 死因组
    grouped.age_group,  -- 年龄组
    cast(sum(grouped.official_count) as bigint) as death_count  -- 死亡数
from grouped
where grouped.sex in ('1', '2')
group by
    grouped.area_code,
    grouped.year,
    grouped.residency,
    grouped.sex,
    grouped.cause_group,
    grouped.age_group
union all
select
    grouped.area_code,
    grouped.year,
    grouped.residency,
    '0' as sex,
    grouped.cause_group,
    grouped.age_group,
    cast(sum(grouped.official_count) as bigint) as death_count
from grouped
group by
    grouped.area_code,
    grouped.year,
    grouped.residency,
    grouped.cause_group,
    grouped.age_group
