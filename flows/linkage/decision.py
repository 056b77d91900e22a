"""Whether two cards are one person, as a named person decided; kept for the nights to come."""

from __future__ import annotations

from datetime import datetime

import polars as pl

from flows.fields import CARDS
from flows.home import TIME_ZONE, Home, UserError
from flows.store import Store, opened

SAME, DIFFERENT = "same", "different"
#: What a decision can be on: cards, and rows of review and survey lists.
TYPES = (*CARDS, "survey_case")
CardKey = tuple[str, str]
"""Card type and card id."""
SCHEMA = pl.Schema(
    {
        "card_type_a": pl.String(),
        "card_id_a": pl.String(),
        "card_type_b": pl.String(),
        "card_id_b": pl.String(),
        "decision": pl.String(),
        "decided_by": pl.String(),
        "decided_at": pl.Datetime("us"),
    }
)
PAIR = list(SCHEMA)[:4]


def record(home: Home, card_a: CardKey, card_b: CardKey, decision: str, by: str) -> None:
    """Store that a named person has looked at two cards; a later word replaces an earlier one.

    Args:
        home: the installation.
        card_a: card type and id.
        card_b: the other; which is first makes no difference.
        decision: `same` or `different`.
        by: who decided.

    Raises:
        UserError: no such card type or decision, one card twice, or nobody is named.
    """
    if decision not in (SAME, DIFFERENT):
        raise UserError("决定只能是 same（同一人）或 different（不是同一人）。")
    if {card_a[0], card_b[0]} - set(TYPES):
        raise UserError(f"卡片类型应为 {'、'.join(TYPES)} 之一。")
    if not card_a[1].strip() or not card_b[1].strip() or card_a == card_b:
        raise UserError("请给出两张不同卡片的编号。")
    if not by.strip():
        raise UserError("请用 --by 写明由谁决定。")
    (type_a, id_a), (type_b, id_b) = sorted([card_a, card_b])
    now = datetime.now(TIME_ZONE).replace(tzinfo=None)
    with opened(home) as store:
        store.connection.execute(
            "insert into state.pair_decision values (?, ?, ?, ?, ?, ?, ?)",
            [type_a, id_a, type_b, id_b, decision, by.strip(), now],
        )


def check_published(home: Home, card: CardKey) -> None:
    """Stop at a card id that was mistyped.

    Raises:
        UserError: the published file has no such card.
    """
    from flows.published import open_published

    card_type, card_id = card
    if card_type not in CARDS or not home.published.exists():
        return
    with open_published(home) as connection:
        found = connection.execute(
            f"select count(*) from card.{card_type} where card_id = ?", [card_id]
        ).fetchone()
    if not found or not found[0]:
        raise UserError(f"发布库中没有 {card_type} 卡片 {card_id}，请核对类型和编号。")


def decisions(store: Store) -> pl.DataFrame:
    """The newest decision on every pair: the columns of SCHEMA, the lesser card first."""
    swapped = "(card_type_b, card_id_b) < (card_type_a, card_id_a)"
    return (
        store.connection.sql(
            f"""
            select
                if({swapped}, card_type_b, card_type_a) as card_type_a,
                if({swapped}, card_id_b, card_id_a) as card_id_a,
                if({swapped}, card_type_a, card_type_b) as card_type_b,
                if({swapped}, card_id_a, card_id_b) as card_id_b,
                arg_max(decision, (decided_at, rowid)) as decision,
                arg_max(decided_by, (decided_at, rowid)) as decided_by,
                max(decided_at) as decided_at
            from state.pair_decision
            group by all order by all
            """
        )
        .pl()
        .cast(SCHEMA)
    )
