"""Lines of a list -> the cards of the same people: by ID number, else by probable pair."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import polars as pl

from flows.linkage import link
from flows.linkage.person_list import prepared
from flows.reconcile.match import POSSIBLE, REPORT_DAYS, SURE

PEOPLE = ("name", "sex", "birth_date", "id_number")
#: Deleted, repeated, misdiagnosed: such a card reports nothing.
NO_CARD = {"3": "误诊卡", "4": "重复卡", "5": "删除卡"}
REPORTED, LOOK, NONE = "已报告", "可能已报告，请核对", "未见报告卡"
RESULT: dict[str, Any] = {
    "row": pl.Int64,
    "result": pl.String,
    "card_type": pl.String,
    "card_id": pl.String,
    "event_date": pl.Date,
    "created_time": pl.Datetime("us"),
    "is_timely": pl.Boolean,
    "audit_status": pl.String,
    "note_zh": pl.String,
    "matched_by": pl.String,
    "probability": pl.Float64,
}


def spot(listed: pl.DataFrame, cards: pl.DataFrame) -> pl.DataFrame:
    """Look every listed person up.

    Args:
        listed: columns of PEOPLE, in the order of the list.
        cards: as of `desk.identity.identities`, of the card types that count as a report.

    Returns:
        The columns of RESULT, one row a line and card, lines without a card too; `row` counts from
        1 without the header. A line is 已报告 with a card of the same ID number, or of a person
        with a probability of at least SURE; from POSSIBLE on somebody has to look.
    """
    pairs = _pairs(listed, cards)
    rows = pl.DataFrame({"row": range(1, listed.height + 1)}, schema={"row": pl.Int64})
    joined = rows.join(pairs, on="row", how="left").join(
        cards.with_row_index("place").cast({"place": pl.Int64}), on="place", how="left"
    )
    usable = ~pl.col("card_status").fill_null("0").is_in(list(NO_CARD))
    sure = usable & ((pl.col("matched_by") == "id_number") | (pl.col("probability") >= SURE))
    result = (
        pl.when(sure.fill_null(False))
        .then(pl.lit(REPORTED))
        .when((usable & pl.col("card_id").is_not_null()).fill_null(False))
        .then(pl.lit(LOOK))
        .otherwise(pl.lit(NONE))
    )
    notes = [
        pl.col("card_status").replace_strict(NO_CARD, default=None, return_dtype=pl.String),
        pl.when(~pl.col("is_name_same")).then(pl.lit("证件号码相同而姓名不同，请核对")),
    ]
    return (
        joined.with_columns(
            result=result,
            is_timely=timely(),
            note_zh=pl.concat_str(notes, separator="；", ignore_nulls=True).replace("", None),
        )
        .select(list(RESULT))
        .cast(RESULT)  # type: ignore[arg-type]
        .sort("row", "result", -pl.col("probability"), "card_type", "card_id", nulls_last=True)
    )


def timely() -> pl.Expr:
    """Entered within REPORT_DAYS of the event or of the card's date, as 报告及时率 judges it.

    Null where the card has no time of entry or neither date (sql/work/judgement.sql).
    """
    created = pl.col("created_time").dt.date()
    limit = timedelta(days=REPORT_DAYS)
    in_time = (created <= pl.col("event_date") + limit).fill_null(False) | (
        created <= pl.col("report_date") + limit
    ).fill_null(False)
    judged = created.is_not_null() & pl.any_horizontal(
        pl.col("event_date", "report_date").is_not_null()
    )
    return pl.when(judged).then(in_time)


def _pairs(listed: pl.DataFrame, cards: pl.DataFrame) -> pl.DataFrame:
    """row, place (of the card), matched_by, probability, is_name_same."""
    left, right = prepared(listed.select(PEOPLE)), prepared(cards.select(PEOPLE))
    place = (pl.col("row") - 1).alias("place")
    by_id = (
        left.select("row", "id_number", mine="name")
        .drop_nulls("id_number")
        .join(right.select(place, "id_number", theirs="name"), on="id_number")
        .select(
            "row",
            "place",
            matched_by=pl.lit("id_number"),
            probability=pl.lit(1.0),
            is_name_same=(pl.col("mine") == pl.col("theirs")).fill_null(True),
        )
    )
    rest = left.select("row").join(by_id.select("row").unique(), on="row", how="anti")["row"]
    others = listed[(rest - 1).to_list()].select(PEOPLE)
    # Fixed weights: an assessor's list is too short to teach.
    found = link(others, cards.select(PEOPLE), POSSIBLE, every=True, learn=False)
    probable = found.select(
        row=rest.gather(found["row_a"] - 1),
        place=pl.col("row_b") - 1,
        matched_by=pl.lit("probability"),
        probability="probability",
        is_name_same=pl.lit(True),
    )
    return pl.concat([by_id, probable])
