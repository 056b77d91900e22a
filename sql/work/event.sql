-- One row for each official or received card: which event it is, and what indicators ask of it.
-- 终审或已收的卡：属于何种事件（死亡、肿瘤、脑卒中、冠心病急性事件、糖尿病等）
-- grain: card_type, card_id

-- A card that is kept but is no event of its own still shows that its county sends such cards.

select
    'death' as card_type,  -- 卡片类型
    case when death.is_counted then 'death' else 'not_an_event' end as event,  -- 事件
    death.card_id,  -- 报告卡编号
    death.year,  -- 年份
    death.event_date,  -- 事件日期
    death.sex,  -- 性别
    death.age_years,  -- 年龄
    death.underlying_cause as icd10,  -- 疾病编码（死亡为根本死因）
    death.area_code,  -- 户籍县
    death.town_code,  -- 户籍乡镇
    death.residence_area_code,  -- 常住县
    death.residence_town_code,  -- 常住乡镇
    death.audit_status,  -- 审核状态
    death.count_base = 'official' as is_official,  -- 终审
    false as is_first_ever,  -- 首次发病
    false as is_supplement,  -- 死亡补发卡
    coalesce(death.card_kind, '') in ('3', '4') as is_made_up,  -- 因漏报检查、调查补报的卡
    false as is_verified,  -- 诊断依据含 5、6、7、8
    false as is_histology,  -- 诊断依据含 6、7、8
    false as is_certificate_only,  -- 仅有死亡证明（DCO）
    false as is_open_notified,  -- 死亡补发、追溯未定（DCN）
    false as is_notified,  -- 由死亡证明首次获知（DCN，含已追溯到的）
    false as is_icdo3_coded  -- ICD-O-3 编码齐全
from card.death as death
where death.count_base in ('official', 'received')

union all

select
    'tumour' as card_type,
    case
        when
            tumour.is_counted
            and left(tumour.icd10, 3) in (
                select cancer_group.icd10_category
                from reference.cancer_group as cancer_group
            )
            then 'tumour'
        else 'not_an_event'
    end as event,
    tumour.card_id,
    tumour.year,
    tumour.event_date,
    tumour.sex,
    tumour.age_years,
    tumour.icd10,
    tumour.area_code,
    tumour.town_code,
    tumour.residence_area_code,
    tumour.residence_town_code,
    tumour.audit_status,
    tumour.count_base = 'official' as is_official,
    false as is_first_ever,
    coalesce(tumour.card_kind, '') = '2' as is_supplement,
    coalesce(tumour.card_kind, '') in ('3', '4') as is_made_up,
    -- The two basis lists are never mixed: a national code is read as national only. Pathology that
    -- a death-notified card only claims does not count until somebody confirms it.
    case
        when
            tumour.is_pathology_unconfirmed
            and ',' || coalesce(tumour.diagnosis_basis, '') || ',' not like '%,5,%'
            then false
        when tumour.diagnosis_basis_national is not null
            then tumour.diagnosis_basis_national in ('5', '6', '7', '8')
        else
            ',' || coalesce(tumour.diagnosis_basis, '') || ',' like '%,5,%'
            or ',' || coalesce(tumour.diagnosis_basis, '') || ',' like '%,6,%'
            or ',' || coalesce(tumour.diagnosis_basis, '') || ',' like '%,7,%'
            or ',' || coalesce(tumour.diagnosis_basis, '') || ',' like '%,8,%'
    end as is_verified,
    case
        when tumour.is_pathology_unconfirmed then false
        when tumour.diagnosis_basis_national is not null
            then tumour.diagnosis_basis_national in ('6', '7', '8')
        else
            ',' || coalesce(tumour.diagnosis_basis, '') || ',' like '%,6,%'
            or ',' || coalesce(tumour.diagnosis_basis, '') || ',' like '%,7,%'
            or ',' || coalesce(tumour.diagnosis_basis, '') || ',' like '%,8,%'
    end as is_histology,
    coalesce(
        tumour.traceback_state = 'closed_nothing',
        tumour.diagnosis_basis_national = '0',
        false
    ) as is_certificate_only,
    coalesce(tumour.traceback_state = 'open', false) as is_open_notified,
    coalesce(
        tumour.is_death_notified, tumour.diagnosis_basis_national = '0', false
    ) as is_notified,
    coalesce(
        left(tumour.topography, 3) between 'C00' and 'C80'
        and length(tumour.topography) = 5
        and tumour.morphology between '8000' and '9993'
        and length(tumour.morphology) = 4
        and tumour.behaviour in ('0', '1', '2', '3', '6', '9'),
        false
    ) as is_icdo3_coded
from card.tumour as tumour
where tumour.count_base in ('official', 'received')

union all

select
    'cardio' as card_type,
    case
        -- I62 is no stroke event here and is shown apart, card by card.
        when left(cardio.icd10, 3) = 'I62' then 'other_haemorrhage'
        when not cardio.is_counted then 'not_an_event'
        when left(cardio.icd10, 3) in ('I60', 'I61', 'I63', 'I64') then 'stroke'
        -- Type 3 is a death from coronary disease: without the death it is an error, not an event.
        when cardio.coronary_type = '3' and cardio.death_date is null then 'not_an_event'
        when
            left(cardio.icd10, 3) in ('I21', 'I22')
            or left(cardio.icd10, 5) = 'I46.1'
            then 'coronary'
        when
            cardio.coronary_type = '3'
            and left(cardio.icd10, 3) between 'I20' and 'I25'
            then 'coronary'
        else 'not_an_event'
    end as event,
    cardio.card_id,
    cardio.year,
    cardio.event_date,
    cardio.sex,
    cardio.age_years,
    cardio.icd10,
    cardio.area_code,
    cardio.town_code,
    cardio.residence_area_code,
    cardio.residence_town_code,
    cardio.audit_status,
    cardio.count_base = 'official' as is_official,
    coalesce(cardio.first_ever, '') = '1' as is_first_ever,
    coalesce(cardio.card_kind, '') = '2' as is_supplement,
    coalesce(cardio.card_kind, '') in ('3', '4') as is_made_up,
    false as is_verified,
    false as is_histology,
    false as is_certificate_only,
    false as is_open_notified,
    false as is_notified,
    false as is_icdo3_coded
from card.cardio as cardio
where cardio.count_base in ('official', 'received')

union all

select
    'diabetes' as card_type,
    case
        when diabetes.is_counted and left(diabetes.icd10, 3) between 'E10' and 'E14' then 'diabetes'
        else 'not_an_event'
    end as event,
    diabetes.card_id,
    diabetes.year,
    diabetes.event_date,
    diabetes.sex,
    diabetes.age_years,
    diabetes.icd10,
    diabetes.area_code,
    diabetes.town_code,
    diabetes.residence_area_code,
    diabetes.residence_town_code,
    diabetes.audit_status,
    diabetes.count_base = 'official' as is_official,
    false as is_first_ever,
    coalesce(diabetes.card_kind, '') = '2' as is_supplement,
    coalesce(diabetes.card_kind, '') in ('3', '4') as is_made_up,
    false as is_verified,
    false as is_histology,
    false as is_certificate_only,
    false as is_open_notified,
    false as is_notified,
    false as is_icdo3_coded
from card.diabetes as diabetes
where diabetes.count_base in ('official', 'received')
