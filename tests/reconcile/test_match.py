"""Which card reports a listed case: by person, by probability, by decision, inside its dates."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import polars as pl
import pytest

from flows.reconcile.match import DECISION, match_cases

CASE = {
    "card_type": "cardio", "person_id": "p", "event_date": date(2025, 3, 10), "icd10": "I63.9",
    "cutoff_date": date(2025, 12, 20), "list_file": "list.csv", "source_row": 2,
    "name": "合成甲", "sex": "1", "birth_date": date(1950, 2, 3),
    "id_number": "330329195002031230", "town_code": "330329101",
}  # fmt: skip
CARD = {
    "card_id": "c1", "person_id": "p", "event_date": date(2025, 3, 10), "icd10": "I63.9",
    "created_time": datetime(2025, 3, 12), "card_kind": "1", "card_status": "0", "year": 2025,
    "name": "合成甲", "sex": "1", "birth_date": date(1950, 2, 3),
    "id_number": "330329195002031230", "town_code": "330329101",
}  # fmt: skip


def matched(
    case: dict[str, Any], *cards: dict[str, Any], told: list[Any] | None = None
) -> dict[str, Any]:
    row = CASE | case
    frames = {str(row["card_type"]): pl.DataFrame([CARD | card for card in cards])}
    said = [(*one, datetime(2026, 1, 1)) for one in told or []]
    decisions = pl.DataFrame(said, schema=DECISION, orient="row")
    return match_cases(pl.DataFrame([row]), frames, decisions).row(0, named=True)


@pytest.mark.parametrize(
    ("case", "card", "expected"),
    [
        ({}, {"event_date": date(2025, 4, 7)}, "reported"),  # day 28 is still the event
        ({}, {"event_date": date(2025, 4, 8)}, "missed"),
        ({}, {"event_date": date(2024, 3, 10)}, "missed"),  # an earlier stroke is another event
        ({}, {"icd10": "I21.9"}, "missed"),  # a coronary event is no stroke
        ({"icd10": None}, {"icd10": "I21.9"}, "reported"),
        ({"card_type": "death"}, {"event_date": date(2024, 3, 10)}, "reported"),  # one death
        ({"card_type": "diabetes"}, {"event_date": date(2010, 3, 10)}, "reported"),  # for life
        ({"card_type": "tumour", "icd10": "C18.0"}, {"icd10": "C20"}, "reported"),  # one group
        ({"card_type": "tumour", "icd10": "C16.9"}, {"icd10": "C34.9"}, "missed"),
        ({"card_type": "tumour", "icd10": "C80"}, {"icd10": "C34.9"}, "reported"),  # site unknown
    ],
)
def test_a_card_reports_only_the_listed_event(case, card, expected):
    assert matched(case, card)["report_state"] == expected


def test_a_slip_in_the_id_number_is_found_by_probability():
    row = matched({"person_id": "q", "id_number": "330329195002031203"}, {})
    assert (row["report_state"], row["matched_by"], row["matched_card_id"]) == (
        "reported", "probability", "c1",
    )  # fmt: skip
    assert 0.95 <= row["match_probability"] <= 1


def test_an_unsure_person_leaves_the_case_missed_and_names_the_card_to_look_at():
    unsure = {"person_id": "q", "id_number": None, "birth_date": date(1950, 3, 3)}
    row = matched(unsure | {"town_code": None}, {"town_code": None})
    assert (row["report_state"], row["matched_card_id"]) == ("missed", None)
    assert row["possible_card_id"] == "c1" and 0.5 <= row["possible_probability"] < 0.95


def test_a_probable_person_who_died_at_another_time_is_another_person():
    slip = {"card_type": "death", "person_id": "q", "id_number": "330329195002031203"}
    assert matched(slip, {"event_date": date(2025, 4, 10)})["report_state"] == "reported"
    assert matched(slip, {"event_date": date(2025, 4, 11)})["report_state"] == "missed"


def test_what_people_decided_goes_before_any_rule():
    different = [("list.csv", 2, "cardio", "c1", "different")]
    assert matched({}, {}, told=different)["report_state"] == "missed"
    same = [("list.csv", 2, "cardio", "c1", "same")]
    row = matched({"person_id": "q", "name": "合成乙"}, {"icd10": "I21.9"}, told=same)
    assert (row["report_state"], row["matched_by"]) == ("reported", "decision")


def test_a_withdrawn_card_reports_nothing():
    assert matched({}, {"is_withdrawn": True})["report_state"] == "missed"


def test_the_card_in_time_speaks_before_the_one_made_up_later():
    late = {"card_id": "c0", "created_time": datetime(2026, 1, 5), "card_kind": "3"}
    assert matched({}, late, {})["matched_card_id"] == "c1"
    assert matched({}, late)["report_state"] == "made_up"
