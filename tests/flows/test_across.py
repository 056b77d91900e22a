"""Cards of one person beside each other; small synthetic cards."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from flows.across.people import decided_pairs
from flows.across.rules import across_findings
from flows.across.without_case import LIST, deaths_without_case
from flows.store import Store, opened
from flows.tumour.traceback import LIST as TRACED
from flows.tumour.traceback import MATCH
from validators.declared_across import ACROSS_RULES

AS_OF = date(2025, 12, 31)
HOME = "330329"
CARD: dict[str, Any] = {
    "person_id": "p1", "is_sure_person": True, "is_counted": True, "count_base": "official",
    "card_status": "0", "is_withdrawn": False, "is_registry_record": False, "card_kind": "1",
    "area_code": HOME, "town_code": "330329100", "org_code": "H1", "report_area_code": HOME,
    "managing_org_code": "T1", "name": "虚构甲", "sex": "1", "birth_date": date(1950, 1, 1),
    "id_number": None, "first_visit_date": None, "created_time": datetime(2025, 3, 2),
    "county_audit_time": datetime(2025, 3, 5), "death_date": None, "death_date_year": None,
}  # fmt: skip
OWN: dict[str, dict[str, Any]] = {
    "death": {"death_date": date(2025, 3, 1), "underlying_cause": "I63.9"},
    "tumour": {
        "icd10": "C34.9", "diagnosis_date": date(2024, 1, 1), "death_cause_class": None,
        "event_class": "C34", "event_date": date(2024, 1, 1), "vital_status": None,
        "last_contact_date": None,
    },
    "cardio": {
        "icd10": "I63.9", "onset_date": date(2024, 1, 1), "death_cause_class": None,
        "event_class": "stroke", "event_date": date(2024, 1, 1), "first_ever": "2",
    },
    "diabetes": {
        "icd10": "E11.9", "diagnosis_date": date(2024, 1, 1), "death_cause_class": None,
        "event_class": "diabetes", "event_date": date(2024, 1, 1),
    },
}  # fmt: skip
BOOLEAN = ("is_sure_person", "is_counted", "is_withdrawn", "is_registry_record")
NO_CANCERS = pl.DataFrame(schema={**MATCH, **TRACED, "tumour_category": pl.String})


@pytest.fixture
def store(home) -> Iterator[Store]:
    with opened(home) as opened_store:
        yield opened_store


def kind_of(name: str) -> Any:
    if name in BOOLEAN:
        return pl.Boolean
    if name.endswith("_year"):
        return pl.Int32
    if name.endswith("_time"):
        return pl.Datetime("us")
    return pl.Date if name.endswith("_date") else pl.String


def frames(**cards: list[dict[str, Any]]) -> dict[str, pl.DataFrame]:
    made = {}
    for card_type, own in OWN.items():
        usual = CARD | own
        rows = [
            usual | {"card_id": f"{card_type}{number}"} | card
            for number, card in enumerate(cards.get(card_type, []), 1)
        ]
        schema = {name: kind_of(name) for name in ("card_id", *usual)}
        made[card_type] = pl.DataFrame(rows, schema=schema)
    columns = {"org_code": pl.String, "org_level": pl.String, "area_code": pl.String,
               "closed_on": pl.Date}  # fmt: skip
    return made | {"institution": pl.DataFrame(schema=columns)}


def found(store: Store, cancers: pl.DataFrame = NO_CANCERS, **cards: list[dict[str, Any]]) -> Any:
    """Every finding as (rule, row), in order."""
    each = across_findings(decided_pairs(store), frames(**cards), cancers, HOME, AS_OF)
    rows = pl.concat(each.values())
    assert set(rows["rule_id"]) <= {rule.rule_id for rule in ACROSS_RULES}
    return sorted(rows.select("rule_id", "row_index").iter_rows())


DEATH: list[dict[str, Any]] = [{}]  # p1 died on 2025-03-01 of a stroke
DIED = {"death_date": date(2025, 3, 1)}


def test_cards_that_agree_make_no_finding(store):
    patient = DIED | {"death_cause_class": "0"}
    assert found(store, death=DEATH, cardio=[patient], tumour=[{}], diabetes=[DIED]) == []


@pytest.mark.parametrize("card_type", ["tumour", "cardio", "diabetes"])
def test_death_dates_that_disagree(store, card_type):
    other = {"death_date": date(2025, 3, 11)}
    rule = f"{card_type}.death_date_agrees_with_the_death_card"
    assert found(store, death=DEATH, **{card_type: [DIED, other]}) == [(rule, 1)]


@pytest.mark.parametrize(
    ("card_type", "cause", "value", "disagrees"),
    [
        ("cardio", "I63.9", "0", False),
        ("cardio", "V87.7", "0", True),
        ("cardio", "R99", "0", False),  # an unknown cause contradicts nothing
        ("cardio", "I21.9", "1", True),
        ("cardio", "I10", "1", False),
        ("tumour", "C34.9", "2", True),
        ("tumour", "D37.0", "1", False),
        ("tumour", "I21.9", "1", True),
        ("tumour", "I21.9", "2", False),
        ("diabetes", "E11.2", "1", False),
        ("diabetes", "E11.2", "2", True),
        ("diabetes", "I21.9", "1", True),
    ],
)
def test_causes_that_disagree(store, card_type, cause, value, disagrees):
    cards = {card_type: [DIED | {"death_cause_class": value}]}
    rule = f"{card_type}.death_cause_agrees_with_the_death_card"
    deaths = [{"underlying_cause": cause}]
    assert found(store, death=deaths, **cards) == ([(rule, 0)] if disagrees else [])


@pytest.mark.parametrize(
    ("died_on", "is_asked"),
    [
        (date(2025, 3, 20), True),
        (date(2025, 12, 20), False),  # the death card may still be on its way
        (date(2019, 3, 1), False),  # the home has no death cards of that month
    ],
)
def test_a_death_date_without_a_death_card(store, died_on, is_asked):
    # Somebody else's death cards: the home knows March and December 2025.
    deaths = [
        {"person_id": "x", "name": "虚构乙", "birth_date": date(1930, 5, 5)},
        {"person_id": "y", "name": "虚构丙", "sex": "2", "birth_date": date(1941, 9, 9),
         "death_date": date(2025, 12, 3)},
    ]  # fmt: skip
    rule = "tumour.death_is_known_from_a_death_card"
    asked = found(store, death=deaths, tumour=[{"death_date": died_on}])
    assert asked == ([(rule, 0)] if is_asked else [])


def test_a_death_card_that_may_be_the_patients_is_no_missing_one(store):
    # Same name, sex and day of birth, no number on the card: another person_id, probably he.
    deaths = [{"person_id": "x", "id_number": "330329195001010010"}]
    assert found(store, death=deaths, tumour=[DIED]) == []


def test_people_of_another_county_die_in_its_books(store):
    deaths = [{"person_id": "x", "name": "虚构乙", "birth_date": date(1930, 5, 5)}]
    assert found(store, death=deaths, tumour=[DIED | {"area_code": "330302"}]) == []


def test_a_registrys_own_records_are_not_asked_about(store):
    deaths = [{"person_id": "x", "name": "虚构乙", "birth_date": date(1930, 5, 5)}]
    assert found(store, death=deaths, tumour=[DIED | {"is_registry_record": True}]) == []


@pytest.mark.parametrize(
    ("card_type", "card", "is_late"),
    [
        ("cardio", {"onset_date": date(2025, 3, 1)}, False),
        ("cardio", {"onset_date": date(2025, 3, 2)}, True),
        ("diabetes", {"diagnosis_date": date(2025, 3, 2)}, True),
        ("diabetes", {"diagnosis_date": date(2025, 3, 2), "card_kind": "2"}, False),
        ("tumour", {"diagnosis_date": date(2025, 3, 31)}, False),  # pathology after the death
        ("tumour", {"diagnosis_date": date(2025, 4, 1)}, True),
        ("tumour", {"last_contact_date": date(2025, 6, 1), "vital_status": "1"}, True),
        ("tumour", {"last_contact_date": date(2025, 6, 1), "vital_status": "2"}, False),
    ],
)
def test_nobody_falls_ill_after_the_death(store, card_type, card, is_late):
    rule = f"{card_type}.patient_lived_when_it_happened"
    rows = found(store, death=DEATH, **{card_type: [card]})
    assert [row for row in rows if row[0] == rule] == ([(rule, 0)] if is_late else [])


def test_without_a_death_card_another_incidence_card_tells_of_the_death(store):
    later = {"onset_date": date(2025, 5, 1)}
    rows = found(store, tumour=[DIED], cardio=[later])
    assert rows == [("cardio.patient_lived_when_it_happened", 0)]


@pytest.mark.parametrize(
    ("onset", "is_wrong"), [(date(2024, 1, 29), False), (date(2024, 1, 30), True)]
)
def test_a_first_ever_event_has_no_event_28_days_before(store, onset, is_wrong):
    # Day 28 is still the same event: the repeated card is another rule's business.
    second = {"onset_date": onset, "event_date": onset, "first_ever": "1"}
    rule = "cardio.first_ever_agrees_with_earlier_cards"
    assert found(store, cardio=[{}, second]) == ([(rule, 1)] if is_wrong else [])


def test_a_first_infarction_after_a_stroke_is_a_first_one(store):
    later = date(2024, 6, 1)
    infarction = {"event_class": "coronary", "event_date": later, "onset_date": later}
    assert found(store, cardio=[{}, infarction | {"first_ever": "1"}]) == []


@pytest.mark.parametrize(
    ("onset", "is_fatal"),
    [(date(2025, 3, 1), True), (date(2025, 2, 1), True), (date(2025, 1, 31), False)],
)
def test_a_death_within_28_days_is_on_the_card(store, onset, is_fatal):
    event = {"onset_date": onset, "event_date": onset}
    rule = "cardio.death_within_28_days_is_on_the_card"
    assert found(store, death=DEATH, cardio=[event]) == ([(rule, 0)] if is_fatal else [])


def test_people_known_by_name_only_are_not_put_beside_each_other(store):
    unsure = {"is_sure_person": False}
    assert found(store, death=[unsure], cardio=[unsure | {"onset_date": date(2025, 6, 1)}]) == []


def test_a_person_with_two_death_cards_says_nothing(store):
    two = [{}, {"death_date": date(2025, 4, 1)}]
    assert found(store, death=two, cardio=[{"onset_date": date(2025, 6, 1)}]) == []


@pytest.mark.parametrize(("registered", "differs"), [("C34", True), ("C20", False), ("C18", False)])
def test_a_cancer_death_is_of_the_registered_group_of_sites(store, registered, differs):
    # C18 and C20 are one group: colon and rectum.
    match = {
        "death_card_id": "death1", "list": "underlying", "icd10_category": "C18",
        "matched_by": "person", "is_same_category": registered == "C18",
        "tumour_category": registered,
    }  # fmt: skip
    cancers = pl.concat([NO_CANCERS, pl.DataFrame([match])], how="diagonal_relaxed")
    rule = "death.cancer_agrees_with_the_tumour_card"
    assert found(store, cancers, death=DEATH) == ([(rule, 0)] if differs else [])


def test_every_declared_rule_is_tested_here():
    source = Path(__file__).read_text("utf-8")
    names = {rule.rule_id.partition(".")[2] for rule in ACROSS_RULES}
    assert {name for name in names if name not in source} == set()


def listed(store: Store, **cards: list[dict[str, Any]]) -> list[tuple[object, ...]]:
    rows = deaths_without_case(store, frames(**cards), NO_CANCERS, HOME)
    return rows.select("card_id", "disease", "assignee_org", "death_month", "since_on").rows()


@pytest.mark.parametrize(
    ("cause", "cards", "disease"),
    [
        ("I63.9", {}, "stroke"),
        ("I63.9", {"cardio": [{}]}, None),
        ("I63.9", {"cardio": [{"icd10": "I21.9"}]}, "stroke"),  # another disease's card
        ("I63.9", {"cardio": [{"card_status": "5"}]}, "stroke"),  # a deleted card
        ("I46.1", {}, "coronary"),
        ("I25.1", {"cardio": [{"icd10": "I21.9"}]}, None),
        ("E14.9", {}, "diabetes"),
        ("E14.9", {"diabetes": [{}]}, None),
        ("I69.3", {}, None),  # sequelae are no event
        ("J18.9", {}, None),
    ],
)
def test_a_death_from_a_reported_disease_is_listed_unless_a_card_is_known(
    store, cause, cards, disease
):
    row = ("death1", disease, "T1", "2025-03", date(2025, 3, 5))
    assert listed(store, death=[{"underlying_cause": cause}], **cards) == ([row] if disease else [])


def test_a_probable_person_is_shown_and_a_sure_one_taken(store):
    deaths = [{"person_id": "x", "id_number": "330329195001010010"}]
    maybe = {"town_code": "330329101", "birth_date": date(1950, 1, 10)}
    assert listed(store, death=deaths, cardio=[{}]) == []  # name, sex, birth date and town agree
    rows = deaths_without_case(store, frames(death=deaths, cardio=[maybe]), NO_CANCERS, HOME)
    assert rows.select("possible_card_type", "possible_card_id").rows() == [("cardio", "cardio1")]


def test_a_pair_told_apart_or_together_is_not_asked_about_again(store):
    deaths = [{"person_id": "x", "id_number": "330329195001010010"}]
    maybe = {"town_code": "330329101", "birth_date": date(1950, 1, 10)}
    say = "insert into state.pair_decision values ('death','death1','cardio','cardio1',?,'张',?)"
    store.connection.execute(say, ["different", datetime(2025, 4, 1)])
    rows = deaths_without_case(store, frames(death=deaths, cardio=[maybe]), NO_CANCERS, HOME)
    assert rows["possible_card_id"].to_list() == [None]
    store.connection.execute(say, ["same", datetime(2025, 5, 1)])
    assert listed(store, death=deaths, cardio=[maybe]) == []


def test_the_list_names_nobody():
    names = {"name", "id_number", "birth_date", "person_id", "death_date", "phone"}
    assert names & LIST.keys() == set()
