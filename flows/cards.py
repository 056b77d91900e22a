"""The text of one kind of input -> the current version of every card, typed and placed."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

import polars as pl

from flows.fields import CARDS, EVENT_DATE, fields
from flows.home import REFERENCE
from flows.layout import GENERAL, Layouts, layouts
from flows.person import digests
from flows.place import LOST, Places, locate, unresolved_by_file
from flows.sheet_text import Census, Text
from flows.sightings import NO_SIGHTINGS, Sightings, sightings_of
from flows.typed import plain_text, type_column, type_columns

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
    sightings: Sightings
    notes: list[tuple[str, str, str]]  # rule_id, source_file, header
    contested_ids: pl.Series  # card_ids that one file gives to rows of different content
    contents: pl.DataFrame = field(default_factory=pl.DataFrame)  # where a shelf keeps each row
    blank: pl.DataFrame = field(default_factory=pl.DataFrame)  # no rows: all columns it keeps


def with_card_id(text: pl.DataFrame, card_type: str, key: str = "") -> pl.DataFrame:
    """Give every row its card_id (made where it is empty: `is_made_id`) and stated_time.

    Args:
        text: rows as mapped.
        card_type: the kind.
        key: the home's. With it a card whose number is its person's ID number, as that of a death
            certificate may be, has a keyed digest of it instead: numbers of cards are published.
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
    stated = plain_text(text["card_id"])
    if key and "id_number" in text.columns:
        persons = (stated == plain_text(text["id_number"])).arg_true()
        if persons.len():
            secret = hashlib.sha256(b"card" + key.encode()).digest()
            # A copy: filling in changes a series where it lies.
            stated = stated.clone().scatter(persons, "id-" + digests(stated[persons], secret))
    text = text.with_columns(
        card_id=pl.coalesce(pl.lit(stated), made),
        is_made_id=pl.lit(stated).is_null() & registry.is_null(),
    )
    return text.with_columns(stated_time=type_column(text, card_type, "updated_time"))


def newest(rows: pl.DataFrame) -> tuple[pl.DataFrame, pl.Series]:
    """The rows of the current versions.

    Args:
        rows: every sighting: card_id, stated_time (null: the file's age is the version's),
            exported_at, order_no, source_row, row_hash, and anything else.

    Returns:
        The rows of the current versions with version_time, in the order they came; and the ids that
        one file gives to different cards at one time. Equal times: the later file, then the later
        row wins.
    """
    rows = _timed(rows).drop("stated_time")
    # Most cards are shown once: only the others are put in order. Numbers are lighter to compare;
    # two ids with one number are told apart below.
    shared = rows["card_id"].hash().is_duplicated()
    repeated = (
        rows.select("card_id", "version_time", "order_no", "source_row", "row_hash")
        .with_row_index("position")
        .filter(shared)
    )
    last = _last(repeated)
    is_last = pl.int_range(pl.len(), dtype=pl.UInt32).is_in(last.implode())
    current = rows.filter(is_last | ~shared)
    if not current["is_stated"].all():
        current = _since_when(current, rows)
    return current.drop("is_stated"), _contested(repeated)


def contested(rows: pl.DataFrame) -> pl.Series:
    """The ids that one file gives to different cards at one time.

    Args:
        rows: as of `newest`.
    """
    return _contested(_timed(rows).filter(pl.col("card_id").is_duplicated()))


def _contested(repeated: pl.DataFrame) -> pl.Series:
    # Only where a sheet shows an id more than once can it give it to two contents.
    if not repeated.select("card_id", "order_no").is_duplicated().any():
        return pl.Series("card_id", [], dtype=pl.String)
    return (
        repeated.group_by("card_id", "version_time", "order_no")
        .agg(pl.col("row_hash").n_unique().alias("contents"))
        .filter(pl.col("contents") > 1)["card_id"]
        .unique()
    )


