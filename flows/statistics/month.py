"""Months as whole numbers, and up to which month the data can speak."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

#: Share of the earliest entries that may be slips of the pen, when asking where the data begin.
SLIPS = 0.01
EPOCH = date(1970, 1, 1).toordinal()  # the day 0 of a column of dates


@dataclass(frozen=True)
class Known:
    """What the times of entry cover: first month, newest day, and the last month over by then."""

    first: int
    last: int
    newest: date


def last_whole_month(day: date) -> int:
    """The newest month that is over at the end of ``day``."""
    tomorrow = day + timedelta(days=1)
    return tomorrow.year * 12 + tomorrow.month - 2


def month_of(day: str) -> pl.Expr:
    """Months since the year 0 of a date or datetime column."""
    column = pl.col(day)
    return (column.dt.year().cast(pl.Int64) * 12 + column.dt.month().cast(pl.Int64) - 1).alias(
        "month"
    )


def first_day(month: int) -> date:
    """The first day of a month number."""
    return date(month // 12, month % 12 + 1, 1)


def last_day(month: int) -> date:
    """The last day of a month number."""
    return first_day(month + 1) - timedelta(days=1)


def name_of(month: int) -> str:
    """YYYY-MM."""
    return f"{month // 12:04d}-{month % 12 + 1:02d}"


def known_months(created: pl.Series, as_of: date) -> Known | None:
    """Which months the entries up to ``as_of`` cover.

    ``created``: when cards were entered. The data reach to the newest entry, not to the night: an
    export of last week says nothing of this one. None when nothing was entered.
    """
    days = created.drop_nulls().cast(pl.Date)
    days = days.filter(days <= as_of)
    if days.is_empty():
        return None
    newest, first = days.max(), days.to_physical().quantile(SLIPS, "lower")
    assert isinstance(newest, date) and first is not None
    begin = date.fromordinal(EPOCH + int(first))
    return Known(begin.year * 12 + begin.month - 1, last_whole_month(newest), newest)
