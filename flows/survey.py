"""Listed cases of reviews and surveys -> reported, made up later, or missed."""

from __future__ import annotations

import polars as pl

#: Cards entered because of a check: they do not make a case `reported` (docs/definitions.md).
MADE_UP_KINDS = ["3", "4"]
#: A card made later than this after the event is late (the province checks 7 days).
REPORT_DAYS = 7


def match_cases(cases: pl.DataFrame, cards: dict[str, pl.DataFrame]) -> pl.DataFrame:
    """Say of every listed case whether a card had reported it by the cut-off date.

    Args:
        cases: typed `survey_case` with person_id.
        cards: typed cards by type with person_id, created_time, card_kind, card_status.

    Returns:
        The cases with report_state and matched_card_type. `reported`: a card of any institution
        created on or before the cut-off date, not of kind 3 or 4. `late`: the same, but created
        more than REPORT_DAYS after the event; it counts as reported, and in 迟报率. `made_up`
        (已补报): a card, but later or of those kinds. `missed`: none. The cut-off freezes the
        answer: a card that comes later can only turn `missed` into `made_up`.
    """
    usable = pl.concat(
        [
            frame.filter(~pl.col("card_status").fill_null("0").is_in(["3", "4", "5"])).select(
                pl.lit(card_type).alias("card_type"), "person_id", "created_time", "card_kind"
            )
            for card_type, frame in cards.items()
        ]
    )
    created = pl.col("created_time").dt.date()
    in_time = (created <= pl.col("cutoff_date")) & ~pl.col("card_kind").fill_null("1").is_in(
        MADE_UP_KINDS
    )
    soon = (created - pl.col("event_date")).dt.total_days() <= REPORT_DAYS
    found = (
        cases.with_row_index("case_no")
        .join(usable, on=["card_type", "person_id"], how="inner")
        .group_by("case_no")
        .agg(
            in_time=in_time.fill_null(False).any(),
            soon=(in_time & soon.fill_null(True)).fill_null(False).any(),
        )
    )
    return (
        cases.with_row_index("case_no")
        .join(found, on="case_no", how="left", maintain_order="left")
        .with_columns(
            report_state=pl.when(pl.col("soon"))
            .then(pl.lit("reported"))
            .when(pl.col("in_time"))
            .then(pl.lit("late"))
            .when(pl.col("in_time").is_not_null())
            .then(pl.lit("made_up"))
            .otherwise(pl.lit("missed")),
            matched_card_type=pl.when(pl.col("in_time").is_not_null()).then("card_type"),
        )
        .drop("in_time", "soon", "case_no")
    )