def decisive(rows: pl.DataFrame) -> pl.DataFrame:
    """Those sightings of whole sheets that decide `newest`, whatever is seen later.

    Args:
        rows: as of `newest`.

    Returns:
        Of every card the newest; of its rows that do not say themselves when it was changed the
        last of every content at the latest time, and where that is one content also the first row
        that said the same since, and the last that said something else. With any more rows that
        are not late for them `newest` makes of these what it makes of all.
    """
    timed = _timed(rows).with_row_index("position")
    kept = [_last(timed)]
    unstated = timed.filter(~pl.col("is_stated"))
    if unstated.height:
        age = pl.col("version_time")
        ends = unstated.filter(age == age.max().over("card_id"))
        ends = ends.unique(["card_id", "row_hash"], keep="last", maintain_order=True)
        alone = unstated.join(_alone(ends), on="card_id").sort("version_time", maintain_order=True)
        others = alone.filter(pl.col("row_hash") != pl.col("content"))
        others = others.unique("card_id", keep="last", maintain_order=True)
        since = _unbroken(alone).sort("version_time", maintain_order=True)
        since = since.unique("card_id", keep="first", maintain_order=True)
        kept += [ends["position"], others["position"], since["position"]]
    return rows[pl.concat(kept).unique().sort()]


def is_late(kept: pl.DataFrame, rows: pl.DataFrame) -> bool:
    """Whether sightings fall where `decisive` left some out that they would make to count.

    A card without a time of its own said one thing from its first sighting to its last; a file that
    comes late shows that it said something else between: since when it says this again is not kept.
    True also where nothing was between that could have been left out; then it costs a new fold.
    """
    known = _timed(kept).filter(~pl.col("is_stated"))
    if known.is_empty():
        return False
    unstated = _timed(rows).filter(~pl.col("is_stated"))
    age = pl.col("version_time")
    known = known.join(unstated.select("card_id").unique(), on="card_id", how="semi")
    ends = known.filter(age == age.max().over("card_id")).unique(["card_id", "row_hash"])
    spans = (
        known.join(_alone(ends), on="card_id")
        .filter(pl.col("row_hash") == pl.col("content"))
        .group_by("card_id", "content")
        .agg(first=age.min(), last=age.max())
    )
    between = (pl.col("first") <= age) & (age < pl.col("last"))
    differs = pl.col("row_hash") != pl.col("content")
    return unstated.join(spans, on="card_id").filter(between & differs).height > 0


def _timed(rows: pl.DataFrame) -> pl.DataFrame:
    """Give every sighting the time of its version, and whether it says so itself."""
    return rows.with_columns(
        version_time=pl.coalesce("stated_time", "exported_at"),
        is_stated=pl.col("stated_time").is_not_null(),
    )


def _last(rows: pl.DataFrame) -> pl.Series:
    """The position of the newest sighting of every card."""
    ordered = rows.sort("version_time", "order_no", "source_row")
    return ordered.unique("card_id", keep="last", maintain_order=True)["position"]


def _alone(ends: pl.DataFrame) -> pl.DataFrame:
    """card_id and content of the cards that said one thing when they were last seen."""
    alone = ends.filter(pl.len().over("card_id") == 1)
    return alone.select("card_id", content="row_hash")


def _unbroken(shown: pl.DataFrame) -> pl.DataFrame:
    """Sightings that say the `content` of their card, since one last said something else."""
    age, says_so = pl.col("version_time"), pl.col("row_hash") == pl.col("content")
    other = shown.filter(~says_so).group_by("card_id").agg(other=age.max())
    own = shown.filter(says_so).join(other, on="card_id", how="left")
    return own.filter((age > pl.col("other")).fill_null(True))


def _since_when(current: pl.DataFrame, text: pl.DataFrame) -> pl.DataFrame:
    """A card that does not say when it was changed: its version is as old as what it says now.

    Sent again every night with the same content, it is the version of the first of those nights,
    so that a decision about it holds until the content changes.
    """
    shown = text.filter(~pl.col("is_stated")).select("card_id", "row_hash", "version_time")
    now = current.filter(~pl.col("is_stated")).select("card_id", content="row_hash")
    own = _unbroken(shown.join(now, on="card_id"))
    since = own.group_by("card_id").agg(since=pl.col("version_time").min())
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
    rows, sightings = text.frame, NO_SIGHTINGS
    contested = pl.Series("card_id", [], dtype=pl.String)
    census = text.census(required(card_type))
    if card_type in CARDS:
        rows = with_card_id(rows, card_type)
        sightings = sightings_of(rows)
        rows, contested = newest(rows)
    elif card_type in LATEST:
        rows = rows.sort("exported_at", "order_no", "source_row")
    frame, malformed, lost = typed_rows(rows, card_type, places)
    return Kind(
        card_type,
        frame,
        malformed,
        unresolved_by_file(lost, frame["source_file"]) if lost.height else pl.DataFrame(),
        lost_columns(census, card_type),
        absent_columns(census, card_type),
        text.disagreements,
        sightings,
        text.notes,
        contested,
    )


