-- Institutions once each, with the facts the indicators ask of them.
-- 机构（每个编码一行）
-- grain: org_code

select
    institution.org_code,  -- 机构编码
    max(left(institution.area_code, 6)) as area_code,  -- 所在县
    max(institution.org_level) as org_level,  -- 机构级别
    max(institution.reports_death) as reports_death,  -- 报告死亡
    max(institution.interfaced) as interfaced,  -- 数据对接
    -- An institution whose three flags are all 0 (the CDC itself) treats nobody.
    max(
        case
            when
                institution.reports_tumour = '0'
                and institution.reports_cardio = '0'
                and institution.reports_diabetes = '0'
                then 0
            else 1
        end
    ) = 1 as reports_chronic,  -- 报告慢性病（未注明的按报告计）
    min(institution.opened_on) as opened_on,  -- 启用日期
    max(institution.closed_on) as closed_on  -- 停用日期
from reference.institution as institution
where institution.org_code is not null
group by institution.org_code
