"""Open findings and lists -> the rows a unit is asked about, worst first, with a bound a week."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import polars as pl

from flows.cards import Kind
from flows.fields import CARDS, EVENT_DATE, fields
from flows.home import Settings
from flows.letters import wording
from flows.letters.freshness import Freshness
from flows.letters.past import Past
from flows.workday import after_working_days

SEVERITY_ORDER = {"error": 0, "warning": 2, "query": 3}
LIST_ORDER = 1  # what is to be traced back stands behind errors, before warnings
STANDINGS = list(wording.STANDING)  # worst first
NO_CARD = ["3", "4", "5"]  # misdiagnosed, duplicate, deleted: nobody is to mend them
ASKED_LISTS = ("finding", "traceback", "missed")
ROW = {
    "org_code": pl.String, "list": pl.String, "item": pl.String, "card_type": pl.String,
    "card_id": pl.String, "rule_id": pl.String, "field": pl.String, "message_zh": pl.String,
    "standing": pl.String, "first_on": pl.Date, "order": pl.Int32,
}  # fmt: skip


def finding_rows(
    findings: pl.DataFrame,
    rules: pl.DataFrame,
    kinds: dict[str, Kind],
    fresh: Freshness,
    known: Past,
    as_of: date,
    settings: Settings,
) -> pl.DataFrame:
    """Rows of ROW for what units are to verify tonight; what is pending or settled is left out."""
    sentence = "letter_zh" if "letter_zh" in rules.columns else "message_zh"
    # Who must act is asked; the reporting unit, where nobody else was named.
    unit = pl.coalesce("assignee_org", "org_code")
    opened = (
        findings.with_columns(org_code=unit)
        .filter(
            pl.col("resolved_on").is_null()
            & (pl.col("channel") == "hospital")
            & pl.col("org_code").is_not_null()
        )
        .join(rules.select("rule_id", sentence_zh=sentence), on="rule_id")
    )
    key = ["card_type", "card_id"]
    cards = _of_cards(kinds, opened, _state_of).filter(~pl.col("is_gone"))
    opened = (
        opened.join(cards, on=key)
        .join(fresh.recent.join(cards, on=key, how="semi"), on=key, how="semi")
        .join(known.newest("finding"), left_on="finding_id", right_on="item", how="left")
        .join(known.answers, on="finding_id", how="left")
    )
    return (
        opened.with_columns(standing=_standing(as_of, _come_by(opened, settings)))
        .filter(pl.col("standing").is_not_null())
        .select(
            "org_code",
            pl.lit("finding").alias("list"),
            pl.col("finding_id").alias("item"),
            "card_type",
            "card_id",
            "rule_id",
            "field",
            pl.col("sentence_zh").alias("message_zh"),
            "standing",
            pl.col("first_found_on").alias("first_on"),
            order=pl.col("severity").replace_strict(SEVERITY_ORDER, return_dtype=pl.Int32),
        )
    )


def _of_cards(
    kinds: dict[str, Kind],
    rows: pl.DataFrame,
    told: Callable[[pl.LazyFrame, str], pl.LazyFrame],
) -> pl.DataFrame:
    """What is told of the cards that some rows name, by card_type and card_id."""
    parts = []
    for name in CARDS:
        named = rows.lazy().filter(pl.col("card_type") == name).select("card_id")
        parts.append(told(kinds[name].frame.lazy().join(named, on="card_id", how="semi"), name))
    return pl.concat(parts).collect()


def _state_of(cards: pl.LazyFrame, card_type: str) -> pl.LazyFrame:
    """Per card: the day of its version, and whether it is withdrawn or deleted."""
    return cards.select(
        pl.lit(card_type).alias("card_type"),
        "card_id",
        version_on=pl.col("version_time").dt.date(),
        is_gone=pl.col("is_withdrawn").fill_null(False)
        | pl.col("card_status").is_in(NO_CARD).fill_null(False),
    )


def _come_by(opened: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    """The day by which the corrected card should have come, by the day of the answer."""
    days = opened["answered_on"].drop_nulls().unique().sort().to_list()
    return pl.DataFrame(
        {
            "answered_on": days,
            "come_by": [after_working_days(day, settings.letter_wait_days) for day in days],
        },
        schema={"answered_on": pl.Date, "come_by": pl.Date},
    )


def _standing(as_of: date, come_by: pl.DataFrame) -> pl.Expr:
    """Why a finding is asked about tonight; null when it is not."""
    late = pl.col("answered_on").replace_strict(
        come_by["answered_on"], come_by["come_by"], default=None, return_dtype=pl.Date
    )
    # An answer speaks for the asking before it; once asked again, the unit is to answer again.
    answered = pl.col("answer").is_not_null() & (
        pl.col("asked_on").is_null() | (pl.col("answered_on") >= pl.col("asked_on"))
    )
    changed = pl.col("version_on") > pl.col("answered_on")
    return (
        pl.when(answered & changed)
        .then(pl.lit("again"))
        .when(answered & (pl.col("answer") == "corrected") & (late < as_of))
        .then(pl.lit("not_come"))
        .when(answered)
        .then(None)
        .when(pl.col("asked_on").is_null())
        .then(pl.lit("new"))
        .when(pl.col("due_on") < as_of)
        .then(pl.lit("overdue"))
    )


def bounded(rows: pl.DataFrame, known: Past, as_of: date, settings: Settings) -> pl.DataFrame:
    """Worst first, at most `letter_rows` a unit in seven days; adds row_no and waiting.

    Args:
        rows: ROW of all lists.
        known: earlier issues: rows of the last seven days use up the week's room.
        as_of: the night.
        settings: letter_rows.

    Returns:
        The rows that are asked, numbered from 1 within a unit; `waiting` is how many of the unit's
        rows wait for a later issue.
    """
    week = known.items.filter(
        (pl.col("night") > as_of - timedelta(days=7))
        & (pl.col("night") < as_of)
        & pl.col("list").is_in(ASKED_LISTS)
    )
    used = week.group_by("org_code").agg(used=pl.len().cast(pl.Int32))
    worst = pl.col("standing").replace_strict(
        STANDINGS, list(range(len(STANDINGS))), return_dtype=pl.Int32
    )
    numbered = (
        rows.sort("org_code", "order", worst, "first_on", "card_type", "card_id", "rule_id", "item")
        .with_columns(row_no=pl.int_range(1, pl.len() + 1).over("org_code").cast(pl.Int32))
        .join(used, on="org_code", how="left", maintain_order="left")
    )
    room = settings.letter_rows - pl.col("used").fill_null(0)
    asked = numbered.filter(pl.col("row_no") <= room)
    return (
        asked.with_columns(waiting=pl.lit(0).cast(pl.Int32))
        .update(
            numbered.group_by("org_code").agg(
                waiting=(pl.col("row_no") > room).sum().cast(pl.Int32)
            ),
            on="org_code",
        )
        .drop("used")
    )


def shown(rows: pl.DataFrame, kinds: dict[str, Kind]) -> pl.DataFrame:
    """Add what may be shown of a card to its own unit: numbers, sex, age, month; never a name."""
    labels = pl.DataFrame(
        [(card, field.name, field.label_zh) for card in CARDS for field in fields(card).values()],
        schema=["card_type", "field", "label_zh"],
        orient="row",
    )
    cards = _of_cards(kinds, rows, _shown)
    return (
        rows.join(cards, on=["card_type", "card_id"], how="left", maintain_order="left")
        .join(labels, on=["card_type", "field"], how="left", maintain_order="left")
        # A hospital's own numbers go to that hospital only.
        .with_columns(visit_no=pl.when(pl.col("issued_by") == pl.col("org_code")).then("visit_no"))
        .drop("issued_by")
    )


def _shown(cards: pl.LazyFrame, card_type: str) -> pl.LazyFrame:
    there = cards.collect_schema()
    numbers = [name for name in ("inpatient_no", "outpatient_no") if name in there]
    return cards.select(
        pl.lit(card_type).alias("card_type"),
        "card_id",
        pl.coalesce(numbers).alias("visit_no"),
        sex=pl.col("sex").replace_strict({"1": "男", "2": "女"}, default=""),
        age_years="age_years",
        month=pl.col(EVENT_DATE[card_type]).dt.to_string("%Y-%m"),
        issued_by="org_code",
    )