def typed_rows(
    rows: pl.DataFrame, card_type: str, places: Places | None
) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Text of rows -> typed, placed and dated rows: what a row says, whatever stands beside it.

    Args:
        rows: mapped text with whichever of SYSTEM are known.
        card_type: the kind.
        places: dictionaries; None while they are themselves being read.

    Returns:
        The rows; the cells that could not be read (row_index, field); and the names of places that
        no dictionary knows, as of `place.LOST`.
    """
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
    lost = pl.DataFrame(schema=LOST)
    if places is not None and card_type in (*CARDS, "tumour_death", "survey_case"):
        frame, lost = locate(frame, places)
    if card_type in EVENT_DATE:
        frame = with_event(frame, card_type)
    elif card_type == "survey_case":
        frame = frame.with_columns(age_years=_survey_age())
    return frame, malformed, lost


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


def required(card_type: str) -> list[str]:
    """Fields of a kind that every row must have."""
    return [one.name for one in fields(card_type).values() if one.requirement == "required"]


#: A column with nothing in fewer rows than this may be empty by chance.
FEWEST_ROWS = 20


def lost_columns(
    census: list[Census], card_type: str, table: Layouts | None = None
) -> pl.DataFrame:
    """Required fields that a file lost: no column, or a column with nothing in it.

    An export that drops a column is one fault of the file, not one of every card.

    Args:
        census: of its sheets.
        card_type: the kind.
        table: the layouts in force; None: those that are shipped.
    """
    carried = (table or layouts(REFERENCE)).carried
    found = []
    for source_file, parts in by_file(census).items():
        layout = next((part.layout for part in parts if part.row_count), GENERAL)
        row_count = sum(part.row_count for part in parts)
        headers = set().union(*(part.headers for part in parts))
        for name in required(card_type):
            if layout != GENERAL and f"{card_type}.{name}" not in carried[layout]:
                continue
            filled = sum(part.filled.get(name, 0) for part in parts)
            empty = name in headers and row_count >= FEWEST_ROWS and not filled
            if name not in headers or empty:
                found.append((source_file, name))
    return pl.DataFrame(found, schema={"source_file": pl.String, "field": pl.String}, orient="row")


def absent_columns(census: list[Census], card_type: str) -> set[tuple[str, str]]:
    """The fields that a file has no column for: source_file, field."""
    return {
        (source_file, name)
        for source_file, parts in by_file(census).items()
        for name in fields(card_type).keys() - set().union(*(part.headers for part in parts))
    }


def by_file(census: list[Census]) -> dict[str, list[Census]]:
    """The sheets of every file, in their order."""
    found: dict[str, list[Census]] = {}
    for part in census:
        found.setdefault(part.source_file, []).append(part)
    return found


def _survey_age() -> pl.Expr:
    """Completed years on the day of the listed event; a survey has whole dates or none."""
    day, birth = pl.col("event_date"), pl.col("birth_date")
    had_birthday = day.dt.to_string("%m%d") >= birth.dt.to_string("%m%d")
    return (day.dt.year() - birth.dt.year() - (~had_birthday).cast(pl.Int32)).cast(pl.Int32)


def with_event(frame: pl.DataFrame, card_type: str) -> pl.DataFrame:
    """Add event_date, year, age_years (completed; null before birth) and age_days (under 1)."""
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
        # A telephone number in the wrong column is no age, and no number of 32 bits.
        stated = pl.col("stated_age").floor().cast(pl.Int32, strict=False)
        age = age.fill_null(pl.when(in_years).then(stated))
    days = (pl.col("event_date") - pl.col("birth_date")).dt.total_days()
    age = pl.when(age >= 0).then(age)  # a birth after the event: a rule says so
    return frame.with_columns(age_years=age.cast(pl.Int32)).with_columns(
        age_days=pl.when(pl.col("age_years") == 0).then(days).cast(pl.Int32)
    )
