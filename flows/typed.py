"""Mapped text of a card type -> typed columns, and a list of what could not be read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import polars as pl

from flows import canonical
from flows.canonical import MALFORMED, Malformed, clean
from flows.fields import PARTIAL_DATES, Field, fields

MALFORMED_SCHEMA = {"row_index": pl.UInt32, "field": pl.String}
#: How a text is converted, and to what.
Way = tuple[Callable[[str], Any], Any]
PARTS = pl.Struct({"moment": pl.Datetime("us"), "year": pl.Int32, "month": pl.Int32})


def type_columns(text: pl.DataFrame, card_type: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Type every field of a card type.

    Args:
        text: one row a card; text columns named by field, those the files had.
        card_type: a kind of `field.csv`.

    Returns:
        All fields of the kind in the order of `field.csv`, null where the text could not be read or
        was not there, with `<date>_year` and `<date>_month` behind dates that may be partial; and
        the unreadable cells (row_index, field).
    """
    typed: dict[str, pl.Series] = {}
    unreadable: list[pl.DataFrame] = []
    known = fields(card_type)
    coded = _converted(
        text, {name: way for name in known if name in text.columns if (way := _way(known[name]))}
    )
    for name, field in known.items():
        if name in coded:
            typed[name], bad = coded[name]
        else:
            column = text[name] if name in text.columns else _nothing(name, text.height)
            series, bad = _type_column(column, field)
            typed.update(series)
        if bad.len():
            rows = pl.DataFrame({"row_index": bad.cast(pl.UInt32)})
            unreadable.append(rows.with_columns(field=pl.lit(name)))
    if "behaviour" in typed and "morphology_behaviour" in typed:
        split = typed.pop("morphology_behaviour")
        typed["behaviour"] = typed["behaviour"].fill_null(split)
    frame = pl.DataFrame(typed)
    malformed = pl.concat(unreadable) if unreadable else pl.DataFrame(schema=MALFORMED_SCHEMA)
    return frame, malformed


def _nothing(name: str, height: int, dtype: Any = pl.String) -> pl.Series:
    return pl.Series(name, [None], dtype=dtype).new_from_index(0, height)


def type_column(text: pl.DataFrame, card_type: str, name: str) -> pl.Series:
    """One field as `type_columns` types it."""
    column = text[name] if name in text.columns else _nothing(name, text.height)
    return _type_column(column, fields(card_type)[name])[0][name]


def _way(field: Field) -> Way | None:
    """How each distinct text of a field is converted; None: its column is typed as a whole."""
    match field.data_type:
        case "code":
            return canonical.coder(field.code_list), pl.String
        case "multi_code":
            return canonical.multi_coder(field.code_list), pl.String
        case "icd10" | "topography":
            return canonical.icd10, pl.String
        case "number":
            return canonical.number, pl.Float64
        case "integer":
            return canonical.integer, pl.Int64
        case "month":
            return canonical.month, pl.String
        case "area" | "town" | "org":
            return canonical.area, pl.String
        case _:
            return None


def _type_column(column: pl.Series, field: Field) -> tuple[dict[str, pl.Series], pl.Series]:
    if way := _way(field):
        return _distinct(column, *way)
    match field.data_type:
        case "text":
            return {field.name: plain_text(column)}, _none()
        case "morphology":
            return _morphology(column)
        case "date" | "datetime":
            return _moments(column, as_dates=field.data_type == "date")
        case "id_number":
            return _id_numbers(column)
        case other:
            raise ValueError(f"field.csv: data_type {other!r} of {field.name} is not known")


def _none() -> pl.Series:
    return pl.Series("row_index", [], dtype=pl.UInt32)


def plain_text(column: pl.Series) -> pl.Series:
    """Trimmed text; full-width forms are folded, they occur only where the text is not ASCII."""
    if column.null_count() == column.len():
        return column
    trimmed = column.str.strip_chars(" \t\r\n\u3000'`")
    return trimmed.set(trimmed == "", None).rename(column.name)


def _distinct(
    column: pl.Series, convert: Callable[[str], Any], dtype: Any
) -> tuple[dict[str, pl.Series], pl.Series]:
    """Convert each distinct text of one column once."""
    new, bad = _converted(column.to_frame(), {column.name: (convert, dtype)})[column.name]
    return {column.name: new}, bad


