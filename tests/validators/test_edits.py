"""The provincial edits at their limits, with the errors of the printed list put right."""

import pytest
from judge import rules_broken_by

from validators.catalogue import rules
from validators.change import Change, aged, changed
from validators.example_kind import CORONARY, DEAD, STROKE, only
from validators.sound import SOUND

CHILD: Change = {"marital_status": "1", "education": "7", "occupation": "90", "pregnancy": None}
PATIENT: Change = {
    "occupation": "I",
    "job": "I0",
    "topography": None,
    "morphology": None,
    "behaviour": None,
    "site_text": "部位",
    "pathology_text": "肿瘤",
}


def dead(years: int, sex: str, cause: str, **more: str | None) -> Change:
    child = CHILD if years < 15 else {}
    pregnancy = {"pregnancy": "2" if sex == "2" else None}
    return aged(years, sex) | child | pregnancy | only(cause) | more


def ill(years: int, sex: str, icd10: str, **more: str | None) -> Change:
    return aged(years, sex) | PATIENT | {"icd10": icd10} | more


def days_old(days: int) -> Change:
    birth = {0: "2024-03-05", 27: "2024-02-07", 28: "2024-02-06"}[days]
    return (
        {
            "birth_date": birth,
            "id_type": "9",
            "id_number": None,
        }
        | CHILD
        | only("P22.0")
    )


AGE, SEX = "underlying_cause_is_likely_at_this_age", "underlying_cause_matches_sex"
MATERNAL, PERINATAL = "maternal_cause_is_at_15_to_50", "perinatal_cause_is_under_28_days"
SITE, FORM = "icd10_is_likely_at_this_age", "morphology_is_likely_at_this_age"
ONSET = "onset_is_at_35_to_99"

DEATH: list[tuple[Change, set[str]]] = [
    (dead(14, "1", "C34.9"), {AGE}),
    (dead(15, "1", "C34.9"), set()),
    (dead(14, "1", "X70"), {AGE}),
    (dead(14, "1", "A16.9"), {AGE}),
    (dead(14, "1", "A17.0"), set()),
    (dead(19, "1", "B65.9"), {AGE}),
    (dead(20, "1", "B65.9"), set()),
    (dead(29, "1", "J44.9"), {AGE}),
    (dead(30, "1", "J44.9"), set()),
    (dead(49, "1", "N40"), {AGE}),
    (dead(50, "1", "N40"), set()),
    (dead(61, "1", "Q21.0"), {AGE}),
    (dead(60, "1", "Q21.0"), set()),
    (dead(60, "2", "N40"), {SEX}),
    (dead(60, "2", "C61"), {SEX}),
    (dead(60, "2", "D07.5"), {SEX}),
    (dead(60, "1", "D07.5"), set()),
    (dead(60, "1", "D07.3"), {SEX}),
    (dead(60, "1", "C79.6"), {SEX}),
    (dead(60, "1", "O72.1"), {SEX}),
    (dead(14, "2", "O72.1"), {MATERNAL}),
    (dead(15, "2", "O72.1"), set()),
    (dead(50, "2", "O72.1"), set()),
    (dead(51, "2", "O72.1"), {MATERNAL}),
    (days_old(27), set()),
    (days_old(28), {PERINATAL}),
    (dead(1, "1", "P22.0"), {PERINATAL}),
    (dead(9, "2", "J18.9", pregnancy=None), {"pregnancy_is_filled_at_other_ages"}),
    (dead(10, "2", "J18.9", pregnancy=None), {"pregnancy.missing"}),
    (dead(54, "2", "J18.9", pregnancy=None), {"pregnancy.missing"}),
    (dead(55, "2", "J18.9", pregnancy=None), {"pregnancy_is_filled_at_other_ages"}),
]

