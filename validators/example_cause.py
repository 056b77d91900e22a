"""Examples of the rules on causes, chains, mothers, newborns, persons and deadlines of death cards.

Codes stand for their kind: an ulcer (K25.4) that nothing is said against, pneumonia (J18.9) that
may be due to anything.
"""

from collections.abc import Callable
from datetime import date, timedelta

from validators import cause_table
from validators.cause_code import codes, members
from validators.change import FILLED, Change, Example, Needs, event_of, own_number, shifted
from validators.example_death import child, man, woman
from validators.example_kind import certificate, only
from validators.sound import Card

_ADULT: Needs = {"age": ("20", "99")}
#: Certificates of these days do not exist yet where a sample is made: never planted.
_NEVER: Needs = {"death_date": ("2026-07-20",)}
NEW_FORM: Change = {
    "death_date": "2026-07-20",
    "report_date": "2026-07-21",
    "created_time": "2026-07-21 09:00:00",
    "hospital_audit_time": "2026-07-22 10:00:00",
    "county_audit_time": "2026-07-23 11:00:00",
    "updated_time": "2026-07-23 11:00:00",
}


def _days_old(days: int) -> Callable[[Card], str | None]:
    def value(card: Card) -> str | None:
        event = event_of(card)
        return None if event is None else (event - timedelta(days=days)).isoformat()

    return value


#: A boy who lived three days.
NEWBORN: Change = child(0) | {"birth_date": _days_old(3), "id_number": own_number}


def _visited_late(card: Card) -> str:
    return (
        date.fromisoformat(str(card["county_audit_time"])[:10]) + timedelta(days=90)
    ).isoformat()


def _created_late(card: Card) -> str:
    return (
        date.fromisoformat(str(card["report_date"])) + timedelta(days=40)
    ).isoformat() + " 09:00:00"


_LATE: Change = {
    "created_time": _created_late,
    "hospital_audit_time": shifted("created_time", 0),
    "county_audit_time": shifted("created_time", 0),
}
_REPORTED: Needs = {"report_date": (FILLED,)}

_CAUSE: dict[str, Example] = {
    "underlying_cause_is_acceptable": (only("I32.0"), {}),
    "underlying_cause_is_specific": (certificate("J18.9", "R40.2"), {}),
    "underlying_cause_needs_no_inquiry": (only("U09.9"), {}),
    "underlying_cause_can_cause_death": (only("H26.9"), {}),
    "underlying_cause_matches_sex": (man(60) | only("C53.9"), _ADULT),
    "underlying_cause_is_likely_for_sex": (man(60) | only("M80.0"), _ADULT),
    "underlying_cause_is_usual_for_sex": (man(60) | only("C50.9"), _ADULT),
    "underlying_cause_is_possible_at_this_age": (certificate("J18.9", "R95.0"), _ADULT),
    "underlying_cause_is_usual_at_this_age": (man(30) | only("G30.9"), _ADULT),
    "underlying_cause_is_not_rare": (only("A82.9") | {"death_place": "1"}, {}),
    "underlying_cause_is_not_eradicated": (only("B03") | {"death_place": "1"}, {}),
    "underlying_cause_matches_birth": (NEWBORN | only("P07.0") | {"birth_weight_g": "1500"}, {}),
    "neonatal_cause_is_perinatal": (NEWBORN | only("J18.9"), {}),
    "infectious_disease_death_is_not_at_home": (only("A16.2") | {"death_place": "3"}, _ADULT),
    "underlying_cause_is_not_inferred": (only("C16.9") | {"diagnosis_basis": "6"}, _ADULT),
    "underlying_cause_is_on_the_certificate": (
        certificate("K92.2", "C16.9", underlying="K25.4"),
        _ADULT,
    ),
    "underlying_cause_is_in_part_one": (
        certificate("J18.9", underlying="K25.4", other="K25.4"),
        _ADULT,
    ),
    "underlying_cause_is_not_only_the_direct_cause": (
        certificate("K25.4", "K29.7", underlying="K25.4"),
        _ADULT,
    ),
    "underlying_cause_follows_linkage": (certificate("I61.9", "I10"), _ADULT),
    "tabulation_no_is_filled": ({"tabulation_no": None}, {}),
}

