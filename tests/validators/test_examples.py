"""Every rule has an example that breaks it and nothing but what it implies."""

import pytest
from judge import rules_broken_by

from validators.catalogue import CARD_TYPES, all_rules
from validators.change import Change, aged, changed
from validators.example import CHANGES, EXAMPLES, fits, plant
from validators.example_kind import CORONARY, DEAD, elsewhere, only
from validators.sound import SOUND, Card

RULES = {rule.rule_id: rule for card_type in CARD_TYPES for rule in all_rules(card_type)}
#: Rules that are only counted describe many sound cards: they accuse nobody.
COUNTED = {rule_id for rule_id, rule in RULES.items() if rule.facts.channel == "statistic"}
WOMAN = aged(30, sex="2") | {"pregnancy": "2"}
#: Other sound cards, as unlike the first as may be.
OTHERS: dict[str, list[Change]] = {
    "death": [
        WOMAN,
        aged(3, sex="1") | {"marital_status": "1"} | only("J18.9"),
        only("C16.9") | {"card_kind": None},
        {"id_type": "3", "id_number": "E12345678"},
        {"audit_status": "1", "county_audit_time": None, "card_kind": "2"},
        elsewhere("registered") | elsewhere("residence"),
    ],
    "tumour": [
        aged(50, sex="2") | {"icd10": "C50.9", "topography": "C50.9", "site_text": "左乳腺"},
        DEAD | {"card_status": "7", "vital_status": "2"},
        {"id_number": None, "morphology": None, "behaviour": None, "topography": None},
        {"card_kind": "2", "diagnosis_basis": "10", "inpatient_no": None, "outpatient_no": None},
    ],
    "cardio": [
        aged(60, sex="2") | CORONARY,
        DEAD | {"death_cause_class": "0", "card_status": "7"},
        CORONARY | DEAD | {"coronary_type": "3", "icd10": "I25.1", "death_cause_class": "0"},
    ],
    "diabetes": [
        aged(28, sex="2") | {"icd10": "O24.4", "diabetes_type": "3"},
        DEAD | {"card_status": "7"},
        {"fasting_glucose": None, "total_cholesterol": None, "weight_kg": None},
    ],
}


@pytest.mark.parametrize("card_type", SOUND)
def test_a_sound_card_breaks_no_rule(card_type: str) -> None:
    assert rules_broken_by(card_type, [SOUND[card_type]])[0] - COUNTED == set()


def test_every_rule_has_an_example_and_every_example_a_rule() -> None:
    assert set(EXAMPLES) == set(RULES)


@pytest.mark.parametrize("card_type", SOUND)
def test_one_change_breaks_one_rule_and_what_it_implies(card_type: str) -> None:
    ids = [rule_id for rule_id in EXAMPLES if rule_id.startswith(f"{card_type}.")]
    cards = [SOUND[card_type] | EXAMPLES[rule_id] for rule_id in ids]
    assert _wrong(ids, rules_broken_by(card_type, cards)) == []


@pytest.mark.parametrize("card_type", OTHERS)
def test_a_fault_planted_on_another_sound_card_breaks_the_same_rule(card_type: str) -> None:
    ids, planted = [], []
    for change in OTHERS[card_type]:
        card = changed(SOUND[card_type], change)
        ids.append("sound")
        planted.append(card)
        for rule_id in CHANGES:
            if rule_id.startswith(f"{card_type}.") and fits(rule_id, card):
                ids.append(rule_id)
                planted.append(plant(rule_id, card))
    broken = rules_broken_by(card_type, planted)
    assert _wrong(ids, broken) == []


def test_a_card_without_the_preconditions_does_not_fit() -> None:
    woman = changed(SOUND["death"], WOMAN)
    assert not fits("death.pregnancy_is_empty_for_a_man", woman)
    assert fits("death.pregnancy_is_empty_for_a_man", SOUND["death"])


def _wrong(ids: list[str], broken: list[set[str]]) -> list[tuple[str, set[str]]]:
    """Return the examples that break other rules than they should, and the difference.

    Rules that are only counted must fail their own example; what else they count is no matter.
    """
    wrong = []
    for rule_id, found in zip(ids, broken, strict=True):
        if rule_id in COUNTED:
            if rule_id not in found:
                wrong.append((rule_id, {rule_id}))
            continue
        right = {rule_id, *RULES[rule_id].implies} if rule_id in RULES else set()
        if found - COUNTED != right:
            wrong.append((rule_id, (found - COUNTED) ^ right))
    return wrong


#: Certificates with one cause.
NEWBORN, CERVIX, PENIS, PROSTATE = (
    changed({}, only(code)) for code in ("P22.0", "C53.9", "D07.4", "C61")
)
NEAR_MISSES: list[tuple[str, Card]] = [
    ("death", {"birth_date": "2024-03-05", "id_number": None, "id_type": "9", "occupation": "90",
               "marital_status": "1", **NEWBORN}),  # died on the day of birth
    ("death", {"birth_date": None}),  # a partial date below; here nothing to compare
    ("death", {"sex": "9", **CERVIX}),  # sex not stated: cannot be judged
    ("death", {**PENIS}),  # male organ, printed among the female ones
    ("death", {**PROSTATE}),
    ("death", {"report_date": "2024-03-05"}),  # reported on the day of death
    ("death", {"cause_c": None, "interval_c": "1年"}),  # an interval without a cause is no fault
    ("death", {"registered_county": "330322", "registered_town": None, "death_date": "2015-05-01"}),
    ("tumour", {"diagnosis_basis": "10", "card_kind": "2", "pathology_text": None}),
    # ICD-10 has C73 undivided
    ("tumour", {"icd10": "C73.9", "topography": "C73.9", "site_text": "甲状腺"}),
    ("tumour", {"death_date": None}),
    ("tumour", {"registered_county": "330322", "registered_town": None,
                "diagnosis_date": "2015-05-01"}),
    ("cardio", {"stroke_type": "4", "icd10": "I63.1"}),  # 4 is embolism, as in the field list
    ("cardio", {"stroke_type": "5", "icd10": "I63.3"}),
    ("cardio", {"stroke_type": "3", "icd10": "I63.8"}),
    ("diabetes", {"fasting_glucose": "33.3"}),
    ("diabetes", {"icd10": "H28.0", "diabetes_type": "4"}),
    ("diabetes", {"weight_kg": "99.9", "height_cm": "240"}),
    ("population", {"population": "0"}),
    ("population", {"age_group": "5-9"}),
    ("benchmark", {"low": None, "high": None}),
]  # fmt: skip


@pytest.mark.parametrize("card_type", sorted({card_type for card_type, _ in NEAR_MISSES}))
def test_near_misses_pass(card_type: str) -> None:
    changes = [change for kind, change in NEAR_MISSES if kind == card_type]
    broken = rules_broken_by(card_type, [SOUND[card_type] | change for change in changes])
    for change, rules in zip(changes, broken, strict=True):
        absent = {f"{card_type}.{name}.missing" for name, value in change.items() if value is None}
        assert rules - COUNTED <= absent, change
