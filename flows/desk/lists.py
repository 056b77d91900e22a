"""What the pages of the work book ask of the published file.

Every query has the unit of a hand-over as its last parameter, null for the county's own book. A
unit's cards are those it reported and those it has to act on; of a pair both must be its own.
"""

from __future__ import annotations

from flows.fields import CARDS
from flows.linkage.comparison import COMPARISONS
from flows.quality import ONLY

TASKS = """
select task_zh, state, due_on, card_type, card_id, town_code, assignee_org, org_code
from quality.task
where task_kind <> 'household_verification' and (due_on is null or due_on <= $1)
    and ($2 is null or $2 in (assignee_org, org_code))
order by due_on nulls last, task_kind, card_type, card_id
"""
HOUSEHOLD = """
select card_type, card_id, town_code, assignee_org, since_on from quality.task
where task_kind = 'household_verification' and ($1 is null or $1 in (assignee_org, org_code))
order by since_on nulls last, card_type, card_id
"""
VERIFY = """
select finding.card_type, finding.card_id, finding.rule_id, rule.message_zh,
    finding.first_found_on, finding.org_code
from quality.finding left join quality.rule using (rule_id)
where finding.resolved_on is null and finding.channel = 'county' and finding.card_id is not null
    and finding.card_type in ('death', 'tumour', 'cardio', 'diabetes')
    and not contains(finding.rule_id, 'duplicate')
    and ($1 is null or $1 in (finding.org_code, finding.assignee_org))
order by finding.card_type, finding.rule_id, finding.card_id
"""
UNMATCHED = """
select '死亡未见发病卡' as list_zh, disease_zh, 'death' as card_type, card_id, assignee_org,
    org_code, if($1 is null, possible_card_type, null) as possible_card_type,
    if($1 is null, possible_card_id, null) as possible_card_id, possible_probability
from quality.death_without_case
where $1 is null or $1 in (org_code, assignee_org)
union all
select case list when 'notified' then '死亡补发追溯' else '死亡提及肿瘤' end, '恶性肿瘤', card_type,
    card_id, null, org_code, if($1 is null and possible_card_id is not null, 'tumour', null),
    if($1 is null, possible_card_id, null), possible_probability
from quality.traceback
where state = 'open' and list <> 'underlying' and ($1 is null or $1 = org_code)
order by 1, 2, 4
"""
MISSED = """
select source_file, source_row, survey_id, coalesce(name_zh, missed.source) as source_zh,
    report_state, card_type, org_code, if($1 is null, possible_card_id, null) as possible_card_id,
    possible_probability
from quality.missed_case as missed left join reference.list_source as named
    on missed.source = named.source
where $1 is null or $1 = org_code
order by source_file, source_row
"""


def duplicates() -> str:
    """Probable pairs, then cards that a rule calls repeated beside the one that stands."""
    repeated = " union all ".join(
        f"""
        select '规则：重复卡' as basis_zh, '{card}' as card_type, first.card_id as card_id_a,
            later.card_id as card_id_b, null::double as probability, '' as keys,
            first.org_code as org_code_a, later.org_code as org_code_b
        from card.{card} as later
        inner join card.{card} as first
            on later.person_id = first.person_id and later.card_id <> first.card_id
            and first.is_counted
        where later.card_id in (
            select card_id from quality.finding
            where card_type = '{card}' and rule_id = '{ONLY[card]}' and resolved_on is null
        )
        qualify row_number() over (
            partition by later.card_id
            order by abs(later.event_date - first.event_date) nulls last, first.card_id
        ) = 1
        """
        for card in CARDS
    )
    return f"""
        select * from (
            select '概率' as basis_zh, card_type, card_id_a, card_id_b, probability, keys,
                org_code_a, org_code_b
            from quality.duplicate_candidate
            union all {repeated}
        )
        where $1 is null or (org_code_a = $1 and org_code_b = $1)
        order by probability desc nulls last, card_type, card_id_a, card_id_b
    """


def keys_zh(keys: str | None) -> str:
    """What agrees exactly, in Chinese."""
    return "、".join(COMPARISONS[key].zh for key in (keys or "").split(",") if key in COMPARISONS)
