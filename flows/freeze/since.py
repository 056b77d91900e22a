"""`quality.freeze` and `quality.since_freeze`: the named years, and what came to them later."""

from __future__ import annotations

from datetime import date

import duckdb

from flows.arrow import registered
from flows.draft import put
from flows.freeze.record import CARD_VERSIONS
from flows.store import Store

CHANGE_ZH = {"added": "追补", "corrected": "订正", "removed": "撤下"}
FREEZES = """
select freeze_name, year, as_of, area_code, criteria, rule_fingerprint, card_count,
    provisional_zh, frozen_on
from state.freeze where as_of <= ? order by freeze_name
"""
#: A card that moved to another year left this one. Which unit and month: the newer ones.
SINCE = f"""
with now as (
    select freeze_name, cards.*
    from ({CARD_VERSIONS}) as cards
    inner join quality.freeze as named on cards.year = named.year
),
changed as (
    select
        coalesce(now.freeze_name, past.freeze_name) as freeze_name,
        coalesce(now.card_type, past.card_type) as card_type,
        case
            when past.card_id is null then 'added'
            when now.card_id is null then 'removed'
            else 'corrected'
        end as change,
        case when now.card_id is null then past.area_code else now.area_code end as area_code,
        case when now.card_id is null then past.org_code else now.org_code end as org_code,
        case when now.card_id is null then past.month else now.month end as month,
        coalesce(past.is_counted and past.count_base = 'official', false) as was_counted,
        coalesce(now.is_counted and now.count_base = 'official', false) as is_counted
    from past_card as past
    full join now on past.freeze_name = now.freeze_name
        and past.card_type = now.card_type and past.card_id = now.card_id
    where past.card_id is null or now.card_id is null
        or (past.version_time, past.count_base, past.is_counted, past.org_code, past.month)
        is distinct from
        (now.version_time, now.count_base, now.is_counted, now.org_code, now.month)
)
select
    freeze_name, card_type, change, area_code, org_code, month,
    count(*) as card_count,
    count(*) filter (was_counted) as counted_before,
    count(*) filter (is_counted) as counted_after
from changed group by all order by all
"""


def publish_freezes(store: Store, draft: duckdb.DuckDBPyConnection, as_of: date) -> None:
    """Write both tables; `card.*` is in the draft. A look back knows no later freeze."""
    put(draft, "quality.freeze", store.connection.execute(FREEZES, [as_of]).pl())
    past = store.connection.execute(
        "select freeze_card.* from state.freeze_card"
        " where freeze_name in (select freeze_name from state.freeze where as_of <= ?)",
        [as_of],
    ).pl()
    with registered(draft, "past_card", past):
        draft.execute(f"create or replace table quality.since_freeze as {SINCE}")
