"""A finding goes to the unit that can act on it."""

from __future__ import annotations

import polars as pl
import pytest

from flows.tasks.assignee import MANAGED_FIELDS, of_finding
from validators.catalogue import catalogue

UNITS = {"org_code": "H1", "report_area_code": "330329", "managing_org_code": "T1"}


def assignee(field: str, channel: str, **changes: str | None) -> str | None:
    row = UNITS | {"field": field, "channel": channel} | changes
    frame = pl.DataFrame([row], schema=dict.fromkeys(row, pl.String))
    return frame.select(of_finding().alias("assignee"))["assignee"][0]


@pytest.mark.parametrize(
    ("field", "channel", "expected"),
    [
        ("icd10", "hospital", "H1"),  # the card's content: who reported
        ("icd10", "county", "330329"),
        ("first_visit_date", "county", "T1"),  # the person at home: who manages
        ("registration_verified", "county", "T1"),
        ("last_follow_up_date", "county", "T1"),
        ("county_audit_time", "county", "330329"),
    ],
)
def test_what_the_card_says_is_the_reporters_and_the_person_is_the_managing_units(
    field, channel, expected
):
    assert assignee(field, channel) == expected


def test_without_a_managing_unit_the_county_assigns_one():
    assert assignee("managing_org", "county", managing_org_code=None) == "330329"


def test_every_field_of_the_managing_unit_is_a_field_of_rules():
    assert set(catalogue()["field"]) >= MANAGED_FIELDS
