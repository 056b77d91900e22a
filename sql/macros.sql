-- Macros for epidemiologists, stored in the published file (docs/cookbook.md shows them at work).
-- They live in the schema main, so no prefix is needed.

create or replace macro age_group(age_years) as (
    select age_group.age_group
    from reference.age_group as age_group
    where age_years between age_group.age_from and age_group.age_to
);
comment on macro age_group is '年龄（岁）所在的年龄组：0、1-4、5-9……85+；年龄不详为空';

create or replace macro has_code(icd10, codes) as (
    coalesce(codes, '') = ''
    or list_bool_or(
        list_transform(
            string_split(replace(codes, ' ', ''), ','),
            lambda part: left(icd10, length(split_part(part, '-', 1)))
            between split_part(part, '-', 1)
            and coalesce(nullif(split_part(part, '-', 2), ''), split_part(part, '-', 1))
        )
    )
);
comment on macro has_code is
'ICD-10 编码是否在所列范围内，如 has_code(icd10, ''I20-I25, I46.1'')；范围为空即全部';

create or replace macro icd_block(icd10) as (
    select listed.block from reference.icd10 as listed where listed.code = left(icd10, 3)
);
comment on macro icd_block is 'ICD-10 编码所属的节，如 C15.9 属 C15-C26';

create or replace macro icd_chapter(icd10) as (
    select listed.chapter from reference.icd10 as listed where listed.code = left(icd10, 3)
);
comment on macro icd_chapter is 'ICD-10 编码所属的章（罗马数字），如 C15.9 属 II';

create or replace macro byar_low(cases) as (
    case
        when cases = 0 then 0.0
        else cases * power(1 - 1.0 / (9 * cases) - 1.959963985 / (3 * sqrt(cases)), 3)
    end
);
comment on macro byar_low is '例数的95%区间下限（Poisson，Byar 近似）';

create or replace macro byar_high(cases) as (
    (cases + 1) * power(1 - 1.0 / (9 * (cases + 1)) + 1.959963985 / (3 * sqrt(cases + 1)), 3)
);
comment on macro byar_high is '例数的95%区间上限（Poisson，Byar 近似）';

create or replace macro wilson_low(cases, total) as (
    (cases + 1.920729411 - 1.959963985 * sqrt(cases * (total - cases) / total + 0.9603647057))
    / (total + 3.841458821)
);
comment on macro wilson_low is '比例的95%区间下限（Wilson；结果为 0–1）';

create or replace macro wilson_high(cases, total) as (
    (cases + 1.920729411 + 1.959963985 * sqrt(cases * (total - cases) / total + 0.9603647057))
    / (total + 3.841458821)
);
comment on macro wilson_high is '比例的95%区间上限（Wilson；结果为 0–1）';

create or replace macro events(cards) as table
    select
        'death' as cards, card_id, event_date, year, sex, age_years,
        underlying_cause as icd10, org_code, report_area_code,
        area_code, town_code, residence_area_code, residence_town_code
    from card.death
    where cards = 'death' and count_base = 'official' and is_counted
    union all
    select
        'tumour', card_id, event_date, year, sex, age_years, icd10, org_code, report_area_code,
        area_code, town_code, residence_area_code, residence_town_code
    from card.tumour
    where
        cards = 'tumour' and count_base = 'official' and is_counted
        and left(icd10, 3) in (select icd10_category from reference.cancer_group)
    union all
    select
        'stroke', card_id, event_date, year, sex, age_years, icd10, org_code, report_area_code,
        area_code, town_code, residence_area_code, residence_town_code
    from card.cardio
    where
        cards = 'stroke' and count_base = 'official' and is_counted
        and has_code(icd10, 'I60, I61, I63, I64')
    union all
    select
        'coronary', card_id, event_date, year, sex, age_years, icd10, org_code, report_area_code,
        area_code, town_code, residence_area_code, residence_town_code
    from card.cardio
    where
        cards = 'coronary' and count_base = 'official' and is_counted
        and not (coalesce(coronary_type, '') = '3' and death_date is null)
        and (
            has_code(icd10, 'I21-I22, I46.1')
            or (coronary_type = '3' and has_code(icd10, 'I20-I25'))
        )
    union all
    select
        'diabetes', card_id, event_date, year, sex, age_years, icd10, org_code, report_area_code,
        area_code, town_code, residence_area_code, residence_town_code
    from card.diabetes
    where
        cards = 'diabetes' and count_base = 'official' and is_counted
        and has_code(icd10, 'E10-E14');
