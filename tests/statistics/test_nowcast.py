"""indicator.nowcast: unreported events by hand, and why some places have none."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import polars as pl
import pytest

from flows.statistics.month import known_months
from flows.statistics.nowcast import FEW, NO_TIME, SHORT, SILENT, nowcast_rows


def entries(months, as_of, at_once=5, next_month=5, first_year=2024):
    """Events on the 10th of each month: entered on the 12th or a month after."""
    rows = []
    for number in range(months):
        year, month = first_year + number // 12, number % 12 + 1
        event = date(year, month, 10)
        following = datetime(year + month // 12, month % 12 + 1, 12)
        rows += [(event, datetime(year, month, 12))] * at_once + [(event, following)] * next_month
    frame = pl.DataFrame(
        rows,
        schema={"event_date": pl.Date, "created_time": pl.Datetime("us")},
        orient="row",
    )
    return frame.filter(pl.col("created_time") <= as_of)


def made(frame, as_of):
    rows = nowcast_rows(frame, known_months(frame["created_time"], as_of.date()))
    return {row["month"]: row for row in rows}


def test_half_of_the_last_month_is_still_to_come():
    as_of = datetime(2025, 12, 31)
    frame = entries(24, as_of).vstack(one(date(2025, 12, 30), datetime(2025, 12, 31)))
    found = made(frame, as_of)
    assert found["2025-11"]["reported"] == 10
    assert found["2025-11"]["expected"] == pytest.approx(10)
    assert found["2025-12"]["reported"] == 6
    assert found["2025-12"]["expected"] == pytest.approx(12)
    assert found["2025-12"]["unreported"] == pytest.approx(6)
    assert found["2025-12"]["ci_low"] < 12 < found["2025-12"]["ci_high"]
    assert found["ALL"]["unreported"] == pytest.approx(6)
    assert (found["ALL"]["date_from"], found["ALL"]["date_to"]) == (
        date(2024, 1, 1),
        date(2025, 12, 31),
    )
    assert len(found) == 13
    assert {row["label_zh"] for row in found.values()} == {"估计，不用于评分"}


def one(event, created):
    return pl.DataFrame(
        {"event_date": [event], "created_time": [created]},
        schema={"event_date": pl.Date, "created_time": pl.Datetime("us")},
    )


def test_cards_that_came_after_the_month_end_make_its_estimate_better():
    # Data of the 15th of January: the second half of December's cards came on the 12th.
    as_of = datetime(2026, 1, 15)
    frame = entries(24, as_of).vstack(one(date(2026, 1, 14), as_of))
    found = made(frame, as_of)
    assert found["2025-12"]["reported"] == 10
    assert found["2025-12"]["unreported"] == pytest.approx(0)
    assert "2026-01" not in found


def test_a_slip_in_the_time_of_entry_neither_stops_nor_moves_the_estimate():
    as_of = datetime(2025, 12, 31)
    frame = entries(24, as_of).vstack(one(date(2025, 12, 30), datetime(2025, 12, 31)))
    slips = pl.concat(
        [one(date(2025, 6, 10), datetime(2099, 1, 1)), one(date(2025, 6, 10), datetime(1999, 1, 1))]
    )
    found = made(frame.vstack(slips), as_of)
    assert found["2025-06"]["reported"] == 11  # entered before it happened: counted as at once
    assert found["2025-12"]["reported"] == 6


def test_a_month_without_a_report_is_not_said_to_be_empty():
    as_of = datetime(2025, 12, 31)
    frame = entries(23, as_of, next_month=1).vstack(one(date(2025, 11, 20), datetime(2025, 12, 31)))
    found = made(frame, as_of)["2025-12"]
    assert (found["reported"], found.get("expected"), found["reason_zh"]) == (0, None, SILENT)


@pytest.mark.parametrize(
    ("months", "each", "reason"), [(11, 10, SHORT), (24, 0, FEW), (24, 5, None)]
)
def test_short_or_thin_histories_have_a_reason(months, each, reason):
    as_of = datetime(2024, 1, 1) + timedelta(days=366 + 364)
    frame = entries(months, as_of, at_once=max(each, 1), next_month=each)
    assert made(frame, as_of)["ALL"]["reason_zh"] == reason


def test_events_before_the_first_entries_are_no_late_reports():
    as_of = datetime(2025, 12, 31)
    frame = entries(24, as_of).vstack(one(date(2025, 12, 30), datetime(2025, 12, 31)))
    loaded = pl.concat([one(date(2023, m, 1), datetime(2024, 1, 2)) for m in range(1, 13)] * 5)
    assert made(frame.vstack(loaded), as_of) == made(frame, as_of)


def test_cards_without_a_time_of_entry_give_no_estimate():
    as_of = datetime(2025, 12, 31)
    frame = entries(24, as_of).with_columns(
        created_time=pl.when(pl.int_range(pl.len()) % 5 > 0).then("created_time")
    )
    assert made(frame, as_of)["ALL"]["reason_zh"] == NO_TIME
