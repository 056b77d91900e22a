-- Cancer deaths of a registry (sheet SW): one row a registered death.
-- 肿瘤登记死亡记录（不含个人身份信息）
-- grain: record_no

select
    row_number() over (
        order by
            tumour_death.area_code,
            tumour_death.death_date,
            tumour_death.icd10,
            tumour_death.sex,
            tumour_death.diagnosis_date,
            tumour_death.topography,
            tumour_death.morphology,
            tumour_death.age_years,
            tumour_death.person_id,
            tumour_death.behaviour,
            tumour_death.diagnosis_basis_national
    ) as record_no,  -- 序号（登记死亡记录没有卡片编号）
    tumour_death.area_code,  -- 地区编码
    tumour_death.sex,  -- 性别
    tumour_death.diagnosis_date,  -- 发病日期
    tumour_death.topography,  -- 部位编码
    tumour_death.morphology,  -- 形态学编码
    tumour_death.behaviour,  -- 行为
    tumour_death.grade,  -- 分级
    tumour_death.diagnosis_basis_national,  -- 诊断依据
    tumour_death.icd10,  -- ICD-10
    tumour_death.death_date,  -- 死亡日期
    tumour_death.year,  -- 死亡年份
    tumour_death.age_years,  -- 死亡年龄（周岁）
    tumour_death.person_id  -- 个人标识（带密钥散列）
from typed.tumour_death as tumour_death