comment on macro table events is
'计入率的事件，每例一行：death 死亡、tumour 恶性肿瘤、stroke 脑卒中、coronary 冠心病急性事件、diabetes 糖尿病；只含终审卡';

create or replace macro rate_cells(cards, codes, residency_is) as table
    with counted as (
        select
            case when residency_is = 'registered' then event.area_code
                else event.residence_area_code end as area_code,
            case when residency_is = 'registered' then event.town_code
                else event.residence_town_code end as town_code,
            event.year, event.sex, age_group(event.age_years) as age_group
        from events(cards) as event
        where has_code(event.icd10, codes)
    ),
    placed as (
        select
            place, year, sex, age_group, count(*) as cases
        from (
            select area_code as place, year, sex, age_group from counted
            union all
            select coalesce(town_code, area_code || '000'), year, sex, age_group from counted
        )
        where place is not null
        group by all
    ),
    people as (
        select
            population.area_code as place, population.year, population.sex, population.age_group,
            population.population
        from reference.population as population
        where population.residency = residency_is
    )
    select
        place as area_code,
        left(place, 6) as county_code,
        length(place) = 6 as is_county,
        year,
        sex,
        age_group,
        coalesce(placed.cases, 0) as cases,
        people.population
    from people
    full outer join placed using (place, year, sex, age_group)
    where year in (select period.year from reference.period as period where period.is_complete)
        and (left(place, 6), year) in (
            select (left(population.area_code, 6), population.year)
            from reference.population as population
            where population.residency = residency_is
        );
comment on macro table rate_cells is
'率的明细：县和乡镇 × 年 × 性别 × 年龄组的例数与平均人口；residency_is 为 registered 或 resident，整年';

create or replace macro rate_by(dimension, cards, codes := '', residency_is := 'registered', per := 100000, towns := false) as table
    with cell as (
        select cells.*, coalesce(ages.sort_no, 99) as sort_no
        from rate_cells(cards, codes, residency_is) as cells
        left join reference.age_group as ages on cells.age_group = ages.age_group
        where cells.is_county <> towns
    )
    select
        dimension as "分组",
        cast(sum(cases) as bigint) as "例数",
        round(sum(population), 0) as "人口",
        round(sum(cases) / sum(population) * per, 2) as "率",
        round(byar_low(sum(cases)) / sum(population) * per, 2) as "区间下限",
        round(byar_high(sum(cases)) / sum(population) * per, 2) as "区间上限"
    from cell
    group by dimension
    order by min(sort_no), dimension;
comment on macro table rate_by is
'按任一栏（year、sex、age_group、area_code 或表达式）的率与95%区间（Byar）：from rate_by(year, ''death'')；towns := true 按乡镇';

create or replace macro standardised_rate(cards, codes := '', standard_is := 'CN2000', residency_is := 'registered', sex_is := '0', per := 100000, towns := false) as table
    with cell as (
        select area_code, year, age_group, sum(cases) as cases, sum(population) as population
        from rate_cells(cards, codes, residency_is)
        where is_county <> towns and (sex_is = '0' or sex = sex_is)
        group by all
    ),
    weighted as (
        select
            cell.*,
            standard.weight / sum(standard.weight) over (partition by area_code, year) as weight
        from cell
        inner join reference.standard_population as standard
            on cell.age_group = standard.age_group and standard.standard = standard_is
        where cell.population > 0
    ),
    summed as (
        select
            area_code,
            year,
            sum(cases) as cases,
            count(*) as groups,
            sum(weight * cases / population) as rate,
            sum(power(weight / population, 2) * cases) as variance
        from weighted
        group by area_code, year
    ),
    whole as (
        select area_code, year, sum(cases) as all_cases, sum(population) as population
        from cell
        group by area_code, year
    )
    select
        area_code as "地区",
        year as "年份",
        cast(all_cases as bigint) as "例数",
        round(population, 0) as "人口",
        round(all_cases / population * per, 2) as "粗率",
        round(rate * per, 2) as "标化率",
        round((rate + sqrt(variance / cases) * (byar_low(cases) - cases)) * per, 2) as "区间下限",
        round((rate + sqrt(variance / cases) * (byar_high(cases) - cases)) * per, 2) as "区间上限"
    from summed
    inner join whole using (area_code, year)
    where groups = (select count(*) from reference.age_group)
    order by area_code, year;
comment on macro table standardised_rate is
'直接标化率与95%区间（Dobson 法，Byar 区间）：from standardised_rate(''death'', codes := ''C00-C97'')；standard_is 见 reference.standard_population；人口缺年龄组的地区不列；年龄不详者只计入粗率';
