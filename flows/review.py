"""Reviewed and correct: a person's word on one card and one rule, until the card changes."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import polars as pl

from flows.fields import CARDS
from flows.home import TIME_ZONE, Home, UserError
from flows.letters.wording import CARD_ZH
from flows.store import Store, opened


def record_review(home: Path | None, card_type: str, card_id: str, rule_id: str, by: str) -> None:
    """Store that a named person has looked at a card and found it right.

    Raises:
        UserError: the card type or rule does not exist, the rule is of another card, no such card
            has been published, or nobody is named.
    """
    from flows.linkage.decision import check_published
    from validators.catalogue import catalogue

    if card_type not in CARDS:
        raise UserError(f"卡片类型应为 {'、'.join(CARDS)} 之一。")
    if rule_id not in set(catalogue()["rule_id"]):
        raise UserError(f"没有规则 {rule_id}，请用 zhikong rules 查看。")
    if not rule_id.startswith(f"{card_type}."):
        raise UserError(f"规则 {rule_id} 不是{CARD_ZH[card_type]}的规则，请核对卡片类型。")
    if not by.strip():
        raise UserError("请用 --by 写明由谁核实。")
    place = Home.find(home)
    check_published(place, (card_type, card_id))
    now = datetime.now(TIME_ZONE).replace(tzinfo=None)
    with opened(place) as store:
        store.connection.execute(
            "insert into state.review values (?, ?, ?, ?, ?)",
            [card_type, card_id, rule_id, by.strip(), now],
        )


def reviews(store: Store) -> pl.DataFrame:
    """The newest review of every card and rule."""
    return store.connection.sql(
        "select card_type, card_id, rule_id, max(decided_at) as decided_at"
        " from state.review group by all"
    ).pl()


def without_reviewed(
    findings: pl.DataFrame, cards: dict[str, pl.DataFrame], reviewed: pl.DataFrame
) -> pl.DataFrame:
    """Leave out findings on cards that have not changed since they were found right.

    Args:
        findings: tonight's, with card_type, card_id, rule_id.
        cards: typed cards with version_time: a version newer than the review is judged afresh.
        reviewed: as `reviews` gives them.
    """
    if reviewed.is_empty():
        return findings
    versions = pl.concat(
        [
            frame.select(pl.lit(name).alias("card_type"), "card_id", "version_time")
            for name, frame in cards.items()
        ]
    )
    standing = reviewed.join(versions, on=["card_type", "card_id"]).filter(
        pl.col("version_time") <= pl.col("decided_at")
    )
    return findings.join(standing, on=["card_type", "card_id", "rule_id"], how="anti")
