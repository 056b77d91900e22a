"""The text of one kind of input -> the current version of every card, typed and placed."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from flows.fields import CARDS, EVENT_DATE, fields
from flows.home import REFERENCE
from flows.layout import GENERAL, layouts
from flows.place import Places, locate
from flows.sheet_text import Text
from flows.typed import type_columns

#: The code that is shown as it was received, beside its canonical form.
RAW_CODE = {"death": "underlying_cause", "tumour": "icd10", "cardio": "icd10", "diabetes": "icd10"}


@dataclass
class Kind:
    """All current rows of one kind of input."""

    card_type: str
    frame: pl.DataFrame
    malformed: pl.DataFrame  # row_index, field
    unresolved: pl.DataFrame  # source_file, field, value, row_count
    lost_columns: pl.DataFrame  # source_file, field: required, but the file has nothing of it
    absent_columns: set[tuple[str, str]]  # source_file, field: no such header in the file
    disagreements: pl.DataFrame  # source_file, field, row_count: code and label column differ
    sightings: pl.DataFrame  # card_id, order_no: which sheet showed which card
    notes: list[tuple[str, str, str]]  # rule_id, source_file, header
    contested_ids: pl.Series  # card_ids that one file gives to rows of different content


def current_cards(
    text: pl.DataFrame, card_type: str
) -> tuple[pl.DataFrame, pl.DataFrame, pl.Series]:
    """Choose the newest version of every card.

    Args:
        text: mapped text of all rows of a card type.
        card_type: one of the four cards.

    Returns:
        The rows of the current versions with card_id made where it is empty (`is_made_id`) and
        version_time; the sightings (card_id, order_no) of every row; and the ids that one file
        gives to different cards at one time. Equal times: the later file, then the later row wins.
    """
    if "card_id" not in text.columns:
        text = text.with_columns(pl.lit(None, pl.String).alias("card_id"))
    registry = pl.col("patient_no") if "patient_no" in text.columns else pl.lit(None, pl.String)
    area = pl.col("registered_county") if "registered_county" in text.columns else pl.lit("")
    mark = pl.col("row_hash").cast(pl.String)
    made = (
        pl.when(registry.is_not_null())
        .then(
            pl.concat_str(area.fill_null(""), registry, mark, pl.col("occurrence"), separator="-")
        )
        .otherwise(pl.concat_str(pl.lit("content-"), mark))
    )
    id_text = pl.col("card_id").str.strip_chars(" \t\r\n\u3000'`").replace("", None)
    text = text.with_columns(
        card_id=pl.coalesce(id_text, made),
        is_made_id=id_text.is_null() & registry.is_null(),
    )
    updated, _ = type_columns(text.select(pl.col("^updated_time$"), "card_id"), card_type)
    stated = updated["updated_time"]
    text = text.with_columns(
        version_time=stated.fill_null(text["exported_at"]), is_stated=stated.is_not_null()
    )
    newest = (
        text.select("card_id", "version_time", "order_no", "source_row")
        .with_row_index("position")
        .sort("version_time", "order_no", "source_row")
        .unique("card_id", keep="last", maintain_order=True)
    )
    sightings = text.select("card_id", "order_no").unique()
    contested = (
        text.group_by("card_id", "version_time", "order_no")
        .agg(pl.col("row_hash").n_unique().alias("contents"))
        .filter(pl.col("contents") > 1)["card_id"]
        .unique()
    )
    current = text[newest["position"].sort()]
    if not current["is_stated"].all():
        current = _since_when(current, text)
    return current.drop("is_stated"), sightings, contested


def _since_when(current: pl.DataFrame, text: pl.DataFrame) -> pl.DataFrame:
    """A card that does not say when it was changed: its version is as old as what it says now.

    Sent again every night with the same content, it is the version of the first of those nights,
    so that a decision about it holds until the content changes.
    """
    shown = text.filter(~pl.col("is_stated")).select("card_id", "row_hash", "version_time")
    now = current.filter(~pl.col("is_stated")).select("card_id", content="row_hash")
    shown = shown.join(now, on="card_id")
    other = shown.filter(pl.col("row_hash") != pl.col("content")).group_by("card_id")
    since = (
        shown.filter(pl.col("row_hash") == pl.col("content"))
        .join(other.agg(other=pl.col("version_time").max()), on="card_id", how="left")
        .filter((pl.col("version_time") > pl.col("other")).fill_null(True))
        .group_by("card_id")
        .agg(since=pl.col("version_time").min())
    )
    return (
        current.join(since, on="card_id", how="left", maintain_order="left")
        .with_columns(
            version_time=pl.when("is_stated")
            .then("version_time")
            .otherwise(pl.coalesce("since", "version_time"))
        )
        .drop("since")
    )


SYSTEM = [
    "source_file", "sheet", "source_row", "layout", "order_no", "exported_at", "version_time",
    "is_made_id", "occurrence",
]  # fmt: skip


def build_kind(text: Text, card_type: str, places: Places | None) -> Kind:
    """Type, place and date the current rows of a kind.

    Args:
        text: what the files hold.
        card_type: the kind.
        places: dictionaries; None while they are themselves being read.
    """
    rows, sightings = text.frame, pl.DataFrame(schema={"card_id": pl.String, "order_no": pl.Int64})
    contested = pl.Series("card_id", [], dtype=pl.String)
    lost = lost_columns(text, card_type)
    absent = {
        (source_file, name)
        for source_file, headers in text.headers.items()
        for name in fields(card_type).keys() - headers
    }
    if card_type in CARDS:
        rows, sightings, contested = current_cards(rows, card_type)
    elif card_type in LATEST:
        rows = rows.sort("exported_at", "order_no", "source_row")
    frame, malformed = type_columns(rows, card_type)
    frame = frame.hstack(rows.select(name for name in SYSTEM if name in rows.columns))
    if card_type in RAW_CODE:
        name = RAW_CODE[card_type]
        raw = rows[name] if name in rows.columns else frame[name]
        frame = frame.with_columns(raw.alias(f"{name}_raw"))
    decided = pl.lit(False)
    if "registry_decided" in rows.columns:
        decided = pl.lit(rows["registry_decided"].is_not_null())
    frame = frame.with_columns(is_registry_record=decided)
    unresolved = pl.DataFrame()
    if places is not None and card_type in (*CARDS, "tumour_death", "survey_case"):
        frame, unresolved = locate(frame, places)
    if card_type in EVENT_DATE:
        frame = with_event(frame, card_type)
    elif card_type == "survey_case":
        frame = frame.with_columns(age_years=_survey_age())
    return Kind(
        card_type,
        frame,
        malformed,
        unresolved,
        lost,
        absent,
        text.disagreements,
        sightings,
        text.notes,
        contested,
    )


#: Inputs that are sent again and again: the newest row of a key is the one in force.
LATEST = {
    "population": ["year", "area_code", "sex", "age_group", "residency", "pop_kind"],
    "institution": ["org_code"],
    "monthly_report": ["org_code", "month", "card_type"],
    "platform_total": ["date", "card_type", "basis", "year", "area_code", "org_code"],
    "benchmark": ["area_group", "urban_rural", "indicator", "year"],
    "evidence": ["year", "area_code", "item_no", "criterion_no", "document"],
    "area": ["area_code", "valid_from"],
}


def in_force(kind: Kind) -> pl.DataFrame:
    """The newest row of every key of an input other than cards."""
    keys = LATEST.get(kind.card_type)
    return kind.frame.unique(keys, keep="last", maintain_order=True) if keys else kind.frame


def lost_columns(text: Text, card_type: str, fewest_rows: int = 20) -> pl.DataFrame:
    """Required fields that a file lost: no column, or a column with nothing in it.

    An export that drops a column is one fault of the file, not one of every card.
    """
    carried = layouts(REFERENCE).carried
    found = []
    for source_file, headers in text.headers.items():
        rows = text.frame.filter(pl.col("source_file") == source_file)
        layout = rows["layout"][0] if rows.height else GENERAL
        for field in fields(card_type).values():
            name = field.name
            special = layout != GENERAL and f"{card_type}.{name}" not in carried[layout]
            if field.requirement != "required" or special:
                continue
            empty = name in headers and rows.height >= fewest_rows and not rows[name].count()
            if name not in headers or empty:
                found.append((source_file, name))
    return pl.DataFrame(found, schema={"source_file": pl.String, "field": pl.String}, orient="row")


def _survey_age() -> pl.Expr:
    """Completed years on the day of the listed event; a survey has whole dates or none."""
    day, birth = pl.col("event_date"), pl.col("birth_date")
    had_birthday = day.dt.to_string("%m%d") >= birth.dt.to_string("%m%d")
    return (day.dt.year() - birth.dt.year() - (~had_birthday).cast(pl.Int32)).cast(pl.Int32)


def with_event(frame: pl.DataFrame, card_type: str) -> pl.DataFrame:
    """Add event_date, year, age_years (completed) and age_days (under one year)."""
    name = EVENT_DATE[card_type]
    event, year = pl.col(name), pl.col(f"{name}_year")
    month = pl.col(f"{name}_month")
    if card_type == "cardio":  # no onset: the day of diagnosis stands in, and a rule says so
        event = event.fill_null(pl.col("diagnosis_date"))
        month = pl.when(year.is_null()).then("diagnosis_date_month").otherwise(month)
        year = year.fill_null(pl.col("diagnosis_date_year"))
    frame = frame.with_columns(event_date=event, year=year, event_month=month)
    birth_day = pl.col("birth_date").dt.day().cast(pl.Int32)
    event_day = pl.col("event_date").dt.day().cast(pl.Int32)
    before_birthday = (pl.col("event_month") < pl.col("birth_date_month")) | (
        (pl.col("event_month") == pl.col("birth_date_month")) & (event_day < birth_day)
    )
    age = (
        pl.col("year") - pl.col("birth_date_year") - before_birthday.fill_null(False).cast(pl.Int32)
    )
    if "stated_age" in frame.columns:
        in_years = pl.col("age_unit").is_null() | pl.col("age_unit").is_in(["岁", "年", "1"])
        age = age.fill_null(pl.when(in_years).then(pl.col("stated_age").floor().cast(pl.Int32)))
    days = (pl.col("event_date") - pl.col("birth_date")).dt.total_days()
    return frame.with_columns(age_years=age.cast(pl.Int32)).with_columns(
        age_days=pl.when(pl.col("age_years") == 0).then(days).cast(pl.Int32)
    )
