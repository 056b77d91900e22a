"""Timeliness: deadlines are rows of reference/deadline.csv, judged as statistics.

A row names where the time starts (one field, the first that is filled, or any of several), where
it ends, how many days it may take and whether they are calendar or working days.  Working days
follow the State Council's notices as chinesecalendar has them; where a deadline or an end lies
outside the years it knows, the card is not judged.  Limits that no official text confirms
(`verified` 0) are counted as well, and nobody is told.
"""

from datetime import date, timedelta
from functools import cache
from typing import Any, cast

import chinese_calendar
import polars as pl

from validators import reference
from validators.expression import credible
from validators.rule import Channel, Facts

FRIDAY = 5


@cache
def working_days() -> tuple[date, pl.Series]:
    """Return the first day the calendar knows and the working days up to each day since then.

    Its last year is its last known one: days after it are in nobody's calendar yet.
    """
    # The calendar's own tables: it answers for one day at a time, and goes through all for each.
    first, last = date(2004, 1, 1), date(max(chinese_calendar.holidays).year, 12, 31)
    days = pl.date_range(first, last, eager=True)
    is_free = days.is_in(list(chinese_calendar.holidays)) | (days.dt.weekday() > FRIDAY)
    is_working = ~is_free | days.is_in(list(chinese_calendar.workdays))
    return first, is_working.cum_sum().cast(pl.Int32)


def _elapsed(start: pl.Expr, end: pl.Expr, kind: str) -> pl.Expr:
    """Return days from start to end; working days after the start; null outside the calendar."""
    if kind == "calendar":
        return (end - start).dt.total_days()
    first, counts = working_days()
    last = first + timedelta(days=counts.len() - 1)

    def counted(day: pl.Expr) -> pl.Expr:
        known = pl.when(day.is_between(first, last)).then((day - first).dt.total_days())
        return pl.lit(counts).gather(known.cast(pl.UInt32))

    return counted(end) - counted(start)


def within_limit(row: dict[str, Any]) -> pl.Expr:
    """Return whether the end of a row of deadline.csv lies within its limit; null if unknown."""
    end = pl.when(credible(row["end_field"])).then(pl.col(row["end_field"]).cast(pl.Date))
    starts = [
        pl.when(credible(name)).then(pl.col(name).cast(pl.Date)) for name in row["starts"].split()
    ]
    limit = int(row["limit_days"])
    if row["starts_are"] == "first":
        return _elapsed(pl.coalesce(starts), end, row["day_kind"]) <= limit
    return pl.any_horizontal([_elapsed(start, end, row["day_kind"]) <= limit for start in starts])


def rules(card_type: str, field: str) -> list[Facts]:
    """Return the deadlines of a kind of card (`death`, `incident`) that accuse a field."""
    rows = reference.table("deadline").filter(
        pl.col("card_type").is_in([card_type, "all"]) & (pl.col("field") == field)
    )
    return [_rule(row) for row in rows.iter_rows(named=True)]


def _rule(row: dict[str, Any]) -> Facts:
    statement = within_limit(row)
    return Facts(
        name=row["rule"],
        zh=row["message_zh"],
        source=row["source"],
        statement=lambda _: statement,
        severity="query",
        channel=cast(Channel, row["channel"]),
        dimension="timeliness",
        jurisdiction=row["jurisdiction"] or "",
        valid_from=_day(row["valid_from"]),
        valid_to=_day(row["valid_to"]),
    )


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
