-- Cardiovascular event cards: the current version of each that is not deleted, duplicate, misdiagnosed or withdrawn.
-- 心脑血管事件报告卡（现行有效版本，不含个人身份信息）
-- grain: card_id

select
    cardio.card_id,  -- 上传主键
    cardio.sex,  -- 患者性别
    cardio.marital_status,  -- 患者婚姻
    cardio.icd10,  -- 患者ICD编码
    cardio.occupation,  -- 职业
    cardio.education,  -- 患者文化程度
    cardio.ethnicity,  -- 患者民族
    cardio.registered_out_of_province,  -- 常住户口地址省
    cardio.registered_city,  -- 常住户口地址市
    cardio.registered_county,  -- 常住户口地址区县
    cardio.registered_town,  -- 常住户口地址街道
    cardio.residence_out_of_province,  -- 目前居住地址省
    cardio.residence_city,  -- 目前居住地址市
    cardio.residence_county,  -- 目前居住地址区县
    cardio.residence_town,  -- 目前居住地址街道
    cardio.coronary_type,  -- 冠心病诊断
    cardio.stroke_type,  -- 脑卒中诊断
    cardio.evidence_clinical,  -- 临床症状诊断依据
    cardio.evidence_ecg,  -- 心电图诊断依据
    cardio.evidence_enzymes,  -- 血清酶诊断依据
    cardio.evidence_csf,  -- 脑脊液诊断依据
    cardio.evidence_eeg,  -- 脑电图诊断依据
    cardio.evidence_angiography,  -- 血管造影诊断依据
    cardio.evidence_ct,  -- CT诊断依据
    cardio.evidence_mri,  -- 磁共振诊断依据
    cardio.evidence_autopsy,  -- 尸检诊断依据
    cardio.evidence_neurologist,  -- 神经科医生检查诊断依据
    cardio.risk_history,  -- 病史
    cardio.inferred_after_death,  -- 死后推断
    cardio.imaging_delay,  -- 本次卒中发病时间与CT/核磁共振检查时间间隔
    cardio.stroke_symptom,  -- 首要症状(脑卒中)
    cardio.onset_date,  -- 发病日期
    cardio.onset_date_year,  -- 发病年份（日期不全时亦有）
    cardio.onset_date_month,  -- 发病月份（日期不全时亦有）
    cardio.diagnosis_date,  -- 确诊日期
    cardio.diagnosis_date_year,  -- 诊断年份（日期不全时亦有）
    cardio.diagnosis_date_month,  -- 诊断月份（日期不全时亦有）
    cardio.first_ever,  -- 是否首次发病
    cardio.diagnosis_level,  -- 确诊单位
    cardio.report_org,  -- 报卡单位医院
    cardio.report_date,  -- 报卡日期
    cardio.death_date,  -- 死亡日期
    cardio.death_date_year,  -- 死亡年份（日期不全时亦有）
    cardio.death_date_month,  -- 死亡月份（日期不全时亦有）
    cardio.death_cause_class,  -- 死亡原因
    cardio.death_icd10,  -- 死亡原因ICD
    cardio.audit_status,  -- 审核标志
    cardio.managing_org,  -- 管理单位代码
    cardio.card_status,  -- 报告卡状态
    cardio.card_kind,  -- 报告卡类型
    cardio.first_visit_date,  -- 初访时间
    cardio.last_follow_up_date,  -- 随访时间
    cardio.hospital_audit_time,  -- 医院审核时间
    cardio.county_audit_time,  -- 区县审核时间
    cardio.created_time,  -- 创建时间
    cardio.rejection_reason,  -- 区县审核不通原因代码
    cardio.updated_time,  -- 最后修改时间
    cardio.area_code,  -- 户籍县（6位）
    cardio.town_code,  -- 户籍乡镇（9位，不详为空）
    cardio.residence_area_code,  -- 常住县（6位）
    cardio.residence_town_code,  -- 常住乡镇（9位，不详为空）
    cardio.report_area_code,  -- 报告机构所在县
    cardio.org_code,  -- 报告机构
    cardio.managing_org_code,  -- 管理机构
    cardio.event_date,  -- 事件日期
    cardio.year,  -- 事件年份
    cardio.age_years,  -- 年龄（周岁）
    cardio.age_days,  -- 日龄（不满1岁）
    cardio.has_id_number,  -- 已填身份证件号码
    cardio.person_id,  -- 个人标识（带密钥散列）
    cardio.layout,  -- 来源版式
    cardio.is_registry_record,  -- 登记处已定案记录
    cardio.version_time,  -- 版本时间
    cardio.count_base,  -- 计数口径（official 终审，received 已收，none 不计）
    cardio.is_counted  -- 计为事件
from typed.cardio as cardio
where
    coalesce(cardio.card_status, '0') not in ('3', '4', '5')
    and not coalesce(cardio.is_withdrawn, false)
