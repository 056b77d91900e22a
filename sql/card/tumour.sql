-- Tumour cards: the current version of each that is not deleted, duplicate, misdiagnosed or withdrawn.
-- 肿瘤报告卡（现行有效版本，不含个人身份信息）
-- grain: card_id

select
    tumour.card_id,  -- 上传主键
    tumour.patient_informed,  -- 病情已告知病人
    tumour.morphology,  -- ICDM
    tumour.topography,  -- ICD—O
    tumour.grade,  -- 第六位
    tumour.icd10,  -- 诊断ICD编码
    tumour.stage,  -- 诊断时期别
    tumour.stage_t,  -- 诊断期别T
    tumour.stage_n,  -- 诊断期别N
    tumour.stage_m,  -- 诊断期别M
    tumour.original_diagnosis_date,  -- 原诊断日期
    tumour.diagnosis_date,  -- 首次诊断日期
    tumour.diagnosis_date_year,  -- 诊断年份（日期不全时亦有）
    tumour.diagnosis_date_month,  -- 诊断月份（日期不全时亦有）
    tumour.diagnosis_level,  -- 最高诊断单位
    tumour.report_org,  -- 报卡单位
    tumour.report_date,  -- 报告日期
    tumour.death_date,  -- 死亡日期
    tumour.death_date_year,  -- 死亡年份（日期不全时亦有）
    tumour.death_date_month,  -- 死亡月份（日期不全时亦有）
    tumour.death_cause_class,  -- 死亡原因
    tumour.death_icd10,  -- 死亡ICD-10
    tumour.diagnosis_basis,  -- 诊断依据
    tumour.audit_status,  -- 审核标志
    tumour.sex,  -- 患者性别
    tumour.ethnicity,  -- 患者民族
    tumour.occupation,  -- 职业代码
    tumour.registered_out_of_province,  -- 户口省份代码
    tumour.registered_city,  -- 户口市级代码
    tumour.registered_county,  -- 户口区县代码
    tumour.registered_town,  -- 户口街道代码
    tumour.residence_out_of_province,  -- 实际居住省份代码
    tumour.residence_city,  -- 实际市级代码
    tumour.residence_county,  -- 实际区县代码
    tumour.residence_town,  -- 实际居住街道代码
    tumour.managing_org,  -- 管理单位代码
    tumour.card_status,  -- 报告卡状态
    tumour.card_kind,  -- 报告卡类型
    tumour.first_visit_date,  -- 初访时间
    tumour.last_follow_up_date,  -- 随访时间
    tumour.hospital_audit_time,  -- 医院审核时间
    tumour.county_audit_time,  -- 区县审核时间
    tumour.created_time,  -- 创建时间
    tumour.diagnosed_here,  -- 是否本院诊断
    tumour.rejection_reason,  -- 区县审核不通原因代码
    tumour.updated_time,  -- 最后修改时间
    tumour.behaviour,  -- 行为
    tumour.laterality,  -- 侧位
    tumour.diagnosis_basis_national,  -- 诊断依据（国家）
    tumour.vital_status,  -- 最后接触状态
    tumour.last_contact_date,  -- 最后接触日期
    tumour.area_code,  -- 户籍县（6位）
    tumour.town_code,  -- 户籍乡镇（9位，不详为空）
    tumour.residence_area_code,  -- 常住县（6位）
    tumour.residence_town_code,  -- 常住乡镇（9位，不详为空）
    tumour.report_area_code,  -- 报告机构所在县
    tumour.org_code,  -- 报告机构
    tumour.managing_org_code,  -- 管理机构
    tumour.event_date,  -- 事件日期
    tumour.year,  -- 事件年份
    tumour.age_years,  -- 年龄（周岁）
    tumour.age_days,  -- 日龄（不满1岁）
    tumour.has_id_number,  -- 已填身份证件号码
    tumour.person_id,  -- 个人标识（带密钥散列）
    tumour.layout,  -- 来源版式
    tumour.is_registry_record,  -- 登记处已定案记录
    tumour.version_time,  -- 版本时间
    tumour.count_base,  -- 计数口径（official 终审，received 已收，none 不计）
    tumour.is_counted,  -- 计为事件
    tumour.primary_no,  -- 该患者第几个原发（多原发规则）
    tumour.primary_verdict,  -- 多原发判定（new_primary 新原发，duplicate 重复，same_primary 同一原发）
    tumour.is_primary_undecided,  -- 多原发规则未能判定
    tumour.notification_count,  -- 同一原发的卡片数
    tumour.source_count,  -- 同一原发的报告机构数
    tumour.has_pathology,  -- 已填病理号或病理学类型
    tumour.is_pathology_unconfirmed,  -- 死亡补发病的病理依据尚未证实
    tumour.is_death_notified,  -- 由死亡证明首次获知（DCN）
    tumour.traceback_state  -- 追溯结果（open 未定，found 找到即DCI，closed_nothing 无果即DCO）
from typed.tumour as tumour
where
    coalesce(tumour.card_status, '0') not in ('3', '4', '5')
    and not coalesce(tumour.is_withdrawn, false)
