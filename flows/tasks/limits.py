"""The deadlines of tasks: rows of reference/deadline.csv and of a home's own deadline.csv."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl

from flows.home import REFERENCE, UserError
from validators.deadline import working_days

#: The field whose filling ends a task -> the kind of task.
KIND_OF = {
    "hospital_audit_time": "hospital_audit",
    "county_audit_time": "county_audit",
    "first_visit_date": "first_visit",
    "registration_verified": "household_verification",
    "last_follow_up_date": "follow_up",
    "managing_org": "residence_confirmation",
}
COLUMNS = (
    "rule", "card_type", "field", "starts", "starts_are", "end_field", "limit_days", "day_kind",
    "jurisdiction", "valid_from", "valid_to", "channel", "verified", "message_zh", "source",
)  # fmt: skip


@dataclass(frozen=True)
class Limit:
    """One deadline."""

    kind: str
    card_type: str  # death, incident, one of the cards, or all
    starts: tuple[str, ...]
    starts_are: str  # first: of those that are filled; any: the last of them
    days: int
    is_working: bool
    jurisdiction: str
    valid_from: date | None
    valid_to: date | None
    is_verified: bool
    source: str

    def concerns(self, card_type: str) -> bool:
        """Whether cards of this type have the deadline."""
        group = "death" if card_type == "death" else "incident"
        return self.card_type in ("all", card_type, group)


def limits(own: Path | None = None) -> list[Limit]:
    """The deadlines in force; a home's own rows come first and win over the shipped ones.

    Args:
        own: `<home>/deadline.csv`, of the same columns; it need not exist. A province enters here
            what it has an official text for, such as the interval of follow-up visits.

    Raises:
        UserError: a row of `own` cannot be read.
    """
    shipped = pl.read_csv(REFERENCE / "deadline.csv", infer_schema=False)
    rows = list(_own_rows(own)) if own is not None and own.exists() else []
    return rows + [
        _limit(row) for row in shipped.iter_rows(named=True) if row["end_field"] in KIND_OF
    ]


def _own_rows(file: Path) -> list[Limit]:
    try:
        frame = pl.read_csv(file, infer_schema=False)
    except (pl.exceptions.PolarsError, UnicodeDecodeError):
        raise UserError(f"{file} 不是 UTF-8 的 CSV 文件，请改正。") from None
    if lost := [name for name in COLUMNS if name not in frame.columns]:
        raise UserError(f"{file} 缺少列 {'、'.join(lost)}，请按 reference/deadline.csv 补齐。")
    found = []
    for number, row in enumerate(frame.iter_rows(named=True), 2):
        try:
            found.append(_limit(row))
        except (KeyError, ValueError, TypeError, AttributeError):
            raise UserError(
                f"{file} 第 {number} 行无法识别：end_field 应为 {'、'.join(KIND_OF)} 之一，"
                "limit_days 为整数，日期写作 YYYY-MM-DD。请改正。"
            ) from None
    return found


def _limit(row: dict[str, Any]) -> Limit:
    return Limit(
        kind=KIND_OF[row["end_field"]],
        card_type=row["card_type"],
        starts=tuple(row["starts"].split()),
        starts_are=row["starts_are"],
        days=int(row["limit_days"]),
        is_working=row["day_kind"] == "working",
        jurisdiction=row["jurisdiction"] or "",
        valid_from=date.fromisoformat(row["valid_from"]) if row["valid_from"] else None,
        valid_to=date.fromisoformat(row["valid_to"]) if row["valid_to"] else None,
        is_verified=row["verified"] == "1",
        source=row["source"] or "",
    )


def clock(frame: pl.DataFrame, limit: Limit, as_of: date) -> pl.DataFrame:
    """When the time started and the last day in time, card by card: since_on, due_on.

    Both are null where nothing has started it, or where the limit was not in force.

    Args:
        frame: cards with the fields that start the clock and event_date.
        limit: the deadline.
        as_of: the night: a start after it is a slip and starts nothing.
    """
    names = [name for name in limit.starts if name in frame.columns]
    days = [pl.col(name).cast(pl.Date) for name in names]
    known = [pl.when(day.is_between(date(1900, 1, 1), as_of)).then(day) for day in days]
    start = pl.lit(None, pl.Date)
    if known:
        start = pl.coalesce(known) if limit.starts_are == "first" else pl.max_horizontal(known)
    in_force = pl.lit(True)
    if limit.valid_from:
        in_force = in_force & (pl.col("event_date") >= limit.valid_from)
    if limit.valid_to:
        in_force = in_force & (pl.col("event_date") <= limit.valid_to)
    starts = frame.select("event_date", since_on=pl.when(in_force).then(start))["since_on"]
    due = starts + timedelta(days=limit.days)
    if limit.is_working:
        due = _after_working_days(starts, limit.days)
    return pl.DataFrame({"since_on": starts, "due_on": due})


def _after_working_days(starts: pl.Series, days: int) -> pl.Series:
    """The working day that is so many after the start; null outside the published calendars."""
    first, counts = working_days()
    last = first + timedelta(days=counts.len() - 1)
    place = (starts - first).dt.total_days()
    known = starts.is_between(first, last).fill_null(False)
    target = counts.gather(place.set(~known, 0).cast(pl.UInt32)) + days
    due = counts.search_sorted(target, side="left").cast(pl.Int64)
    reached = known & (due < counts.len())
    offset = pl.duration(days=pl.col("due"))
    return (
        pl.DataFrame({"due": due, "reached": reached})
        .select(due_on=pl.when(pl.col("reached")).then(pl.lit(first) + offset))["due_on"]
        .cast(pl.Date)
    )
