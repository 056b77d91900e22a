"""Deadlines: calendar and working days, their years, their forms, and who hears of them."""

from datetime import date

import chinese_calendar
import polars as pl
import pytest
from judge import AS_OF

from validators import deadline, reference
from validators.catalogue import catalogue
from validators.change import changed
from validators.example_cause import NEW_FORM
from validators.finding import find
from validators.result import rule_results
from validators.sound import SOUND, Card, typed_frame

FIVE, FIFTEEN = (
    "created_within_5_working_days_of_report",
    "created_within_15_working_days_of_report",
)
OLD = "created_within_15_days_of_report"


def verdict(rule: str, card: Card) -> bool | None:
    """True in time, False late, None not judged."""
    frame, malformed = typed_frame("death", [card])
    report = find(frame, "death", as_of=AS_OF, province="33", malformed=malformed)
    rows = rule_results(report).filter(pl.col("rule_id") == f"death.{rule}")
    if rows["checked_count"].sum() == 0:
        return None
    return bool(rows["failing_count"].sum() == 0)


def created(report: str, created_on: str, death: str | None = None) -> Card:
    return SOUND["death"] | {
        "death_date": death or report,
        "report_date": report,
        "created_time": f"{created_on} 09:00:00",
        "hospital_audit_time": f"{created_on} 10:00:00",
        "county_audit_time": f"{created_on} 11:00:00",
    }


@pytest.mark.parametrize(
    ("rule", "card", "expected"),
    [
        (OLD, created("2024-03-01", "2024-03-16"), True),
        (OLD, created("2024-03-01", "2024-03-17"), False),
        (OLD, created("2013-12-31", "2014-03-17"), None),  # before the form of 2014
        (OLD, created("2026-07-01", "2026-09-01"), None),  # the form of 2026 has other limits
        (FIVE, created("2026-06-30", "2026-09-01"), None),
        (FIVE, created("2026-07-01", "2026-07-08"), True),  # Wednesday to Wednesday
        (FIVE, created("2026-07-01", "2026-07-09"), False),
        (FIVE, created("2026-09-24", "2026-10-01"), True),  # holidays are no working days
        (FIFTEEN, created("2026-07-01", "2026-07-22"), True),
        (FIFTEEN, created("2026-07-01", "2026-07-23"), False),
        (FIVE, created("2026-12-28", "2027-03-01"), None),  # past the last year of the calendar
    ],
)
def test_a_deadline_holds_in_its_years(rule: str, card: Card, expected: bool | None) -> None:
    assert verdict(rule, card) is expected


def test_both_readings_of_the_audit_within_7_days_are_counted() -> None:
    card = created("2024-03-01", "2024-03-01") | {
        "hospital_audit_time": "2024-03-06 10:00:00",
        "county_audit_time": "2024-03-11 11:00:00",
    }
    assert verdict("county_audit_within_7_days", card) is True
    assert verdict("county_audit_within_7_days_of_creation", card) is False


def test_working_days_are_those_of_the_notices() -> None:
    first, counts = deadline.working_days()
    spring, make_up = date(2024, 2, 12), date(2024, 2, 18)
    for day in (spring, make_up):
        place = (day - first).days
        grown = counts[place] - counts[place - 1]
        assert grown == int(chinese_calendar.is_workday(day))
    assert (counts[(make_up - first).days] - counts[(spring - first).days]) == 1


def test_no_deadline_ever_reaches_a_hospital() -> None:
    names = set(reference.table("deadline")["rule"])
    ids = pl.col("rule_id").str.split(".").list.last().is_in(sorted(names))
    assert set(catalogue().filter(ids)["channel"]) == {"statistic"}
    unverified = reference.table("deadline").filter(pl.col("verified") == "0")
    assert {FIVE, FIFTEEN} <= set(unverified["rule"])


def test_the_certificate_number_is_judged_from_july_2026_on() -> None:
    rule = "certificate_no_is_the_document_number"
    new: Card = changed(SOUND["death"], NEW_FORM)
    own = {"certificate_no": new["id_number"]}
    issuer = {"id_type": "9", "id_number": None, "certificate_no": "12330329MB0123456A2026000012"}
    cards = [
        (SOUND["death"] | {"certificate_no": "33032900001"}, None),
        (new | own, True),
        (new | {"certificate_no": "33032900001"}, False),
        (new | issuer, True),
        (new | issuer | {"certificate_no": "无"}, False),
    ]
    assert [verdict(rule, card) for card, _ in cards] == [right for _, right in cards]
