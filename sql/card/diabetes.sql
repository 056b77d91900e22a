-- Diabetes cards: the current version of each that is not deleted, duplicate, misdiagnosed or withdrawn.
-- 糖尿病报告卡（现行有效版本，不含个人身份信息）
-- grain: card_id

select
    diabetes.card_id,  -- 上传主键
    diabetes.icd10,  -- ICD—10
    diabetes.diabetes_type,  -- 糖尿病类型
    diabetes.risk_factors,  -- 危险因素
    diabetes.weight_kg,  -- 体重
    diabetes.height_cm,  -- 身高
    diabetes.family_history,  -- 糖尿病家族史
    diabetes.family_history_count,  -- 家族史人数
    diabetes.complications,  -- 首次确诊有无并发症
    diabetes.symptoms,  -- 主诉、临床表现
    diabetes.fasting_glucose,  -- E1 空腹血糖值
    diabetes.random_glucose,  -- E2 随机血糖值
    diabetes.ogtt_glucose,  -- E3 OGTT
    diabetes.total_cholesterol,  -- E4 总胆固醇
    diabetes.hdl_cholesterol,  -- E5 HDL-C
    diabetes.ldl_cholesterol,  -- E6 LDL-C
    diabetes.triglycerides,  -- E7 甘油三酯
    diabetes.urine_albumin,  -- E8 尿微量蛋白
    diabetes.hba1c,  -- E9 糖化血红蛋白
    diabetes.diagnosis_date,  -- 首次诊断日期
    diabetes.diagnosis_date_year,  -- 诊断年份（日期不全时亦有）
    diabetes.diagnosis_date_month,  -- 诊断月份（日期不全时亦有）
    diabetes.diagnosis_level,  -- 最高诊断单位
    diabetes.report_org,  -- 报卡单位
    diabetes.report_date,  -- 报告日期
    diabetes.death_date,  -- 死亡日期
    diabetes.death_date_year,  -- 死亡年份（日期不全时亦有）
    diabetes.death_date_month,  -- 死亡月份（日期不全时亦有）
    diabetes.death_cause_class,  -- 死亡原因
    diabetes.death_icd10,  -- 死亡ICD-10
    diabetes.audit_status,  -- 审核标志
    diabetes.sex,  -- 患者性别
    diabetes.ethnicity,  -- 患者民族
    diabetes.education,  -- 文化程度
    diabetes.occupation,  -- 行业代码
    diabetes.registered_out_of_province,  -- 户口省份
    diabetes.registered_city,  -- 户口市
    diabetes.registered_county,  -- 户口区县
    diabetes.registered_town,  -- 户口街道
    diabetes.residence_out_of_province,  -- 居住地址省
    diabetes.residence_city,  -- 居住地址市
    diabetes.residence_county,  -- 居住地址区县
    diabetes.residence_town,  -- 居住街道
    diabetes.managing_org,  -- 管理单位代码
    diabetes.card_status,  -- 报告卡状态
    diabetes.card_kind,  -- 报告卡类型
    diabetes.first_visit_date,  -- 初访时间
    diabetes.last_follow_up_date,  -- 随访时间
    diabetes.hospital_audit_time,  -- 医院审核时间
    diabetes.county_audit_time,  -- 区县审核时间
    diabetes.created_time,  -- 创建时间
    diabetes.rejection_reason,  -- 区县审核不通原因代码
    diabetes.updated_time,  -- 最后修改时间
    diabetes.area_code,  -- 户籍县（6位）
    diabetes.town_code,  -- 户籍乡镇（9位，不详为空）
    diabetes.residence_area_code,  -- 常住县（6位）
    diabetes.residence_town_code,  -- 常住乡镇（9位，不详为空）
    diabetes.report_area_code,  -- 报告机构所在县
    diabetes.org_code,  -- 报告机构
    diabetes.managing_org_code,  -- 管理机构
    diabetes.event_date,  -- 事件日期
    diabetes.year,  -- 事件年份
    diabetes.age_years,  -- 年龄（周岁）
    diabetes.age_days,  -- 日龄（不满1岁）
    diabetes.has_id_number,  -- 已填身份证件号码
    diabetes.person_id,  -- 个人标识（带密钥散列）
    diabetes.layout,  -- 来源版式
    diabetes.is_registry_record,  -- 登记处已定案记录
    diabetes.version_time,  -- 版本时间
    diabetes.count_base,  -- 计数口径（official 终审，received 已收，none 不计）
    diabetes.is_counted  -- 计为事件
from typed.diabetes as diabetes
where
    coalesce(diabetes.card_status, '0') not in ('3', '4', '5')
    and not coalesce(diabetes.is_withdrawn, false)
