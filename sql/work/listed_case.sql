-- Rows of reviews, surveys and worklists with their place, age group and disease.
-- 漏报检查、漏报调查和外单位名单的逐行病例：地区、年龄组、病种
-- grain: list_file, order_no, source_row

-- A review judges institutions: their county. A household survey and a worklist are about people:
-- their own county.
select
    survey_case.list_file,  -- 文件（多表时带 #表名）
    survey_case.order_no,  -- 接收序号
    survey_case.source_row,  -- 行号
    survey_case.case_key,  -- 病例标识（内容的密钥摘要，名单重发后不变）
    survey_case.survey_id,  -- 调查编号
    survey_case.purpose,  -- 用途
    survey_case.card_type,  -- 卡片类型
    survey_case.source,  -- 来源
    survey_case.year,  -- 年份
    survey_case.cutoff_date,  -- 截止日期
    survey_case.event_date,  -- 事件日期
    case
        when survey_case.purpose = 'hospital_review'
            then coalesce(institution.area_code, left(survey_case.area_code, 6))
        else coalesce(left(survey_case.area_code, 6), institution.area_code)
    end as area_code,  -- 县
    survey_case.town_code,  -- 乡镇
    survey_case.org_code,  -- 机构
    survey_case.stratum,  -- 层
    survey_case.cluster,  -- 群
    coalesce(survey_case.weight, 1) as weight,  -- 权重
    coalesce(survey_case.sex, '9') as sex,  -- 性别
    survey_case.age_years,  -- 年龄
    coalesce(age_group.age_group, 'unknown') as age_group,  -- 年龄组
    left(survey_case.icd10, 3) as icd10_category,  -- 疾病类目
    case
        when survey_case.icd10 is null and survey_case.card_type = 'tumour' then 'tumour'
        when survey_case.icd10 is null and survey_case.card_type = 'diabetes' then 'diabetes'
        when survey_case.icd10 is null then 'unknown'
        when left(survey_case.icd10, 3) in ('I60', 'I61', 'I63', 'I64') then 'stroke'
        when left(survey_case.icd10, 3) in ('I20', 'I21', 'I22', 'I23', 'I24', 'I25', 'I46')
            then 'coronary'
        when left(survey_case.icd10, 3) between 'E10' and 'E14' then 'diabetes'
        when cancer_group.icd10_category is not null then 'tumour'
        when left(survey_case.icd10, 1) = 'J' then 'respiratory'
        when left(survey_case.icd10, 1) in ('S', 'T', 'V', 'W', 'X', 'Y') then 'injury'
        else 'other'
    end as disease,  -- 病种
    coalesce(survey_case.eligible = '1', false) as is_eligible,  -- 符合条件
    survey_case.report_state,  -- 报告情况（reported、late、made_up、missed）
    survey_case.list_class,  -- 名单类别（仅外单位名单）
    survey_case.matched_by,  -- 比对依据
    survey_case.match_probability,  -- 匹配概率
    survey_case.matched_card_id,  -- 对应的报告卡
    survey_case.possible_card_id,  -- 疑似的报告卡
    survey_case.possible_probability,  -- 疑似概率
    coalesce(survey_case.is_repeat_in_survey, false) as is_repeat_in_survey,  -- 调查内重复
    coalesce(survey_case.is_repeat_at_org, false) as is_repeat_at_org,  -- 同一机构内重复
    coalesce(survey_case.is_repeat_in_source, false) as is_repeat_in_source  -- 同一来源内重复
from typed.survey_case as survey_case
left join work.institution as institution
    on survey_case.org_code = institution.org_code
left join reference.age_group as age_group
    on survey_case.age_years between age_group.age_from and age_group.age_to
left join (
    select distinct listed_group.icd10_category
    from reference.cancer_group as listed_group
) as cancer_group
    on left(survey_case.icd10, 3) = cancer_group.icd10_category
