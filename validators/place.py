"""Phrases about areas: codes that lie in each other, in the home's province, in their time."""

import polars as pl

from validators import reference
from validators.expression import home_province


def exists_at_event(county: str) -> pl.Expr:
    """Return whether a county code had not been abolished before the year of the event."""
    codes, last_years = reference.area_last_year()
    last = pl.col(county).str.slice(0, 6).replace_strict(codes, last_years, default=None)
    return pl.col("year") <= last


def lies_in(part: str, whole: str, digits: int) -> pl.Expr:
    """Return whether two area codes agree in their first digits; null for a name."""
    codes = pl.col(part).str.contains("^[0-9]") & pl.col(whole).str.contains("^[0-9]")
    agree = pl.col(part).str.slice(0, digits) == pl.col(whole).str.slice(0, digits)
    return pl.when(codes).then(agree)


def in_home_province(county: str) -> pl.Expr:
    """Return whether an area lies in the province of this installation; null for no real code."""
    province = pl.col(county).str.slice(0, 2)
    known = pl.lit(reference.area_codes("1").str.slice(0, 2)).implode()
    return pl.when(province.is_in(known)).then(province == home_province())
