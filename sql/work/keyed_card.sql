-- Incident cards of an institution: do they carry the upload key, did they come in a message.
-- 慢性病卡的上传主键与来源
-- grain: card_type, card_id

select
    'tumour' as card_type,  -- 卡片类型
    tumour.card_id,  -- 报告卡编号
    tumour.report_area_code as area_code,  -- 报告机构所在县
    tumour.org_code,  -- 报告机构
    tumour.year,  -- 事件年
    tumour.event_date,  -- 事件日期
    not tumour.is_made_id as has_key,  -- 有上传主键
    lower(tumour.source_file) like '%.xml' as is_message,  -- 由交换报文送来
    tumour.source_file  -- 来源文件
from typed.tumour as tumour
where tumour.org_code is not null and not tumour.is_withdrawn
union all
select
    'cardio' as card_type,
    cardio.card_id,
    cardio.report_area_code as area_code,
    cardio.org_code,
    cardio.year,
    cardio.event_date,
    not cardio.is_made_id as has_key,
    lower(cardio.source_file) like '%.xml' as is_message,
    cardio.source_file
from typed.cardio as cardio
where cardio.org_code is not null and not cardio.is_withdrawn
union all
select
    'diabetes' as card_type,
    diabetes.card_id,
    diabetes.report_area_code as area_code,
    diabetes.org_code,
    diabetes.year,
    diabetes.event_date,
    not diabetes.is_made_id as has_key,
    lower(diabetes.source_file) like '%.xml' as is_message,
    diabetes.source_file
from typed.diabetes as diabetes
where diabetes.org_code is not null and not diabetes.is_withdrawn
