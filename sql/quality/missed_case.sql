-- Listed cases without a card in time, by institution: to be looked up in file and row.
-- 名单中截止日未见报告卡的病例（不含身份信息，凭文件和行号查对）
-- grain: source_file, order_no, source_row

-- card_kind_advice: what the form says of a card that is entered because of a check, once the
-- institution has confirmed the case in its own records. Nothing is created from this table.
select
    -- What an institution can find the case by in the list it was given.
    concat(listed_case.list_file, ' 第', cast(listed_case.source_row as varchar), '行')
        as case_id,  -- 名单与行号
    listed_case.case_key,  -- 病例标识（内容的密钥摘要，名单重发后不变）
    case when listed_case.report_state = 'missed' then 'open' else 'closed' end
        as state,  -- 待查对（open）或已补报（closed）
    listed_case.list_file as source_file,  -- 名单文件（多表时带 #表名）
    listed_case.order_no,  -- 接收序号
    listed_case.source_row,  -- 行号
    listed_case.survey_id,  -- 调查或名单编号
    listed_case.purpose,  -- 用途
    listed_case.card_type,  -- 卡片类型
    listed_case.source,  -- 来源
    listed_case.area_code,  -- 县
    listed_case.town_code,  -- 乡镇
    listed_case.org_code,  -- 机构
    listed_case.year,  -- 年份
    left(cast(listed_case.event_date as varchar), 7) as month,  -- 事件月份
    listed_case.sex,  -- 性别
    listed_case.age_group,  -- 年龄组
    listed_case.icd10_category,  -- 疾病类目
    listed_case.report_state,  -- 报告情况（made_up：截止后已补报）
    case
        when listed_case.report_state = 'made_up' then null
        when listed_case.purpose = 'hospital_review' then '3'
        when listed_case.purpose = 'household_survey' then '4'
    end as card_kind_advice,  -- 核实后补报时的报告卡类别（3 医院漏报、4 居民漏报）
    listed_case.possible_card_id,  -- 疑似的报告卡，请先核对
    listed_case.possible_probability  -- 疑似概率
from work.listed_case as listed_case
where
    listed_case.report_state in ('made_up', 'missed')
    and not listed_case.is_repeat_at_org
    and (
        (
            listed_case.purpose in ('hospital_review', 'household_survey')
            and listed_case.is_eligible
        )
        or (
            listed_case.purpose = 'routine_match'
            and listed_case.list_class = 'not_reported'
        )
    )
