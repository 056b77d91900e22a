-- New cancers of complete years by county, sex, age and group, with their quality counts.
-- 分部位恶性肿瘤新发病例数及质量计数（县级，整年）
-- grain: area_code, year, residency, sex, grouping, group_code, age_group

with

cases as (

    select
        tally.area_code,
        period.year,
        tally.residency,
        tally.sex,
        tally.age_group,
        cancer_group.grouping,
        cancer_group.group_code,
        tally.official_count,
        tally.verified_count,
        tally.certificate_only_count,
        case
            when
                left(tally.icd10, 3) in (
                    'C26', 'C39', 'C48', 'C76', 'C77', 'C78', 'C79', 'C80', 'C97'
                )
                then tally.official_count
            else 0
        end as unspecified_count
    from work.tally as tally
    inner join reference.period as period
        on
            tally.period = period.period
            and period.kind = 'year'
            and period.is_complete
    inner join reference.cancer_group as cancer_group
        on left(tally.icd10, 3) = cancer_group.icd10_category
    where
        tally.event = 'tumour'
        and length(tally.area_code) = 6

),

with_total as (

    select
        cases.area_code,
        cases.year,
        cases.residency,
        cases.sex,
        cases.age_group,
        cases.grouping,
        cases.group_code,
        cases.official_count,
        cases.verified_count,
        cases.certificate_only_count,
        cases.unspecified_count
    from cases
    union all
    select
        cases.area_code,
        cases.year,
        cases.residency,
        cases.sex,
        cases.age_group,
        cases.grouping,
        'ALL' as group_code,
        cases.official_count,
        cases.verified_count,
        cases.certificate_only_count,
        cases.unspecified_count
    from cases

),

by_sex as (

    select
        with_total.area_code,
        with_total.year,
        with_total.residency,
        with_total.sex,
        with_total.age_group,
        with_total.grouping,
        with_total.group_code,
        with_total.official_count,
        with_total.verified_count,
        with_total.certificate_only_count,
        with_total.unspecified_count
    from with_total
    where with_total.sex in ('1', '2')
    union all
    select
        with_total.area_code,
        with_total.year,
        with_total.residency,
        '0' as sex,
        with_total.age_group,
        with_total.grouping,
        with_total.group_code,
        with_total.official_count,
        with_total.verified_count,
        with_total.certificate_only_count,
        with_total.unspecified_count
    from with_total

)

select
    by_sex.area_code,  -- 县
    by_sex.year,  -- 年份
    by_sex.residency,  -- 人口口径
    by_sex.sex,  -- 性别（0 合计）
    by_sex.grouping,  -- 分类
    by_sex.group_code,  -- 部位组（ALL 合计）
    by_sex.age_group,  -- 年龄组
    cast(sum(by_sex.official_count) as bigint) as case_count,  -- 新发病例数
    cast(sum(by_sex.verified_count) as bigint) as verified_count,  -- 病理诊断
    cast(sum(by_sex.certificate_only_count) as bigint) as certificate_only_count,  -- DCO
    cast(sum(by_sex.unspecified_count) as bigint) as unspecified_count  -- 部位不明
from by_sex
group by
    by_sex.area_code,
    by_sex.year,
    by_sex.residency,
    by_sex.sex,
    by_sex.grouping,
    by_sex.group_code,
    by_sex.age_group
