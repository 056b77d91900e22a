"""What a row of another office's list is, and which rows repeat each other."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
import pytest

from flows.reconcile.classes import classify, source_code

ROW: dict[str, Any] = {
    "survey_id": "L1", "purpose": "routine_match", "year": 2025, "card_type": "death",
    "source": "公安户籍注销", "person_id": "p", "event_date": date(2025, 6, 1), "icd10": None,
    "area_code": "330329", "org_code": None, "name": "合成甲", "birth_date": date(1950, 2, 3),
    "id_number": None, "eligible": "1", "ineligible_reason": None, "verify_result": None,
    "list_file": "list.csv", "order_no": 1, "source_row": 2, "report_state": "missed",
    "matched_card_id": None, "matched_year": None, "possible_card_id": None,
}  # fmt: skip
TEXT = {
    name: pl.String
    for name in (
        *("icd10", "org_code", "id_number", "ineligible_reason", "verify_result"),
        *("matched_card_id", "possible_card_id", "area_code", "name"),
    )
} | {"matched_year": pl.Int32, "event_date": pl.Date, "birth_date": pl.Date}
FOUND = {"report_state": "reported", "matched_card_id": "c1", "matched_year": 2025}


def classed(*rows: dict[str, Any]) -> pl.DataFrame:
    full = [ROW | {"source_row": number} | row for number, row in enumerate(rows, 2)]
    return classify(pl.DataFrame(full, schema_overrides=TEXT), "330329")


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({}, "not_reported"),
        (FOUND, "reported"),
        (FOUND | {"report_state": "made_up"}, "reported"),
        (FOUND | {"matched_year": 2023}, "earlier_year"),
        ({"event_date": date(2023, 6, 1)}, "earlier_year"),
        ({"verify_result": "核实：本人健在，系误销"}, "not_a_death"),
        ({"eligible": "0", "ineligible_reason": "迁出"}, "not_a_death"),
        (FOUND | {"verify_result": "健在"}, "to_verify"),  # the card and the village disagree
        ({"area_code": "330302"}, "elsewhere"),
        ({"ineligible_reason": "户籍不在本县"}, "elsewhere"),
        ({"possible_card_id": "c9"}, "to_verify"),
        ({"birth_date": None}, "to_verify"),  # a name alone is nobody
        ({"event_date": None}, "to_verify"),
        ({"eligible": "0", "ineligible_reason": "其他"}, "to_verify"),
        ({"purpose": "hospital_review"}, None),
    ],
)
def test_every_row_of_a_worklist_has_one_class(row, expected):
    assert classed(row)["list_class"].to_list() == [expected]


@pytest.mark.parametrize(
    ("text", "code"),
    [("police", "police"), ("派出所销户名单", "police"), ("殡仪馆", "cremation"),
     ("村医上报", "village_doctor"), ("养老院", "elder_care"), ("某某平台", "某某平台")],
)  # fmt: skip
def test_sources_are_known_by_code_or_by_words(text, code):
    assert source_code(text) == code


def test_one_person_counts_once_in_a_survey_and_once_in_each_institution():
    review = {"purpose": "hospital_review"} | FOUND
    rows = classed(
        review | {"source": "出院病案", "org_code": "H1"},
        review | {"source": "病理", "org_code": "H1"},
        review | {"source": "出院病案", "org_code": "H2"},
        review | {"source": "病理", "org_code": "H1", "person_id": "q", "matched_card_id": "c2"},
    )
    assert rows["is_repeat_in_survey"].to_list() == [False, True, True, False]
    assert rows["is_repeat_at_org"].to_list() == [False, True, False, False]
    assert rows["is_repeat_in_source"].to_list() == [False, False, True, False]


def test_the_newest_edition_of_a_list_speaks():
    rows = classed({"order_no": 1}, {"order_no": 2, "eligible": "0", "ineligible_reason": "迁出"})
    assert rows["is_repeat_in_source"].to_list() == [True, False]


def test_a_source_that_takes_the_case_in_speaks_before_one_that_leaves_it_out():
    review = {"purpose": "hospital_review"} | FOUND
    left_out = {"source": "病理", "order_no": 2, "eligible": "0", "ineligible_reason": "良性"}
    rows = classed(review | {"source": "出院病案"}, review | left_out)
    assert rows["is_repeat_in_survey"].to_list() == [False, True]


def test_two_strokes_a_month_apart_are_two_cases():
    stroke = {"card_type": "cardio", "icd10": "I63.9"}
    rows = classed(
        stroke | {"event_date": date(2025, 1, 1)},
        stroke | {"event_date": date(2025, 1, 29)},  # day 28: the same event
        stroke | {"event_date": date(2025, 1, 30)},
    )
    assert rows["is_repeat_in_survey"].to_list() == [False, True, False]


def test_rows_that_name_nobody_never_repeat_each_other():
    nobody = {"name": None, "birth_date": None}
    assert not classed(nobody, nobody)["is_repeat_in_survey"].any()
