from __future__ import annotations

from datetime import date, datetime, timedelta

import polars as pl
import pytest

from flows.events import count_cards

START = date(2024, 1, 1)


def cardio(*onsets: int, **columns: list[str]) -> pl.DataFrame:
    """Cards of one person with onsets on these days after START."""
    count = len(onsets)
    return pl.DataFrame(
        {
            "card_id": [str(i) for i in range(count)],
            "person_id": ["p"] * count,
            "icd10": ["I63.9"] * count,
            "coronary_type": pl.Series([None] * count, dtype=pl.String),
            "death_date": pl.Series([None] * count, dtype=pl.Date),
            "event_date": [START + timedelta(days=day) for day in onsets],
            "version_time": [datetime(2024, 6, 1)] * count,
            "card_status": ["0"] * count,
            "audit_status": ["3"] * count,
            "is_withdrawn": [False] * count,
        }
    ).with_columns(**{name: pl.Series(values, strict=False) for name, values in columns.items()})


def counted(frame: pl.DataFrame, card_type: str = "cardio") -> list[bool]:
    frame = frame.with_columns(pl.col(pl.Null).cast(pl.String))
    return count_cards(frame, card_type, ["C34", "C16", "D32"])["is_counted"].to_list()


@pytest.mark.parametrize(
    ("onsets", "events"),
    [
        ([0, 28], [True, False]),  # day 28 is still the same event
        ([0, 29], [True, True]),
        ([0, 20, 40], [True, False, True]),  # from the index onset, not from the last
        ([0, 20, 40, 60, 70], [True, False, True, False, True]),
        ([40, 20, 0], [True, False, True]),  # the order of cards does not matter
    ],
)
def test_28_days_run_from_the_index_onset(onsets, events):
    assert counted(cardio(*onsets)) == events


def test_a_stroke_and_a_coronary_event_are_two():
    assert counted(cardio(0, 3, icd10=["I63.9", "I21.9"])) == [True, True]


@pytest.mark.parametrize(
    ("icd10", "counts"),
    [("I60.9", True), ("I61.0", True), ("I63.9", True), ("I64", True), ("I62.0", False),
     ("I69.3", False), ("G45.9", False), ("I21.0", True), ("I22.0", True), ("I46.1", True),
     ("I46.9", False), ("I25.1", False), (None, False)],
)  # fmt: skip
def test_only_acute_events_count(icd10, counts):
    assert counted(cardio(0, icd10=[icd10])) == [counts]


def test_a_fatal_coronary_card_without_date_of_death_is_no_event():
    cards = cardio(0, icd10=["I25.1"], coronary_type=["3"])
    assert counted(cards) == [False]
    assert counted(cards.with_columns(death_date=START)) == [True]


def test_a_coronary_death_within_28_days_of_an_infarction_is_the_same_event():
    cards = cardio(0, 10, icd10=["I21.9", "I25.1"], coronary_type=["1", "3"]).with_columns(
        death_date=pl.Series([None, START + timedelta(days=10)])
    )
    assert counted(cards) == [True, False]


def test_an_official_card_stands_for_the_event_before_a_received_one():
    assert counted(cardio(0, 5, audit_status=["1", "3"])) == [False, True]


@pytest.mark.parametrize(
    ("status", "audit", "base"),
    [
        ("0", "3", "official"),
        ("0", "6", "official"),
        ("0", "1", "received"),
        ("0", None, "received"),
        ("6", "3", "official"),
        ("7", "3", "official"),
        ("2", "3", "none"),
        ("3", "3", "none"),
        ("4", "3", "none"),
        ("5", "3", "none"),
        (None, "3", "official"),
    ],
)
def test_status_and_audit_decide_what_a_card_counts_for(status, audit, base):
    cards = cardio(0, card_status=[status], audit_status=[audit])
    assert count_cards(cards, "cardio", [])["count_base"].to_list() == [base]


def test_a_withdrawn_card_and_a_dead_person_living_elsewhere_do_not_count():
    assert counted(cardio(0, is_withdrawn=[True])) == [False]
    death = cardio(0).with_columns(
        underlying_cause=pl.lit("I21.9"), registration_unverified_reason=pl.lit("2"),
        year=pl.lit(2024), is_sure_person=pl.lit(True),
    )  # fmt: skip
    assert counted(death, "death") == [False]
    assert counted(death.with_columns(registration_unverified_reason=pl.lit("1")), "death") == [
        True
    ]


def deaths(**columns: list[object]) -> pl.DataFrame:
    return cardio(0, 9).with_columns(
        underlying_cause=pl.lit("I21.9"), registration_unverified_reason=pl.lit(None, pl.String),
        year=pl.lit(2024), **{name: pl.Series(values) for name, values in columns.items()},
    )  # fmt: skip


def test_a_person_dies_once_but_two_of_one_name_may_die_on_two_days():
    assert counted(deaths(is_sure_person=[True, True]), "death") == [True, False]
    assert counted(deaths(is_sure_person=[False, False]), "death") == [True, True]


def test_diabetes_is_counted_once_for_life_and_only_e10_to_e14():
    cards = cardio(0, 900, icd10=["E11.9", "E11.2"])
    assert counted(cards, "diabetes") == [True, False]
    assert counted(cardio(0, icd10=["O24.4"]), "diabetes") == [False]


def test_a_tumour_counts_once_a_site_but_a_registry_s_repeats_all_count():
    cards = cardio(0, 5, 9, icd10=["C34.1", "C34.9", "C16.0"]).with_columns(
        is_registry_record=pl.lit(False)
    )
    assert counted(cards, "tumour") == [True, False, True]
    assert counted(cards.with_columns(is_registry_record=pl.lit(True)), "tumour") == [True] * 3


@pytest.mark.parametrize(
    ("icd10", "counts"), [("C34.9", True), ("D32.0", True), ("D05.1", False), ("C42.1", False)]
)
def test_in_situ_and_codes_that_are_no_category_do_not_count(icd10, counts):
    cards = cardio(0, icd10=[icd10]).with_columns(is_registry_record=pl.lit(True))
    assert counted(cards, "tumour") == [counts]
