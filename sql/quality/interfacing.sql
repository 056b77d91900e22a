-- Interfacing of an institution: what it declares, beside what its cards show.
-- 机构数据对接：申报情况与卡片所见
-- grain: org_code, year

select
    keyed_card.org_code,  -- 报告机构
    keyed_card.area_code,  -- 机构所在县
    keyed_card.year,  -- 事件年
    max(institution.interfaced) as declared_interfaced,  -- 申报的对接情况（1 已对接 0 未对接 空 未填）
    count(*) as card_count,  -- 未撤的慢性病卡数
    sum(case when keyed_card.has_key then 1 else 0 end) as keyed_count,  -- 有上传主键的卡数
    sum(case when keyed_card.is_message then 1 else 0 end) as message_card_count,  -- 由交换报文送来的卡数
    count(distinct case when keyed_card.is_message then keyed_card.source_file end)
        as message_count  -- 见到的交换报文数
from work.keyed_card as keyed_card
left join work.institution as institution
    on keyed_card.org_code = institution.org_code
group by
    keyed_card.org_code,
    keyed_card.area_code,
    keyed_card.year