_CHAIN: dict[str, Example] = {
    "terminal_state_is_not_alone": (only("J96.9"), {}),
    "injury_has_an_external_cause": (certificate("J18.9", "K25.4", other="S06.9"), _ADULT),
    "external_cause_has_an_injury": (certificate("J18.9", "W19"), _ADULT),
    "chain_has_no_gap": (certificate("K92.2", None, "K25.4"), _ADULT),
    "chain_repeats_no_code": (certificate("K25.4", "K25.4"), _ADULT),
    "causal_sequence_is_possible": (
        certificate("J18.9", "E11.9", "K80.2", underlying="E11.9"),
        _ADULT,
    ),
    "causal_sequence_is_likely": (certificate("K92.2", "J96.9", "K25.4"), _ADULT),
    "chain_starts_with_a_disease": (
        certificate("J18.9", "K25.4", "R40.2", underlying="K25.4"),
        _ADULT,
    ),
    "external_cause_is_below_injury": (
        certificate("J18.9", "W19", "S06.9", underlying="W19"),
        _ADULT,
    ),
    "intervals_grow_from_a_to_d": (
        certificate("K92.2", "K25.4") | {"interval_a": "3天", "interval_b": "1天"},
        _ADULT,
    ),
    "intervals_are_within_life": (only("K25.4") | {"interval_a": "200年"}, _ADULT),
    "onset_is_not_after_death": (only("K25.4") | {"interval_a": "-3天"}, _ADULT),
    "intervals_are_readable": (only("K25.4") | {"interval_a": "甲乙"}, _ADULT),
    "chain_is_complete_by_own_standard": (certificate("K92.2", None, "K25.4"), _ADULT),
    "words_agree_with_codes": (only("K25.4") | {"cause_a_text": "肺癌"}, _ADULT),
    "vague_words_have_a_history": (
        only("K25.4") | {"cause_a_text": "来院已死", "history": None},
        _ADULT,
    ),
}

_PERSON: dict[str, Example] = {
    "death_in_pregnancy_has_a_maternal_cause": (woman(30, "1") | only("K25.4"), _ADULT),
    "maternal_cause_has_a_pregnancy": (woman(30, "2") | only("O72.1"), _ADULT),
    "vague_cause_of_a_woman_is_checked_for_pregnancy": (
        woman(30, "2") | certificate("J18.9", "I26.9"),
        _ADULT,
    ),
    "infection_in_pregnancy_is_coded_to_o98": (
        woman(30, "1") | only("B20.0") | {"death_place": "1"},
        _ADULT,
    ),
    "birth_weight_is_plausible": ({"birth_weight_g": "200"}, {}),
    "birth_weight_suits_gestation": ({"birth_weight_g": "500", "gestation_weeks": "40"}, {}),
    "gestation_is_plausible": ({"gestation_weeks": "10"}, {}),
    "malformation_is_on_the_certificate": (only("K25.4") | {"malformation_icd10": "Q21.0"}, {}),
    "is_infant_agrees_with_age": ({"is_infant": "1"}, _ADULT),
    "is_under_five_agrees_with_age": ({"is_under_five": "1"}, _ADULT),
    "stated_age_agrees_with_dates": ({"stated_age": "1", "age_unit": "岁"}, _ADULT),
    "age_is_under_120": (man(120), _ADULT),
    "certificate_no_is_the_document_number": (NEW_FORM | {"certificate_no": "1"}, _NEVER),
    "marital_status_under_20_is_unmarried": (child(17) | {"marital_status": "2"}, {}),
    "student_is_at_most_30": (man(40) | only("J18.9") | {"occupation": "31"}, _ADULT),
    "unemployed_is_at_most_60": (man(70) | only("J18.9") | {"occupation": "70"}, _ADULT),
    "student_has_been_to_school": (child(10) | {"schooling_text": "文盲"}, {}),
    "schooling_of_the_impaired_is_lowest": ({"is_impaired": "1", "education": "2"}, _ADULT),
}

_DEADLINE: dict[str, Example] = {
    "created_within_15_days_of_report": (_LATE, _REPORTED),
    "created_within_15_working_days_of_report": (NEW_FORM | _LATE, _NEVER),
    "created_within_5_working_days_of_report": (NEW_FORM | _LATE, _NEVER),
    "hospital_audit_within_7_days": ({"hospital_audit_time": shifted("created_time", 30)}, {}),
    "county_audit_within_7_days_of_creation": (
        {"county_audit_time": shifted("created_time", 30)},
        {},
    ),
    "first_visit_within_7_days": (
        {"first_visit_date": _visited_late},
        {"county_audit_time": (FILLED,)},
    ),
}


def _garbage() -> dict[str, Example]:
    """Return the first code of every scheme and level as underlying cause; only counted."""
    found: dict[str, Example] = {}
    for scheme, level, ranges in cause_table.garbage().select("scheme", "level", "codes").rows():
        first = str(codes().filter(members(ranges))[0])
        found[f"underlying_cause_is_not_{scheme.lower()}_{level}"] = (only(first), {})
    return found


def examples() -> dict[str, Example]:
    """Return an example of every rule that comes from a table or a list of `Facts`."""
    found = _CAUSE | _garbage() | _CHAIN | _PERSON | _DEADLINE
    made = {f"death.{name}": example for name, example in found.items()}
    late = {"first_visit_date": _visited_late}
    audit: Change = {"hospital_audit_time": shifted("created_time", 30)}
    for card_type in ("tumour", "cardio", "diabetes"):
        needs: Needs = {"county_audit_time": (FILLED,)}
        made[f"{card_type}.first_visit_within_30_days"] = (dict(late), needs)
        made[f"{card_type}.hospital_audit_within_7_days"] = (dict(audit), {})
    return made
