"""Small phrases that rule statements are written in.  All are null where a card is silent."""

from datetime import date

import polars as pl

from validators import reference

#: Dates before this are taken for slips of the pen or placeholders of a system.
FIRST_DAY = date(1900, 1, 1)

#: Audit states of a card whose audit is final (domain: 3 county, 5-6 city, 7-8 province).
FINAL_AUDIT = ("3", "5", "6", "7", "8")


def filled(field: str) -> pl.Expr:
    """Return whether the field holds a value."""
    return pl.col(field).is_not_null()


def carried(*fields: str) -> pl.Expr:
    """Return whether the card could hold these fields.

    False when its layout has no such column, when the column was lost in the export, or when text
    was present but could not be read: asking for the field would send somebody to look for an
    empty box that is not there.
    """
    return ~pl.any_horizontal([pl.col(f"excused_{field}") for field in fields])


def is_one_of(field: str, *codes: str) -> pl.Expr:
    """Return whether a coded field holds one of these codes."""
    return pl.col(field).is_in(list(codes))


def in_list(field: str, code_list: str) -> pl.Expr:
    """Return whether a code is in its list; one that is not has its own finding."""
    return pl.col(field).is_in(list(reference.codes(code_list)))


def has_choice(field: str, *codes: str) -> pl.Expr:
    """Return whether a multi-select field (`6,7`) contains one of these codes."""
    return pl.col(field).str.contains(rf"(?:^|,)(?:{'|'.join(codes)})(?:,|$)")


def within(field: str, ranges: str) -> pl.Expr:
    """Return whether a code lies in ranges such as `C51-C58 C79.6 D07.0-D07.3`.

    A range is compared on as many characters as its ends have, so `C51-C58` holds `C58.9`;
    `=I63` is that code alone, without its subdivisions.
    """
    code = pl.col(field)
    parts = []
    for item in ranges.split():
        if item.startswith("="):
            parts.append(code == item[1:])
            continue
        first, _, last = item.partition("-")
        part = code.str.slice(0, len(first))
        parts.append(part.is_between(pl.lit(first), pl.lit(last)) if last else part == first)
    return pl.any_horizontal(parts)


def as_of() -> pl.Expr:
    """Return the day on which the batch is judged."""
    return pl.col("context_as_of")


def home_province() -> pl.Expr:
    """Return the two digits of the home's province; null when it has none."""
    return pl.col("context_province")


def credible(field: str) -> pl.Expr:
    """Return whether a date is neither before 1900 nor in the future."""
    day = pl.col(field).cast(pl.Date)
    return (day >= FIRST_DAY) & (day <= as_of())


def in_order(earlier: str, later: str) -> pl.Expr:
    """Return whether two dates are in order; null unless both are credible.

    A date outside all bounds has its own finding; it must not break every comparison as well.
    """
    comparable = credible(earlier) & credible(later)
    days = pl.col(later).cast(pl.Date) >= pl.col(earlier).cast(pl.Date)
    return pl.when(comparable).then(days)


def moments_in_order(earlier: str, later: str) -> pl.Expr:
    """Return whether two times are in order to the second; null unless both are credible."""
    comparable = credible(earlier) & credible(later)
    return pl.when(comparable).then(pl.col(later) >= pl.col(earlier))


def age() -> pl.Expr:
    """Return completed years at the event; null when a date behind it is not credible."""
    return pl.col("derived_age")


def credible_age(birth: str = "birth_date", event: str = "event_date") -> pl.Expr:
    """Return `derived_age`: age_years, unless it rests on a date that has its own finding."""
    doubtful = ~(credible(birth).fill_null(True) & credible(event).fill_null(True))
    years = pl.col("age_years")
    return pl.when(~doubtful & years.is_between(0, 130)).then(years).alias("derived_age")
