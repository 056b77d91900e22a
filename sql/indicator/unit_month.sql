-- What each institution did in each month: cards entered, audited, visited, found and corrected.
-- 各机构各月的报告、审核、填写、初访与订正（通报用）
-- grain: area_code, org_code, month, card_type

-- A card and what was found of it belong to the month the card was entered in, a visit to the month
-- it fell due in; a finding is counted for whoever must act on it (a county code: the county
-- itself), a repeated card for the institution that reported it.
with

reported as (

    select
        judgement.area_code,
        judgement.org_code,
        left(cast(judgement.reported_on as varchar), 7) as month,
        judgement.card_type,
        count(*) as card_count,
        sum(cast(judgement.is_report_judged as integer)) as report_judged_count,
        sum(
            cast(judgement.is_report_judged and judgement.is_report_timely as integer)
        ) as report_timely_count,
        sum(cast(judgement.is_audit_due as integer)) as audit_due_count,
        sum(
            cast(judgement.is_audit_due and judgement.is_final as integer)
        ) as audit_done_count,
        sum(
            cast(judgement.card_type = 'death' and judgement.is_final as integer)
        ) as final_death_count,
        sum(
            cast(judgement.is_final and judgement.is_chain_complete as integer)
        ) as chain_complete_count,
        sum(
            cast(judgement.is_final and judgement.is_r_code as integer)
        ) as r_code_count,
        0 as visit_due_count,
        0 as visit_done_count,
        0 as visit_timely_count,
        0 as duplicate_count,
        0 as finding_count,
        0 as resolved_count,
        0 as zero_report_count
    from work.judgement as judgement
    inner join work.area as area
        on judgement.area_code = area.area_code
    where
        judgement.org_code is not null
        and judgement.reported_on is not null
    group by
        judgement.area_code,
        judgement.org_code,
        left(cast(judgement.reported_on as varchar), 7),
        judgement.card_type

),

visited as (

    select
        first_visit.area_code,
        first_visit.org_code,
        left(cast(first_visit.due_on as varchar), 7) as month,
        first_visit.source_card_type as card_type,
        0 as card_count,
        0 as report_judged_count,
        0 as report_timely_count,
        0 as audit_due_count,
        0 as audit_done_count,
        0 as final_death_count,
        0 as chain_complete_count,
        0 as r_code_count,
        count(*) as visit_due_count,
        sum(
            cast(coalesce(first_visit.first_visit_date <= home.as_of, false) as integer)
        ) as visit_done_count,
        sum(cast(first_visit.is_timely as integer)) as visit_timely_count,
        0 as duplicate_count,
        0 as finding_count,
        0 as resolved_count,
        0 as zero_report_count
    from work.first_visit as first_visit
    inner join work.area as area
        on first_visit.area_code = area.area_code
    cross join reference.home as home
    where
        first_visit.org_code is not null
        and first_visit.due_on <= home.as_of
    group by
        first_visit.area_code,
        first_visit.org_code,
        left(cast(first_visit.due_on as varchar), 7),
        first_visit.source_card_type

),

repeated as (

    select
        judgement.area_code,
        judgement.org_code,
        left(cast(judgement.reported_on as varchar), 7) as month,
        finding.card_type,
        0 as card_count,
        0 as report_judged_count,
        0 as report_timely_count,
        0 as audit_due_count,
        0 as audit_done_count,
        0 as final_death_count,
        0 as chain_complete_count,
        0 as r_code_count,
        0 as visit_due_count,
        0 as visit_done_count,
        0 as visit_timely_count,
        count(*) as duplicate_count,
        0 as finding_count,
        0 as resolved_count,
        0 as zero_report_count
    from quality.finding as finding
    inner join work.judgement as judgement
        on
            finding.card_type = judgement.card_type
            and finding.card_id = judgement.card_id
    inner join work.area as area
        on judgement.area_code = area.area_code
    where
        judgement.reported_on is not null
        and judgement.org_code is not null
        and finding.rule_id in (
            'death.only_card_of_the_person',
            'tumour.only_card_of_the_tumour',
            'cardio.only_card_of_the_event',
            'diabetes.only_card_of_the_person'
        )
    group by
        judgement.area_code,
        judgement.org_code,
        left(cast(judgement.reported_on as varchar), 7),
        finding.card_type

),

found as (

    select
        coalesce(institution.area_code, judgement.area_code) as area_code,
        coalesce(finding.assignee_org, finding.org_code) as org_code,
        left(cast(judgement.reported_on as varchar), 7) as month,
        finding.card_type,
        0 as card_count,
        0 as report_judged_count,
        0 as report_timely_count,
        0 as audit_due_count,
        0 as audit_done_count,
        0 as final_death_count,
        0 as chain_complete_count,
        0 as r_code_count,
        0 as visit_due_count,
        0 as visit_done_count,
        0 as visit_timely_count,
        0 as duplicate_count,
        count(*) as finding_count,
        sum(case when finding.resolved_on is null then 0 else 1 end) as resolved_count,
        0 as zero_report_count
    from quality.finding as finding
    inner join work.judgement as judgement
        on
            finding.card_type = judgement.card_type
            and finding.card_id = judgement.card_id
    left join work.institution as institution
        on coalesce(finding.assignee_org, finding.org_code) = institution.org_code
    inner join work.area as area
        on coalesce(institution.area_code, judgement.area_code) = area.area_code
    where
        judgement.reported_on is not null
        and coalesce(finding.assignee_org, finding.org_code) is not null
    group by
        coalesce(institution.area_code, judgement.area_code),
        coalesce(finding.assignee_org, finding.org_code),
        left(cast(judgement.reported_on as varchar), 7),
        finding.card_type

),

