"""Who has to do what on which card, and until when."""

from __future__ import annotations

from datetime import date, datetime
from types import SimpleNamespace
from typing import Any

import polars as pl
import pytest

from flows.cards import Kind
from flows.home import UserError
from flows.tasks.build import tasks
from flows.tasks.limits import COLUMNS, Limit, clock, limits

AS_OF = date(2025, 1, 31)
CARD: dict[str, Any] = {
    "card_id": "a",
    "source_file": "cards.csv",
    "org_code": "H1",
    "managing_org": "T1",
    "managing_org_code": "T1",
    "area_code": "330329",
    "town_code": "330329100",
    "report_area_code": "330329",
    "event_date": date(2025, 1, 1),
    "created_time": datetime(2025, 1, 2, 9),
    "hospital_audit_time": datetime(2025, 1, 3, 9),
    "county_audit_time": datetime(2025, 1, 10, 9),
    "first_visit_date": date(2025, 1, 12),
    "last_follow_up_date": None,
    "registration_verified": "1",
    "audit_status": "3",
    "card_status": "0",
    "count_base": "official",
    "is_registry_record": False,
    "death_date": None,
}
TYPES = {
    "event_date": pl.Date, "created_time": pl.Datetime, "hospital_audit_time": pl.Datetime,
    "county_audit_time": pl.Datetime, "first_visit_date": pl.Date, "death_date": pl.Date,
    "last_follow_up_date": pl.Date, "is_registry_record": pl.Boolean,
}  # fmt: skip
PLACES: Any = SimpleNamespace(
    home_areas="330329",
    only_county="330329",
    province="33",
    org_area={"T1": "330329", "T9": "330302"},
)
INSTITUTIONS = pl.DataFrame(
    [("T1", "4", "330329100", None), ("T2", "4", "330329101", None)],
    schema={"org_code": pl.String, "org_level": pl.String, "area_code": pl.String,
            "closed_on": pl.Date},
    orient="row",
)  # fmt: skip
NOT_YET = {"audit_status": "1", "count_base": "received", "county_audit_time": None}


def kind(card_type: str, *cards: dict[str, Any], absent: tuple[str, ...] = ()) -> Kind:
    rows = [CARD | {"card_id": f"c{number}"} | card for number, card in enumerate(cards, 1)]
    frame = pl.DataFrame(rows, schema={name: TYPES.get(name, pl.String) for name in CARD})
    lost = pl.DataFrame(schema={"source_file": pl.String, "field": pl.String})
    nothing = pl.DataFrame()
    ids = pl.Series("card_id", [], dtype=pl.String)
    return Kind(
        card_type, frame, nothing, nothing, lost, {("cards.csv", name) for name in absent},
        nothing, nothing, [], ids,
    )  # fmt: skip


def made(card_type: str, *cards: dict[str, Any], **options: Any) -> list[tuple[object, ...]]:
    """card_id, kind, assignee, due_on and state of every task, but for 户籍核实."""
    own = options.pop("limits", limits())
    found = tasks({card_type: kind(card_type, *cards, **options)}, INSTITUTIONS, PLACES, own, AS_OF)
    return (
        found.select("card_id", "task_kind", "assignee_org", "due_on", "state")
        .sort("card_id", "task_kind")
        .rows()
    )


def test_a_card_that_has_passed_all_makes_no_task():
    assert made("death", {}) == []


def test_the_county_audits_within_7_days_of_the_hospitals_audit_else_of_creation():
    assert made(
        "death",
        NOT_YET,
        NOT_YET | {"hospital_audit_time": datetime(2025, 1, 24, 9)},
        NOT_YET | {"hospital_audit_time": None, "audit_status": "0"},
    ) == [
        ("c1", "county_audit", "330329", date(2025, 1, 10), "overdue"),
        ("c2", "county_audit", "330329", date(2025, 1, 31), "due"),
        ("c3", "county_audit", "330329", date(2025, 1, 9), "overdue"),
    ]


def test_the_provinces_own_limit_stands_beside():
    found = tasks({"death": kind("death", NOT_YET)}, INSTITUTIONS, PLACES, limits(), AS_OF)
    assert found.select("due_on", "province_due_on").rows() == [
        (date(2025, 1, 10), date(2025, 1, 9))  # after the hospital's audit; after creation
    ]


def test_no_task_is_made_for_a_hospital_out_of_a_limit_that_nobody_has_verified():
    waits = NOT_YET | {"audit_status": "0", "hospital_audit_time": None}
    assert not [row for row in made("death", waits) if row[1] == "hospital_audit"]
    verified = [
        Limit(**(rule.__dict__ | {"is_verified": True}))
        for rule in limits()
        if rule.kind == "hospital_audit"
    ]
    assert made("death", waits, limits=verified) == [
        ("c1", "hospital_audit", "H1", date(2025, 1, 9), "overdue")
    ]


@pytest.mark.parametrize(
    ("card_type", "audited", "due", "state"),
    [
        ("death", datetime(2025, 1, 24), date(2025, 1, 31), "due"),
        ("death", datetime(2025, 1, 23), date(2025, 1, 30), "overdue"),
        ("diabetes", datetime(2025, 1, 1), date(2025, 1, 31), "due"),  # less than 31 days
        ("diabetes", datetime(2024, 12, 31), date(2025, 1, 30), "overdue"),
    ],
)
def test_first_visits_are_the_managing_units_within_7_and_30_days(card_type, audited, due, state):
    waits = {"first_visit_date": None, "county_audit_time": audited}
    assert made(card_type, waits) == [("c1", "first_visit", "T1", due, state)]


