"""Who enters the survival analysis, until when, and which diagnosis years are registered."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from estimators.cohort import DEATH_CERTIFICATE_ONLY, NO_FOLLOW_UP
from flows.statistics.patient import (
    AGE_UNKNOWN,
    DEAD_BEFORE,
    DEATH_UNDATED,
    SEX_UNKNOWN,
    UNDATED,
    closing_date,
    death_dates,
    diagnosis_years,
    linked_to,
    patients,
)
from tests.statistics.cards import GROUPS, cards, day

CLOSING = date(2025, 12, 31)
NOBODY = pl.DataFrame(schema={"person_id": pl.String, "died_on": pl.Date})


def one(**changes):
    """The only patient of one card diagnosed on 2023-06-01."""
    frame = cards({"event_date": day("2023-06-01")} | changes)
    return patients(frame, NOBODY, GROUPS, CLOSING).row(0, named=True)


@pytest.mark.parametrize(
    ("as_of", "closing"),
    [("2026-01-30", "2025-12-31"), ("2026-01-29", "2024-12-31"), ("2026-12-31", "2025-12-31")],
)
def test_a_year_is_closed_thirty_days_after_its_end(as_of, closing):
    assert closing_date(day(as_of)) == day(closing)


def test_years_with_less_than_half_the_usual_cases_were_not_fully_registered():
    years = pl.Series([2021] * 49 + [2022] * 50 + [2023] * 100 + [2024] * 100 + [2025] * 100)
    assert diagnosis_years(years, CLOSING) == [2022, 2023, 2024, 2025]
    still_coming = pl.Series([2022] * 90 + [2023] * 100 + [2024] * 100 + [2025] * 9)
    assert diagnosis_years(still_coming, CLOSING) == [2022, 2023, 2024]


def test_diagnosis_years_are_the_newest_unbroken_run_of_the_last_ten():
    assert diagnosis_years(pl.Series([2022, 2023, 2025]), CLOSING) == [2025]
    assert diagnosis_years(pl.Series([2021, 2022, 2024, 2026]), CLOSING) == [2024]
    assert diagnosis_years(pl.Series(range(2000, 2026)), CLOSING) == list(range(2016, 2026))
    assert diagnosis_years(pl.Series([2015, 2026]), CLOSING) == []


def test_deaths_are_linked_up_to_the_first_quarter_without_any():
    days = [date(2024, month, 15) for month in (1, 4, 7, 10)]
    assert linked_to(pl.Series([*days, date(2025, 2, 1)]), 2024, CLOSING) == day("2025-03-31")
    assert linked_to(pl.Series(days), 2023, CLOSING) is None
    assert linked_to(pl.Series(days), 2024, day("2024-12-31")) == day("2024-12-31")


def test_a_death_after_the_closing_date_is_a_patient_alive_on_it():
    found = one(death_date=day("2026-01-05"))
    assert (found["dead"], found["exit_date"], found["left_out"]) == (0, CLOSING, None)


def test_a_death_card_of_the_person_ends_follow_up_before_the_tumour_card_knows():
    frame = cards({"event_date": day("2023-06-01"), "person_id": "p"})
    death = cards({"person_id": "p", "event_date": day("2024-03-02")})
    linked = death_dates(death, death.clear())
    found = patients(frame, linked, GROUPS, CLOSING).row(0, named=True)
    assert (found["dead"], found["exit_date"]) == (1, day("2024-03-02"))


def test_a_death_card_found_not_to_count_is_no_death():
    death = cards({"event_date": day("2024-03-02"), "count_base": "none"})
    assert death_dates(death, death.clear()).is_empty()


def test_a_patient_lost_to_follow_up_leaves_at_the_last_contact():
    found = one(vital_status="9", last_contact_date=day("2024-01-01"))
    assert (found["dead"], found["exit_date"]) == (0, day("2024-01-01"))


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"diagnosis_basis_national": "0"}, DEATH_CERTIFICATE_ONLY),
        ({"diagnosis_basis": "10"}, DEATH_CERTIFICATE_ONLY),
        ({"diagnosis_basis": "7,10"}, None),
        ({"event_date": None, "year": 2023}, UNDATED),
        ({"sex": "9"}, SEX_UNKNOWN),
        ({"sex": None}, SEX_UNKNOWN),
        ({"age_years": None}, AGE_UNKNOWN),
        ({"age_years": 0}, None),
        ({"vital_status": "2"}, DEATH_UNDATED),
        ({"card_status": "7"}, DEATH_UNDATED),
        ({"death_date": day("2023-05-31")}, DEAD_BEFORE),
        ({"death_date": day("2023-06-01")}, NO_FOLLOW_UP),
        ({"death_date": day("2023-06-02")}, None),
        ({"card_status": "6"}, NO_FOLLOW_UP),
        ({"event_date": day("2025-12-31")}, NO_FOLLOW_UP),
    ],
)
def test_who_is_left_out_has_the_reason(changes, reason):
    assert one(**changes)["left_out"] == reason


def test_the_age_is_exact_where_the_birth_date_is_known():
    found = one(birth_date=day("1963-06-01"))
    assert found["age_years"] == pytest.approx(21915 / 365.241)
    assert one(age_years=60)["age_years"] == 60.5


def test_a_person_is_counted_once_over_all_and_once_in_each_group():
    frame = cards(
        {"person_id": "p", "icd10": "C18.0", "event_date": day("2023-06-01")},
        {"person_id": "p", "icd10": "C20", "event_date": day("2023-01-01")},
        {"person_id": "p", "icd10": "C16.9", "event_date": day("2024-01-01")},
    )
    found = patients(frame, NOBODY, GROUPS, CLOSING).sort("group_code")
    assert found.select("group_code", "diagnosis_date").rows() == [
        ("104", day("2024-01-01")),
        ("105", day("2023-01-01")),
        ("ALL", day("2023-01-01")),
    ]