zero as (

    select
        institution.area_code,
        monthly_report.org_code,
        monthly_report.month,
        monthly_report.card_type,
        0 as card_count,
        0 as report_judged_count,
        0 as report_timely_count,
        0 as audit_due_count,
        0 as audit_done_count,
        0 as final_death_count,
        0 as chain_complete_count,
        0 as r_code_count,
        0 as visit_due_count,
        0 as visit_done_count,
        0 as visit_timely_count,
        0 as duplicate_count,
        0 as finding_count,
        0 as resolved_count,
        sum(case when monthly_report.event_count = 0 then 1 else 0 end) as zero_report_count
    from reference.monthly_report as monthly_report
    inner join work.institution as institution
        on monthly_report.org_code = institution.org_code
    inner join work.area as area
        on institution.area_code = area.area_code
    where
        monthly_report.month is not null
        and monthly_report.card_type is not null
    group by
        institution.area_code,
        monthly_report.org_code,
        monthly_report.month,
        monthly_report.card_type

),

every_part as (

    select
        reported.area_code,
        reported.org_code,
        reported.month,
        reported.card_type,
        reported.card_count,
        reported.report_judged_count,
        reported.report_timely_count,
        reported.audit_due_count,
        reported.audit_done_count,
        reported.final_death_count,
        reported.chain_complete_count,
        reported.r_code_count,
        reported.visit_due_count,
        reported.visit_done_count,
        reported.visit_timely_count,
        reported.duplicate_count,
        reported.finding_count,
        reported.resolved_count,
        reported.zero_report_count
    from reported
    union all
    select
        visited.area_code,
        visited.org_code,
        visited.month,
        visited.card_type,
        visited.card_count,
        visited.report_judged_count,
        visited.report_timely_count,
        visited.audit_due_count,
        visited.audit_done_count,
        visited.final_death_count,
        visited.chain_complete_count,
        visited.r_code_count,
        visited.visit_due_count,
        visited.visit_done_count,
        visited.visit_timely_count,
        visited.duplicate_count,
        visited.finding_count,
        visited.resolved_count,
        visited.zero_report_count
    from visited
    union all
    select
        repeated.area_code,
        repeated.org_code,
        repeated.month,
        repeated.card_type,
        repeated.card_count,
        repeated.report_judged_count,
        repeated.report_timely_count,
        repeated.audit_due_count,
        repeated.audit_done_count,
        repeated.final_death_count,
        repeated.chain_complete_count,
        repeated.r_code_count,
        repeated.visit_due_count,
        repeated.visit_done_count,
        repeated.visit_timely_count,
        repeated.duplicate_count,
        repeated.finding_count,
        repeated.resolved_count,
        repeated.zero_report_count
    from repeated
    union all
    select
        found.area_code,
        found.org_code,
        found.month,
        found.card_type,
        found.card_count,
        found.report_judged_count,
        found.report_timely_count,
        found.audit_due_count,
        found.audit_done_count,
        found.final_death_count,
        found.chain_complete_count,
        found.r_code_count,
        found.visit_due_count,
        found.visit_done_count,
        found.visit_timely_count,
        found.duplicate_count,
        found.finding_count,
        found.resolved_count,
        found.zero_report_count
    from found
    union all
    select
        zero.area_code,
        zero.org_code,
        zero.month,
        zero.card_type,
        zero.card_count,
        zero.report_judged_count,
        zero.report_timely_count,
        zero.audit_due_count,
        zero.audit_done_count,
        zero.final_death_count,
        zero.chain_complete_count,
        zero.r_code_count,
        zero.visit_due_count,
        zero.visit_done_count,
        zero.visit_timely_count,
        zero.duplicate_count,
        zero.finding_count,
        zero.resolved_count,
        zero.zero_report_count
    from zero

)

select
    every_part.area_code,  -- 机构所在县
    every_part.org_code,  -- 机构（县编码为应由县级核实的发现）
    every_part.month,  -- 月份
    every_part.card_type,  -- 卡片类型
    cast(sum(every_part.card_count) as bigint) as card_count,  -- 报告数（当月录入）
    cast(sum(every_part.report_judged_count) as bigint) as report_judged_count,  -- 报告及时性可判断
    cast(sum(every_part.report_timely_count) as bigint) as report_timely_count,  -- 其中及时
    cast(sum(every_part.audit_due_count) as bigint) as audit_due_count,  -- 区县审核已到期
    cast(sum(every_part.audit_done_count) as bigint) as audit_done_count,  -- 其中已终审
    cast(sum(every_part.final_death_count) as bigint) as final_death_count,  -- 终审死亡卡
    cast(sum(every_part.chain_complete_count) as bigint) as chain_complete_count,  -- 其中死因链完整
    cast(sum(every_part.r_code_count) as bigint) as r_code_count,  -- 其中根本死因为R编码
    cast(sum(every_part.visit_due_count) as bigint) as visit_due_count,  -- 应初访（当月到期）
    cast(sum(every_part.visit_done_count) as bigint) as visit_done_count,  -- 其中已初访
    cast(sum(every_part.visit_timely_count) as bigint) as visit_timely_count,  -- 其中及时初访
    cast(sum(every_part.duplicate_count) as bigint) as duplicate_count,  -- 重复卡（与其他卡为同一事件）
    cast(sum(every_part.finding_count) as bigint) as finding_count,  -- 核对发现（应由该机构或县级处理）
    cast(sum(every_part.resolved_count) as bigint) as resolved_count,  -- 其中已订正
    cast(sum(every_part.zero_report_count) as bigint) as zero_report_count  -- 零报告数
from every_part
group by
    every_part.area_code,
    every_part.org_code,
    every_part.month,
    every_part.card_type
