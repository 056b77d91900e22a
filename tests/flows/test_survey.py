from __future__ import annotations

from datetime import date, datetime

import polars as pl
import pytest

from flows.sheet_text import last_editions
from flows.survey import match_cases

CASES = pl.DataFrame(
    {
        "card_type": ["death"],
        "person_id": ["p"],
        "event_date": [date(2025, 3, 25)],
        "cutoff_date": [date(2025, 3, 31)],
    }
)


def state(event_date: date = date(2025, 3, 25), **card: object) -> str:
    sound = {
        "person_id": "p", "created_time": datetime(2025, 3, 31, 23, 59), "card_kind": "1",
        "card_status": "0",
    }  # fmt: skip
    cards = pl.DataFrame(
        [sound | card], schema_overrides={"card_kind": pl.String, "created_time": pl.Datetime}
    )
    cases = CASES.with_columns(event_date=pl.lit(event_date))
    return match_cases(cases, {"death": cards})["report_state"][0]


@pytest.mark.parametrize(
    ("card", "expected"),
    [
        ({}, "reported"),  # on the cut-off day itself
        ({"event_date": date(2025, 3, 24)}, "reported"),  # on the seventh day
        ({"event_date": date(2025, 3, 23)}, "late"),  # reported all the same
        ({"created_time": datetime(2025, 4, 1)}, "made_up"),
        ({"card_kind": "3"}, "made_up"),  # entered because of a review
        ({"card_kind": "4"}, "made_up"),
        ({"card_kind": "2"}, "reported"),
        ({"card_status": "5"}, "missed"),  # deleted
        ({"person_id": "q"}, "missed"),
        ({"created_time": None}, "made_up"),  # nobody knows when: not in time
    ],
)
def test_a_listed_case_is_reported_only_by_a_card_in_time(card, expected):
    assert state(**card) == expected


def test_a_later_card_does_not_change_the_frozen_answer():
    before = state(person_id="q")
    after = state(created_time=datetime(2025, 6, 1))
    assert (before, after) == ("missed", "made_up")


def test_a_card_of_another_disease_reports_nothing():
    cards = pl.DataFrame(
        {
            "person_id": ["p"],
            "created_time": [datetime(2025, 1, 1)],
            "card_kind": ["1"],
            "card_status": ["0"],
        }
    )
    assert match_cases(CASES, {"cardio": cards})["report_state"].to_list() == ["missed"]


def test_a_list_that_we_wrote_replaces_its_earlier_edition_and_others_lists_add_up():
    sheets = pl.DataFrame(
        {
            "source_file": ["survey_H1.csv", "名单.csv", "survey_H1.csv", "名单.csv"],
            "order_no": [1, 2, 3, 4],
        }
    )
    assert last_editions(sheets)["order_no"].to_list() == [2, 3, 4]
