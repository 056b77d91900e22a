"""Which cards count: official or received, and one event a person (docs/definitions.md)."""

from __future__ import annotations

import polars as pl

from flows.tumour import primaries

FINAL_AUDIT = ["3", "5", "6", "7", "8"]
#: Within this many days of the index onset a further card is the same event.
SAME_EVENT_DAYS = 28
STROKE = ["I60", "I61", "I63", "I64"]
DIABETES = ["E10", "E11", "E12", "E13", "E14"]
#: All that is read of a card once it has its class, as far as its kind has the column.
READ = (
    *("is_sure_person", "is_registry_record", "count_base", "event_class", "version_time"),
    *primaries.READ,
)


def count_cards(frame: pl.DataFrame, card_type: str, cancer_categories: list[str]) -> pl.DataFrame:
    """Add count_base, event_class, is_counted and is_first_ever_event.

    Args:
        frame: typed cards of one type with person_id, event_date, is_withdrawn.
        card_type: one of the four.
        cancer_categories: ICD-10 categories that a registry counts.

    Returns:
        The frame with `count_base` (`official`, `received`, `none`), `is_counted` and, for cardio,
        `event_class` (`stroke`, `coronary`). One row of an event is counted: an official card
        before a received one, then the earliest, of tumours then the one with the best basis.
        Tumours have the columns of `primaries.RESULT`, null where a card is no case.
    """
    frame = frame.with_columns(count_base=_base(card_type))
    frame = frame.with_columns(event_class=_event_class(card_type, cancer_categories))
    eligible = (pl.col("count_base") != "none") & pl.col("event_class").is_not_null()
    read = [name for name in READ if name in frame.columns]
    events = frame.select(read).with_row_index("position").filter(eligible)
    if card_type == "tumour":
        events = primaries.judge(events)
        positions = pl.select(position=pl.int_range(frame.height, dtype=pl.UInt32))
        judged = events.select("position", *primaries.RESULT)
        placed = positions.join(judged, on="position", how="left", maintain_order="left")
        frame = frame.hstack(placed.drop("position"))
    # Whoever has one card has one event: only the others are put in order.
    shared = _event_key(events.filter(pl.col("person_id").is_duplicated()), card_type)
    counted = (
        shared.sort(
            pl.col("count_base") != "official", "event_date",
            *(["basis_rank"] if card_type == "tumour" else []), "version_time", "card_id",
            nulls_last=True,
        )
        .unique("event_key", keep="first", maintain_order=True)["position"]
    )  # fmt: skip
    repeats = shared["position"].filter(~shared["position"].is_in(counted.implode()))
    is_repeat = pl.int_range(pl.len(), dtype=pl.UInt32).is_in(repeats.implode())
    return frame.with_columns(is_counted=eligible & ~is_repeat)


def _base(card_type: str) -> pl.Expr:
    usable = ["0"] if card_type == "death" else ["0", "6", "7"]
    status = pl.col("card_status").fill_null("0")
    away = pl.lit(False)
    if card_type == "death":
        away = (pl.col("registration_unverified_reason") == "2").fill_null(False)
    return (
        pl.when(~status.is_in(usable) | pl.col("is_withdrawn") | away)
        .then(pl.lit("none"))
        .when(pl.col("audit_status").is_in(FINAL_AUDIT).fill_null(False))
        .then(pl.lit("official"))
        .otherwise(pl.lit("received"))
    )


def _event_class(card_type: str, cancer_categories: list[str]) -> pl.Expr:
    category = pl.col("icd10" if card_type != "death" else "underlying_cause").str.slice(0, 3)
    match card_type:
        case "death":
            return pl.when(pl.col("event_date").is_not_null() | pl.col("year").is_not_null()).then(
                pl.lit("death")
            )
        case "tumour":
            return pl.when(category.is_in(cancer_categories)).then(category)
        case "diabetes":
            return pl.when(category.is_in(DIABETES)).then(pl.lit("diabetes"))
        case _:
            other_fatal = (
                (pl.col("coronary_type") == "3")
                & pl.col("death_date").is_not_null()
                & category.is_in(["I20", "I21", "I22", "I23", "I24", "I25"])
            )
            coronary = category.is_in(["I21", "I22"]) | (pl.col("icd10") == "I46.1")
            return (
                pl.when(category.is_in(STROKE))
                .then(pl.lit("stroke"))
                .when((coronary & (pl.col("coronary_type") != "3").fill_null(True)) | other_fatal)
                .then(pl.lit("coronary"))
            )


def _event_key(events: pl.DataFrame, card_type: str) -> pl.DataFrame:
    person = pl.col("person_id")
    match card_type:
        case "death":
            # People known by name only may share it: two dates of death are then two people.
            unsure = (
                pl.when(pl.col("is_sure_person"))
                .then(pl.lit(""))
                .otherwise(pl.col("event_date").cast(pl.String).fill_null(""))
            )
            key = pl.concat_str(person, unsure, separator="|")
        case "tumour":
            # A registry has judged its own records; their exact repeats count too.
            registry = pl.when(pl.col("is_registry_record")).then(pl.col("card_id"))
            key = pl.coalesce(registry, pl.concat_str(person, "primary_no", separator="|"))
        case "diabetes":
            key = person
        case _:
            return _index_events(events)
    return events.with_columns(event_key=key)


def _index_events(events: pl.DataFrame) -> pl.DataFrame:
    """Number the events of a person by the 28-day rule, counted from the index onset.

    Onsets on days 0, 20 and 40 are two events (0 with 20; 40); day 28 is still the same event.
    """
    ordered = events.sort("person_id", "event_class", "event_date", nulls_last=True)
    groups = (ordered["person_id"] + "|" + ordered["event_class"]).to_list()
    days = ordered["event_date"].to_physical().to_list()
    numbers: list[int] = []
    index_day: int | None = None
    for place, (group, day) in enumerate(zip(groups, days, strict=True)):
        if place == 0 or group != groups[place - 1]:
            number, index_day = 0, day
        elif day is None or index_day is None or day - index_day > SAME_EVENT_DAYS:
            number, index_day = number + 1, day
        numbers.append(number)
    key = pl.Series("event_number", numbers, dtype=pl.Int32)
    return ordered.with_columns(key).with_columns(
        event_key=pl.concat_str("person_id", "event_class", "event_number", separator="|")
    )
