-- One row for each counted, audited cancer case of a complete year, by registered and by actual home.
-- 肿瘤新发病例（终审、有效、去重，整年）及其质量要素
-- grain: card_id, residency

with

placed as (

    select
        event.card_id,
        event.year,
        event.sex,
        event.age_years,
        event.icd10,
        event.is_verified,
        event.is_certificate_only,
        event.is_open_notified,
        event.is_notified,
        basis.residency,
        case
            when basis.residency = 'registered' then event.area_code
            else event.residence_area_code
        end as area_code
    from work.event as event
    cross join work.basis as basis
    where
        event.card_type = 'tumour'
        and event.event = 'tumour'
        and event.is_official
        and basis.digits = 6

)

select
    placed.card_id,  -- 报告卡编号
    placed.residency,  -- 人口口径
    placed.area_code,  -- 县
    placed.year,  -- 年份
    tumour.org_code,  -- 报告机构
    coalesce(placed.sex, '9') as sex,  -- 性别
    left(placed.icd10, 3) as icd10_category,  -- 编码类目
    placed.is_verified,  -- 病理诊断
    placed.is_certificate_only,  -- DCO
    placed.is_open_notified,  -- 追溯未定的DCN
    placed.is_notified,  -- DCN
    -- The code is dotted: C15.9; the category alone says nothing about the sub-site.
    placed.icd10 like '___.9%' as is_unspecified_subsite,  -- 亚部位不明（第四位为9）
    placed.is_verified
    and coalesce(tumour.morphology in ('8000', '8001', '8010', '8020', '8021'), false)
        as is_unspecified_morphology,  -- 病理诊断而形态学不明
    coalesce(tumour.primary_no > 1, false) as is_later_primary,  -- 第二及以后原发
    coalesce(placed.age_years < 15, false) as is_child,  -- 0–14岁
    placed.age_years is null as is_age_unknown,  -- 年龄不详
    -- The national layout does not say who sent a record: no sources, not one source.
    case when not tumour.is_registry_record then tumour.notification_count end
        as notification_count,  -- 同一原发的卡片数
    case when not tumour.is_registry_record then tumour.source_count end
        as source_count,  -- 同一原发的报告机构数
    tumour.diagnosis_date,  -- 诊断日期
    coalesce(tumour.report_date, cast(tumour.created_time as date)) as reported_on  -- 报告日期
from placed
inner join card.tumour as tumour
    on placed.card_id = tumour.card_id
inner join work.area as area
    on placed.area_code = area.area_code
inner join reference.period as period
    on
        placed.year = period.year
        and period.kind = 'year'
        and period.is_complete
