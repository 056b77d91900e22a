-- Cause groups with their names and levels: all, three broad groups, 17 chapters, groups.
-- 死因组名称与层级
-- grain: cause_group

select
    cause_group.ccd_code as cause_group,  -- 死因组
    cause_group.name_zh as cause_group_name_zh,  -- 名称
    -- The chapters' names begin with their number; four of them have no groups of their own.
    case when cause_group.parent_ccd_code is null then 'chapter' else 'group' end as level  -- 层级
from reference.cause_group as cause_group
union all
select
    'ALL' as cause_group,
    '全死因' as cause_group_name_zh,
    'all' as level
union all
select
    'I' as cause_group,
    '传染病、母婴疾病和营养缺乏性疾病' as cause_group_name_zh,
    'broad' as level
union all
select
    'II' as cause_group,
    '慢性非传染性疾病' as cause_group_name_zh,
    'broad' as level
union all
select
    'III' as cause_group,
    '伤害' as cause_group_name_zh,
    'broad' as level
union all
select
    'U' as cause_group,
    '诊断不明及未归类' as cause_group_name_zh,
    'broad' as level