TUMOUR: list[tuple[Change, set[str]]] = [
    (ill(2, "1", "C81.9"), {SITE}),
    (ill(3, "1", "C81.9"), set()),
    (ill(5, "1", "C44.9"), {SITE}),
    (ill(6, "1", "C44.9"), set()),
    (ill(3, "1", "C64"), {SITE}),
    (ill(3, "1", "C64", morphology="8960", behaviour="3"), set()),
    (ill(3, "1", "C22.2", morphology="8970", behaviour="3"), set()),
    (ill(6, "1", "C22.2", morphology="8970", behaviour="3"), {SITE}),
    (ill(6, "1", "C69.2"), {SITE}),
    (ill(5, "1", "C69.2"), set()),
    (ill(14, "1", "C45.0"), {SITE}),
    (ill(39, "1", "C61"), {SITE}),
    (ill(40, "1", "C61"), set()),
    (ill(30, "2", "C61"), {"icd10_matches_sex"}),
    (ill(19, "2", "C53.9"), {SITE}),
    (ill(20, "2", "C53.9"), set()),
    (ill(19, "1", "C17.9", morphology="8140", behaviour="3"), {SITE}),
    (ill(19, "1", "C17.9", morphology="9680", behaviour="3"), set()),
    (ill(19, "1", "C34.9", morphology="8140", behaviour="3"), {SITE}),
    (ill(19, "1", "C34.9", morphology="8240", behaviour="3"), set()),
    (ill(46, "2", "C58", morphology="9100", behaviour="3"), {SITE}),
    (ill(45, "2", "C58", morphology="9100", behaviour="3"), set()),
    (ill(25, "1", "C90.0", morphology="9732", behaviour="3"), {FORM}),
    (ill(26, "1", "C90.0", morphology="9732", behaviour="3"), set()),
    (ill(10, "1", "C74.9", morphology="9500", behaviour="3"), {FORM}),
    (ill(9, "1", "C64", morphology="8960", behaviour="3"), {FORM}),
    (ill(60, "1", "C50.9"), {"breast_cancer_is_in_a_woman"}),
    (ill(4, "1", "C71.9", occupation="J", job="J0"), set()),
    (ill(4, "1", "C71.9", occupation="K", job="K0"), {"occupation_under_6_is_child_or_student"}),
]

CARDIO: list[tuple[Change, set[str]]] = [
    (aged(34), {ONSET}),
    (aged(35), set()),
    (aged(99), set()),
    (aged(100), {ONSET}),
    (STROKE | {"stroke_type": "4", "icd10": "I63.4"}, set()),
    (STROKE | {"stroke_type": "4", "icd10": "I63.3"}, {"stroke_type_matches_icd10"}),
    (STROKE | {"stroke_type": "3", "icd10": "I63.3"}, {"stroke_type_matches_icd10"}),
    (STROKE | {"stroke_type": "6", "icd10": "I64"}, set()),
    (STROKE | {"stroke_type": "3", "icd10": "I69.3"}, {"icd10_is_a_stroke_code"}),
    (CORONARY | {"icd10": "I22.9"}, set()),
    (CORONARY | {"coronary_type": "2", "icd10": "I46.1"}, set()),
    (CORONARY | {"coronary_type": "2", "icd10": "I46.0"}, {"sudden_death_is_i46_1"}),
    (CORONARY | {"coronary_type": "3", "icd10": "I25.1"}, {"death_date.missing"}),
    (CORONARY | DEAD | {"coronary_type": "3", "icd10": "I25.1"}, set()),
    (CORONARY | DEAD | {"coronary_type": "3", "icd10": "I21.9"}, {"icd10_matches_coronary_type"}),
]

DIABETES: list[tuple[Change, set[str]]] = [
    ({"weight_kg": "100"}, {"weight_is_under_100_kg"}),
    ({"weight_kg": "201"}, {"weight_kg.out_of_range"}),
    ({"height_cm": "39.9"}, {"height_cm.out_of_range"}),
    ({"fasting_glucose": "126"}, {"fasting_glucose.out_of_range"}),
    (aged(99), set()),
    (aged(100), {"age_at_diagnosis_is_under_100"}),
    ({"icd10": "E12.9", "diabetes_type": "4"}, set()),
    ({"icd10": "N08.3", "diabetes_type": "2"}, {"diabetes_type_matches_icd10"}),
    ({"icd10": "E11.99"}, {"icd10.malformed"}),
    ({"icd10": "N08.2", "diabetes_type": "4"}, {"icd10_is_a_diabetes_code"}),
]
EDITS = {"death": DEATH, "tumour": TUMOUR, "cardio": CARDIO, "diabetes": DIABETES}


#: Rules that are only counted, and rules of other sources that these cards touch.
COUNTED = {
    rule.rule_id
    for card_type in EDITS
    for rule in rules(card_type)
    if rule.facts.channel == "statistic"
}
OTHERS = {
    "death.external_cause_has_an_injury",
    "death.marital_status_under_20_is_unmarried",
    "death.underlying_cause_is_not_rare",
    "death.underlying_cause_is_specific",
    "death.maternal_cause_has_a_pregnancy",
}


@pytest.mark.parametrize("card_type", EDITS)
def test_an_edit_fires_on_one_side_of_its_limit(card_type: str) -> None:
    cards = [changed(SOUND[card_type], change) for change, _ in EDITS[card_type]]
    for (change, expected), broken in zip(
        EDITS[card_type], rules_broken_by(card_type, cards), strict=True
    ):
        facts = {name: value for name, value in change.items() if isinstance(value, str)}
        found = {name.partition(".")[2] for name in broken - COUNTED - OTHERS}
        assert found == expected, facts
