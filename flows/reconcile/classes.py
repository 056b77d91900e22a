"""What each row of a worklist is: reported, not reported, earlier, not a death, elsewhere, open.

Worklists (`routine_match`) come from police, civil affairs, crematoria, maternal health, insurers,
village doctors, ambulances and homes. They say where to look and enter no rate.
"""

from __future__ import annotations

import csv

import polars as pl

from flows.events import SAME_EVENT_DAYS
from flows.home import REFERENCE
from flows.place import in_home
from flows.reconcile.match import cardio_class, site_group


def classify(cases: pl.DataFrame, home_areas: str | None) -> pl.DataFrame:
    """Add what the tables of the lists read.

    Args:
        cases: as of `match_cases`.
        home_areas: of the home, as `in_home` reads it; None: nobody is from elsewhere.

    Returns:
        The cases with source (a code of `list_source.csv` where the text names one), list_class
        (of `list_class.csv`; null unless the purpose is routine_match), has_key (somebody could be
        found by what the row says), is_repeat_in_survey, is_repeat_at_org and is_repeat_in_source
        (the same person and event stands on an earlier row of the survey, of its institution, of
        its source; the newest file speaks).
    """
    sources = {text: source_code(text) for text in cases["source"].drop_nulls().unique()}
    named = cases.with_columns(
        source=pl.col("source").replace(sources),
        has_key=pl.col("id_number").is_not_null()
        | (pl.col("name").is_not_null() & pl.col("birth_date").is_not_null()),
    )
    return _with_repeats(named).with_columns(
        list_class=pl.when(pl.col("purpose") == "routine_match").then(_class(home_areas))
    )


def source_code(text: str) -> str:
    """The code of a source written as code or in words; unknown text stays as it is."""
    for row in _rows("list_source.csv"):
        if text.strip().lower() == row["source"] or text.strip() == row["name_zh"]:
            return row["source"]
    for row in _rows("list_source.csv"):
        if any(word in text for word in row["words"].split(";")):
            return row["source"]
    return text


def source_zh(source: str) -> str:
    """The Chinese name of a source; unknown ones as they are."""
    return next(
        (row["name_zh"] for row in _rows("list_source.csv") if row["source"] == source), source
    )


def _class(home_areas: str | None) -> pl.Expr:
    matched = pl.col("report_state") != "missed"
    text = pl.concat_str(
        pl.col("verify_result").fill_null(""), pl.lit("\n"),
        pl.col("ineligible_reason").fill_null(""),
    )  # fmt: skip
    says = {
        row["class"]: text.str.contains_any(row["words"].split(";"))
        for row in _rows("list_class.csv")
        if row["words"]
    }
    year = pl.col("year")
    away = pl.col("area_code").is_not_null() & ~in_home("area_code", home_areas)
    earlier = (pl.col("event_date").dt.year() < year).fill_null(False)
    earlier_card = (pl.col("matched_year") < year).fill_null(False)
    return (
        pl.when(matched & says["not_a_death"])
        .then(pl.lit("to_verify"))
        .when(matched & (earlier_card | (earlier & pl.col("matched_year").is_null())))
        .then(pl.lit("earlier_year"))
        .when(matched)
        .then(pl.lit("reported"))
        .when(says["not_a_death"])
        .then(pl.lit("not_a_death"))
        .when(says["elsewhere"] | away)
        .then(pl.lit("elsewhere"))
        .when(says["earlier_year"] | earlier)
        .then(pl.lit("earlier_year"))
        .when(
            pl.col("possible_card_id").is_not_null()
            | ~pl.col("has_key")
            | pl.col("event_date").is_null()
            | (pl.col("eligible") == "0").fill_null(False)
        )
        .then(pl.lit("to_verify"))
        .otherwise(pl.lit("not_reported"))
    )


def _with_repeats(cases: pl.DataFrame) -> pl.DataFrame:
    """One person and event counts once, however many lists (or editions of one) name it."""
    kind = (
        pl.when(pl.col("card_type") == "tumour")
        .then(site_group(pl.col("icd10")))
        .when(pl.col("card_type") == "cardio")
        .then(cardio_class(pl.col("icd10")))
    )
    # An empty sex, birth date and ID make no person: such rows never repeat each other.
    lone = pl.concat_str(pl.lit("row:"), "list_file", "order_no", "source_row", separator="|")
    # Two rows that the cards know as one person are one person, whatever the lists wrote.
    who = (
        pl.when(pl.col("matched_card_id").is_not_null())
        .then(pl.concat_str(pl.lit("card:"), "matched_card_id"))
        .when("has_key")
        .then("person_id")
        .otherwise(lone)
    )
    rows = cases.with_row_index("row_no").with_columns(
        who=who.fill_null(lone),
        kind=kind.fill_null(""),
        is_left_out=pl.col("eligible") != "1",
        edition=-pl.col("order_no").cast(pl.Int64),
    )
    rows = _with_event_no(rows)
    survey = ["survey_id", "purpose", "year", "card_type", "who", "kind", "event_no"]
    # Of a source its newest edition speaks; of several sources one that takes the case in.
    newest = rows.sort("edition", "source_row", "row_no", nulls_last=True).with_columns(
        is_repeat_in_source=pl.int_range(pl.len()).over([*survey, "source"]) > 0
    )
    speaking = ("is_repeat_in_source", "is_left_out", "edition", "source_row", "row_no")
    made = newest.sort(speaking, nulls_last=True).with_columns(
        is_repeat_in_survey=pl.int_range(pl.len()).over(survey) > 0,
        is_repeat_at_org=pl.int_range(pl.len()).over([*survey, "org_code"]) > 0,
    )
    return made.sort("row_no").drop("row_no", "who", "kind", "event_no", "is_left_out", "edition")


def _with_event_no(rows: pl.DataFrame) -> pl.DataFrame:
    """Number a person's cardio events by the 28-day rule; of anything else there is one."""
    cardio = (
        rows.filter(pl.col("card_type") == "cardio")
        .select("row_no", "who", "kind", "event_date")
        .sort("who", "kind", "event_date", nulls_last=True)
    )
    numbers: list[int] = []
    last: tuple[str, str] | None = None
    for who, kind, day in cardio.select("who", "kind", "event_date").iter_rows():
        if (who, kind) != last:
            last, number, index = (who, kind), 0, day
        elif who.startswith("card:"):
            pass  # both rows were found to be of this one card's event
        elif day is not None and index is not None and (day - index).days > SAME_EVENT_DAYS:
            number, index = number + 1, day
        numbers.append(number)
    table = cardio.select("row_no", event_no=pl.Series(numbers, dtype=pl.Int32))
    joined = rows.join(table, on="row_no", how="left", maintain_order="left")
    return joined.with_columns(pl.col("event_no").fill_null(0))


def _rows(name: str) -> list[dict[str, str]]:
    with (REFERENCE / name).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))
