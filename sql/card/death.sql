-- Death cards: the current version of each that is not deleted, duplicate, misdiagnosed or withdrawn.
-- 死亡报告卡（现行有效版本，不含个人身份信息）
-- grain: card_id

select
    death.card_id,  -- 报告卡ID
    death.sex,  -- 性别
    death.ethnicity,  -- 民族
    death.occupation,  -- 个人身份
    death.marital_status,  -- 婚姻状况
    death.education,  -- 文化程度
    death.death_date,  -- 死亡日期
    death.death_date_year,  -- 死亡年份（日期不全时亦有）
    death.death_date_month,  -- 死亡月份（日期不全时亦有）
    death.id_type,  -- 证件类型
    death.death_place,  -- 死亡地点
    death.diagnosis_level,  -- 最高诊断单位
    death.diagnosis_basis,  -- 诊断依据
    death.underlying_cause,  -- 根本死因编码
    death.tabulation_no,  -- 统计分类号
    death.report_org,  -- 报卡单位
    death.report_date,  -- 报卡日期
    death.cause_a,  -- a直接导致死亡的疾病ICD10编码
    death.interval_a,  -- a发病到死亡的时间间隔
    death.cause_b,  -- b直接导致死亡的疾病ICD10编码
    death.interval_b,  -- b发病到死亡的时间间隔
    death.cause_c,  -- c直接导致死亡的疾病ICD10编码
    death.interval_c,  -- c发病到死亡的时间间隔
    death.cause_d,  -- d直接导致死亡的疾病ICD10编码
    death.interval_d,  -- d发病到死亡的时间间隔
    death.other_cause_1,  -- 其他疾病诊断1 ICD-10代码
    death.other_interval_1,  -- 其他疾病发病1到死亡时间间隔
    death.other_cause_2,  -- 其他疾病诊断2 ICD-10代码
    death.other_interval_2,  -- 其他疾病发病2到死亡时间间隔
    death.other_cause_3,  -- 其他疾病诊断3 ICD-10代码
    death.other_interval_3,  -- 其他疾病发病3到死亡时间间隔
    death.pregnancy,  -- 妊娠情况
    death.registered_out_of_province,  -- 户籍地址类型
    death.registered_city,  -- 户口市代码（浙江省）
    death.registered_county,  -- 户口区县代码（浙江省）
    death.registered_town,  -- 户口街道代码（浙江省）
    death.registered_other_province,  -- 户口省代码（外省）
    death.registered_other_city,  -- 户口市代码（外省）
    death.registered_other_county,  -- 户口区县代码（外省）
    death.registered_other_town,  -- 户口街道代码（外省）
    death.nationality,  -- 国家或地区
    death.residence_out_of_province,  -- 居住地址类型
    death.residence_city,  -- 居住市代码（浙江省）
    death.residence_county,  -- 居住区县代码（浙江省）
    death.residence_town,  -- 居住街道代码（浙江省）
    death.residence_other_province,  -- 居住省代码（外省）
    death.residence_other_city,  -- 居住市代码（外省）
    death.residence_other_county,  -- 居住区县代码（外省）
    death.residence_other_town,  -- 居住街道代码（外省）
    death.audit_status,  -- 审核标志
    death.managing_org,  -- 管理单位代码
    death.card_status,  -- 报告卡状态
    death.first_visit_date,  -- 初访时间
    death.card_kind,  -- 报告卡类型
    death.hospital_audit_time,  -- 医院审核时间
    death.county_audit_time,  -- 区县审核时间
    death.created_time,  -- 创建时间
    death.registration_verified,  -- 户籍核实
    death.registration_unverified_reason,  -- 户籍未核实原因
    death.rejection_reason,  -- 区县审核不通过原因代码
    death.updated_time,  -- 最后修改时间
    death.stated_age,  -- 年龄
    death.age_unit,  -- 年龄单位
    death.birth_weight_g,  -- 出生体重（克）
    death.gestation_weeks,  -- 孕周
    death.is_infant,  -- 是否婴幼儿
    death.is_under_five,  -- 是否五岁以下儿童
    death.malformation_icd10,  -- 畸形ICD
    death.days_since_delivery,  -- 产后天数
    death.onset_date_a,  -- a发病日期
    death.onset_date_b,  -- b发病日期
    death.onset_date_c,  -- c发病日期
    death.onset_date_d,  -- d发病日期
    death.area_code,  -- 户籍县（6位）
    death.town_code,  -- 户籍乡镇（9位，不详为空）
    death.residence_area_code,  -- 常住县（6位）
    death.residence_town_code,  -- 常住乡镇（9位，不详为空）
    death.report_area_code,  -- 报告机构所在县
    death.org_code,  -- 报告机构
    death.managing_org_code,  -- 管理机构
    death.event_date,  -- 事件日期
    death.year,  -- 事件年份
    death.age_years,  -- 年龄（周岁）
    death.age_days,  -- 日龄（不满1岁）
    death.has_id_number,  -- 已填身份证件号码
    death.person_id,  -- 个人标识（带密钥散列）
    death.layout,  -- 来源版式
    death.is_registry_record,  -- 登记处已定案记录
    death.version_time,  -- 版本时间
    death.count_base,  -- 计数口径（official 终审，received 已收，none 不计）
    death.is_counted  -- 计为事件
from typed.death as death
where
    coalesce(death.card_status, '0') not in ('3', '4', '5')
    and not coalesce(death.is_withdrawn, false)
