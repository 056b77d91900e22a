-- Rows of other offices' lists: reported, not reported, earlier year, not a death, elsewhere, open.
-- 外单位名单逐行比对结果（不含身份信息，凭文件和行号查对）
-- grain: source_file, order_no, source_row

-- A worklist: it says where to look and enters no rate.
select
    listed_case.list_file as source_file,  -- 名单文件（多表时带 #表名）
    listed_case.order_no,  -- 接收序号
    listed_case.source_row,  -- 行号（与打开文件时所见相同）
    listed_case.survey_id,  -- 名单编号
    listed_case.card_type,  -- 卡片类型
    listed_case.source,  -- 来源
    listed_case.area_code,  -- 县
    listed_case.town_code,  -- 乡镇
    listed_case.org_code,  -- 机构
    listed_case.year,  -- 名单年份
    left(cast(listed_case.event_date as varchar), 7) as month,  -- 事件月份
    listed_case.list_class as class,  -- 类别（取值见 reference.list_class）
    listed_case.report_state,  -- 报告情况（reported、late、made_up、missed）
    listed_case.matched_by,  -- 比对依据（person 同一人、probability 概率、decision 人工）
    listed_case.match_probability,  -- 匹配概率
    listed_case.matched_card_id,  -- 对应的报告卡
    listed_case.possible_card_id,  -- 疑似的报告卡
    listed_case.possible_probability,  -- 疑似概率
    listed_case.is_repeat_in_source  -- 同一来源中已列出的同一人同一事件
from work.listed_case as listed_case
where listed_case.purpose = 'routine_match'