def test_what_was_put_off_by_a_slip_of_the_pen_is_no_task():
    ahead = {"first_visit_date": None, "county_audit_time": datetime(2052, 1, 1)}
    assert made("death", ahead) == []


def test_a_card_nobody_manages_goes_to_the_only_unit_of_its_town_else_to_the_county():
    nobody = {"managing_org": None, "managing_org_code": None}
    found = made("death", nobody | {"town_code": "330329101"}, nobody | {"town_code": None})
    assert found == [
        ("c1", "residence_confirmation", "T2", None, "due"),
        ("c2", "residence_confirmation", "330329", None, "due"),
    ]


def test_another_countys_people_and_institutions_are_its_own_tasks():
    assert made(
        "death",
        {"first_visit_date": None, "managing_org": "T9", "managing_org_code": "T9"},
        NOT_YET | {"report_area_code": "330302"},
    ) == []  # fmt: skip


def test_registration_is_verified_where_the_file_uses_the_field():
    open_card = {"registration_verified": None}
    assert made("death", open_card, {}) == [("c1", "household_verification", "T1", None, "due")]
    assert made("death", open_card) == []


def test_a_field_that_the_file_has_no_column_for_makes_no_task():
    assert made("death", {"first_visit_date": None}, absent=("first_visit_date",)) == []


def test_registry_records_and_withdrawn_cards_make_no_task():
    waits = {"first_visit_date": None}
    assert (
        made("tumour", waits | {"is_registry_record": True}, waits | {"count_base": "none"}) == []
    )


def own_limit(tmp_path, **changes: str):
    row = {
        "rule": "followed_up_yearly", "card_type": "diabetes", "field": "last_follow_up_date",
        "starts": "last_follow_up_date first_visit_date", "starts_are": "first",
        "end_field": "last_follow_up_date", "limit_days": "365", "day_kind": "calendar",
        "jurisdiction": "", "valid_from": "", "valid_to": "", "channel": "county",
        "verified": "1", "message_zh": "随访超期", "source": "本地文件",
    } | changes  # fmt: skip
    file = tmp_path / "deadline.csv"
    file.write_text(",".join(COLUMNS) + "\n" + ",".join(row[name] for name in COLUMNS), "utf-8")
    return file


def test_follow_up_is_asked_for_only_where_the_home_states_an_interval(tmp_path):
    cards = [
        {"first_visit_date": date(2024, 1, 20)},
        {"first_visit_date": date(2023, 1, 1), "last_follow_up_date": date(2024, 2, 15)},
        {"first_visit_date": date(2024, 6, 1)},  # due in four months: not yet a task
        {"first_visit_date": date(2024, 1, 20), "death_date": date(2024, 3, 1)},
    ]
    assert made("diabetes", *cards) == []
    assert made("diabetes", *cards, limits=limits(own_limit(tmp_path))) == [
        ("c1", "follow_up", "T1", date(2025, 1, 19), "overdue"),
        ("c2", "follow_up", "T1", date(2025, 2, 14), "due"),
    ]


@pytest.mark.parametrize("wrong", [{"limit_days": "一年"}, {"end_field": "name"}])
def test_a_row_of_the_homes_own_file_that_cannot_be_read_is_named(tmp_path, wrong):
    with pytest.raises(UserError, match="第 2 行"):
        limits(own_limit(tmp_path, **wrong))


def test_the_task_keeps_its_id_from_night_to_night():
    cards = {"death": kind("death", {"first_visit_date": None})}
    ids = [
        tasks(cards, INSTITUTIONS, PLACES, limits(), day)["task_id"].to_list()
        for day in (AS_OF, date(2025, 2, 28))
    ]
    assert ids[0] == ids[1]


def limit(**changes: Any) -> Limit:
    facts: dict[str, Any] = {
        "kind": "county_audit", "card_type": "all", "starts": ("created_time",),
        "starts_are": "first", "days": 5, "is_working": True, "jurisdiction": "",
        "valid_from": None, "valid_to": None, "is_verified": True, "source": "",
    }  # fmt: skip
    return Limit(**(facts | changes))


def test_working_days_skip_weekends_and_holidays_and_end_with_the_calendar():
    # Wednesday; the day before Mid-Autumn, with the National Day week behind; the year's end.
    days = [date(2026, 7, 1), date(2026, 9, 24), date(2026, 12, 24), date(2026, 12, 29), None]
    frame = pl.DataFrame({"created_time": days, "event_date": days})
    due = clock(frame, limit(), date(2027, 6, 30))["due_on"].to_list()
    assert due == [date(2026, 7, 8), date(2026, 10, 9), date(2026, 12, 31), None, None]


def test_a_limit_holds_for_the_events_of_its_years():
    days = [date(2013, 12, 31), date(2014, 1, 1)]
    frame = pl.DataFrame({"created_time": days, "event_date": days})
    own = limit(is_working=False, valid_from=date(2014, 1, 1))
    assert clock(frame, own, AS_OF)["due_on"].to_list() == [None, date(2014, 1, 6)]