def _converted(text: pl.DataFrame, ways: dict[str, Way]) -> dict[str, tuple[pl.Series, pl.Series]]:
    """Convert each distinct text of some columns once: the columns, and the rows that could not be.

    All columns are looked at together: what polars takes to begin is more than a night's new cards.
    """
    distinct = text.select(pl.col(list(ways)).drop_nulls().unique().implode())
    made, unreadable = [], {}
    for name, (convert, dtype) in ways.items():
        keys, values, bad = [], [], []
        for given in distinct[name][0] if distinct.height else ():
            cleaned = clean(given)
            value = None if cleaned is None else convert(cleaned)
            if isinstance(value, Malformed):
                bad.append(given)
                value = None
            keys.append(given)
            values.append(value)
        made.append(pl.col(name).replace_strict(keys, values, default=None, return_dtype=dtype))
        if bad:
            unreadable[name] = text[name].is_in(bad).arg_true()
    new = text.select(made)
    return {name: (new[name], unreadable.get(name, _none())) for name in ways}


def _morphology(column: pl.Series) -> tuple[dict[str, pl.Series], pl.Series]:
    def part(which: int) -> Callable[[str], str | Malformed | None]:
        def take(text: str) -> str | Malformed | None:
            found = canonical.morphology(text)
            return MALFORMED if isinstance(found, Malformed) else found[which]

        return take

    codes, bad = _distinct(column, part(0), pl.String)
    behaviours, _ = _distinct(column, part(1), pl.String)
    return {**codes, "morphology_behaviour": behaviours[column.name]}, bad


def _moments(column: pl.Series, *, as_dates: bool) -> tuple[dict[str, pl.Series], pl.Series]:
    """The two usual spellings at once, the rest text by text."""
    name = column.name
    if column.null_count() == column.len():
        made = {name: _nothing(name, column.len(), pl.Date if as_dates else pl.Datetime("us"))}
        if name in PARTIAL_DATES:
            for part in (f"{name}_year", f"{name}_month"):
                made[part] = _nothing(part, column.len(), pl.Int32)
        return made, _none()
    trimmed = column.str.strip_chars()
    short = trimmed.str.len_bytes() == len("2025-01-31")
    moment = _parsed(trimmed.set(short, None), "%Y-%m-%d %H:%M:%S")
    moment = moment.fill_null(_parsed(trimmed.set(~short, None), "%Y-%m-%d"))
    odd = trimmed.set(moment.is_not_null(), None)
    year, month, bad = moment.dt.year(), moment.dt.month().cast(pl.Int32), _none()
    if odd.null_count() < odd.len():
        parsed, bad = _distinct(odd, _named_parts, PARTS)
        parts = parsed[name].struct
        moment = moment.fill_null(parts.field("moment"))
        year, month = year.fill_null(parts.field("year")), month.fill_null(parts.field("month"))
    made = {name: (moment.dt.date() if as_dates else moment).rename(name)}
    if name in PARTIAL_DATES:
        made[f"{name}_year"] = year.rename(f"{name}_year")
        made[f"{name}_month"] = month.rename(f"{name}_month")
        return made, bad
    # Elsewhere half a date is no date: it cannot be compared with a deadline.
    partial = (year.is_not_null() & moment.is_null()).arg_true()
    return made, pl.concat([bad, partial]).unique().sort() if partial.len() else bad


def _parsed(column: pl.Series, spelling: str) -> pl.Series:
    """Moments where the text is spelled so; to fail takes longer than to read."""
    # Without a cache, which takes longer to ask than a date to read.
    return column.str.to_datetime(spelling, strict=False, time_unit="us", cache=False)


def _named_parts(text: str) -> dict[str, Any] | Malformed:
    found = canonical.moment(text)
    if isinstance(found, Malformed):
        return MALFORMED
    return dict(zip(("moment", "year", "month"), found, strict=True))


def _id_numbers(column: pl.Series) -> tuple[dict[str, pl.Series], pl.Series]:
    """ID numbers are nearly all distinct: expressions for the sound ones, text by text the odd."""
    sound = column.str.contains(r"^(\d{17}[\dX]|\d{15})$").fill_null(False)
    odd, bad = _distinct(column.set(sound, None), canonical.id_number, pl.String)
    return {column.name: column.set(~sound, None).fill_null(odd[column.name])}, bad
