"""A list as a whole: nobody to find, one name, unreadable dates, a copy of cards, no overlap."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest

from flows.cards import Kind
from flows.reconcile.faults import list_faults
from validators.catalogue import catalogue

START = date(2025, 1, 1)


def listed(count: int, **same: Any) -> pl.DataFrame:
    """A list in which every row is matched on its own day, but for what ``same`` says."""
    rows = [
        {
            "source_file": "list.csv", "card_type": "death", "name": f"合成{number}",
            "has_key": True, "org_code": "H1", "event_date": START + timedelta(days=number),
            "report_state": "reported", "matched_card_id": f"c{number}", "possible_card_id": None,
        } | same
        for number in range(count)
    ]  # fmt: skip
    text = dict.fromkeys(("name", "matched_card_id", "possible_card_id"), pl.String)
    return pl.DataFrame(rows, schema_overrides=text)


def cards(count: int) -> dict[str, pl.DataFrame]:
    return {
        "death": pl.DataFrame(
            {
                "card_id": [f"c{number}" for number in range(count)],
                "event_date": [START + timedelta(days=number % 30) for number in range(count)],
                "org_code": ["H1"] * count,
            }
        )
    }


def faults(rows: pl.DataFrame, count: int = 100, bad_dates: int = 0) -> list[str]:
    malformed = pl.DataFrame(
        {"row_index": range(bad_dates), "field": ["event_date"] * bad_dates},
        schema={"row_index": pl.UInt32, "field": pl.String},
    )
    empty = pl.DataFrame()
    kind = Kind(
        "survey_case", rows, malformed, empty, empty, set(), empty, empty, [], pl.Series([])
    )
    return [fault.rule_id for fault in list_faults(kind, rows, cards(count))]


def test_a_list_of_some_reported_people_is_sound():
    assert faults(listed(30)) == []


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (listed(3, has_key=False), "file.list_without_key"),
        (listed(5, name="合成甲"), "file.list_of_one_name"),
        (listed(20, report_state="missed", matched_card_id=None), "file.list_without_overlap"),
        (listed(20, has_key=False, report_state="missed"), "file.list_without_key"),
    ],
)
def test_a_list_nobody_can_use_is_one_finding(rows, expected):
    assert faults(rows) == [expected]


def test_dates_nobody_can_read_are_one_finding():
    assert faults(listed(10), bad_dates=5) == ["file.list_dates_unreadable"]
    assert faults(listed(10), bad_dates=4) == []


def test_a_list_that_is_the_registry_itself_is_pointed_out():
    # 30 rows, and the 30 cards of those days are all on it; with a 31st and 32nd card they are not.
    assert faults(listed(30), count=30) == ["file.list_is_registry"]
    assert faults(listed(30), count=32) == []
    others = listed(30).with_columns(event_date=pl.col("event_date") + timedelta(days=1))
    assert faults(others, count=30) == []  # a list with days of its own was kept by somebody


def test_every_fault_of_a_list_is_in_the_catalogue():
    known = set(catalogue()["rule_id"])
    assert {
        f"file.list_{name}"
        for name in (
            *("without_key", "of_one_name", "dates_unreadable", "is_registry"),
            "without_overlap",
        )
    } <= known
