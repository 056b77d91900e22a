"""Days are those of Beijing; leap days and machines in other zones change no period."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows import home
from flows.draft import periods
from flows.fields import EVENT_DATE
from flows.open_file import _local

NO_CARDS = {name: pl.DataFrame(schema={"year": pl.Int32}) for name in EVENT_DATE}
PEOPLE = pl.DataFrame({"year": [2023]}, schema={"year": pl.Int32})


def last_twelve(as_of: date, until: date | None = None) -> tuple[date, date]:
    (row,) = periods(NO_CARDS, PEOPLE, as_of, until or as_of).filter(period="L12").to_dicts()
    return row["date_from"], row["date_to"]


@pytest.mark.parametrize(
    ("as_of", "first", "last"),
    [
        (date(2024, 2, 28), date(2023, 2, 1), date(2024, 1, 31)),
        (date(2024, 2, 29), date(2023, 3, 1), date(2024, 2, 29)),
        (date(2024, 3, 30), date(2023, 3, 1), date(2024, 2, 29)),
        (date(2025, 2, 28), date(2024, 3, 1), date(2025, 2, 28)),
        (date(2024, 12, 31), date(2024, 1, 1), date(2024, 12, 31)),
    ],
)
def test_the_last_twelve_months_end_with_the_last_whole_one(
    as_of: date, first: date, last: date
) -> None:
    assert last_twelve(as_of) == (first, last)
    # Where the exports are old, months after them have no cards, and are not counted as none.
    assert last_twelve(as_of + timedelta(days=300), as_of) == (first, last)
    assert last_twelve(as_of, as_of + timedelta(days=300)) == (first, last)


@given(st.dates(date(2000, 1, 1), date(2099, 12, 30)))
def test_they_are_twelve_whole_months_on_any_day(as_of: date) -> None:
    first, last = last_twelve(as_of)
    after = last + timedelta(days=1)
    assert (first.day, after.day) == (1, 1) and (after.year - 1, after.month) == (
        first.year,
        first.month,
    )
    assert last <= as_of < last + timedelta(days=31)


@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Asia/Shanghai", "Pacific/Kiritimati"])
@pytest.mark.parametrize(
    ("moment", "day", "clock"),
    [
        ("2024-02-28T15:59:59", date(2024, 2, 28), "23:59:59"),
        ("2024-02-28T16:00:00", date(2024, 2, 29), "00:00:00"),
        ("2024-02-29T16:00:00", date(2024, 3, 1), "00:00:00"),
        ("2024-12-31T16:00:00", date(2025, 1, 1), "00:00:00"),
        # The hours that New York has twice, and not at all.
        ("2024-11-03T05:30:00", date(2024, 11, 3), "13:30:00"),
        ("2024-03-10T07:30:00", date(2024, 3, 10), "15:30:00"),
        # China kept summer time from 1986 to 1991.
        ("1990-07-01T15:00:00", date(1990, 7, 2), "00:00:00"),
    ],
)
def test_a_moment_has_one_day_and_time_whatever_the_machines_zone(
    monkeypatch: pytest.MonkeyPatch, zone: str, moment: str, day: date, clock: str
) -> None:
    at = datetime.fromisoformat(moment).replace(tzinfo=UTC)

    class Clock(datetime):
        @classmethod
        def now(cls, tz: object = None) -> datetime:  # type: ignore[override]
            return at.astimezone(tz)  # type: ignore[arg-type]

    monkeypatch.setenv("TZ", zone)
    time.tzset()
    monkeypatch.setattr(home, "datetime", Clock)
    try:
        assert home.today() == day
        assert _local(at.timestamp()) == datetime.fromisoformat(f"{day} {clock}")
    finally:
        monkeypatch.undo()
        time.tzset()
