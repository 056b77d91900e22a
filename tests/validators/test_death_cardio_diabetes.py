"""Evidence against diagnosis, events against old disease, units: cardio and diabetes cards."""

import pytest
from judge import rules_broken_by

from validators.change import Change, changed, shifted
from validators.example_kind import CORONARY, DEAD, STROKE
from validators.sound import SOUND

NOTHING: Change = dict.fromkeys(
    [f"evidence_{name}" for name in
     ("ecg", "enzymes", "csf", "angiography", "ct", "mri", "autopsy")], "4"
)  # fmt: skip
ECG, IMAGE = "infarction_has_ecg_or_enzymes", "stroke_has_an_image"
ONSET = "onset_is_shortly_before_diagnosis"
OLD_FATAL = CORONARY | DEAD | {"coronary_type": "3", "death_cause_class": "0"}
CARDIO: list[tuple[Change, set[str]]] = [
    (CORONARY | NOTHING, {ECG}),
    (CORONARY | NOTHING | {"evidence_ecg": "3"}, set()),
    (CORONARY | NOTHING | {"evidence_enzymes": "1"}, set()),
    (CORONARY | NOTHING | {"inferred_after_death": "1"}, set()),
    (CORONARY | NOTHING | {"coronary_type": "2", "icd10": "I46.1"}, set()),
    (STROKE | NOTHING, {IMAGE}),
    (STROKE | NOTHING | {"evidence_mri": "2"}, set()),
    (STROKE | NOTHING | {"icd10": "I64", "stroke_type": "6"}, set()),
    (STROKE | {"icd10": "I69.3"}, {"icd10_is_a_stroke_code"}),
    (CORONARY | {"icd10": "I25.1"}, {"icd10_matches_coronary_type"}),
    (OLD_FATAL | {"icd10": "I25.2"}, {"old_infarction_is_no_event"}),
    (OLD_FATAL | {"icd10": "I25.1"}, set()),
    ({"onset_date": shifted("diagnosis_date", -180)}, set()),
    ({"onset_date": shifted("diagnosis_date", -181)}, {ONSET}),
    ({"onset_date": shifted("diagnosis_date", 1)}, {"diagnosis_not_before_onset"}),
    ({"report_date": shifted("diagnosis_date", -1)}, {"report_not_before_diagnosis"}),
]
NONE: Change = dict.fromkeys(["fasting_glucose", "random_glucose", "ogtt_glucose", "hba1c"])
SUPPORT = "glucose_supports_the_diagnosis"
DIABETES: list[tuple[Change, set[str]]] = [
    ({"fasting_glucose": "6.9"}, {SUPPORT}),
    ({"fasting_glucose": "7.0"}, set()),
    (NONE, set()),
    (NONE | {"hba1c": "6.5"}, set()),
    (NONE | {"random_glucose": "11"}, {SUPPORT}),
    ({"random_glucose": "33.4"}, {"random_glucose_looks_like_mmol_per_l"}),
    ({"ogtt_glucose": "33.3"}, set()),
    ({"ogtt_glucose": "40"}, {"ogtt_glucose_looks_like_mmol_per_l"}),
    ({"hba1c": "20"}, set()),
    ({"hba1c": "20.1"}, {"hba1c_looks_like_percent"}),
    ({"hdl_cholesterol": "46", "triglycerides": "150"}, set()),
    ({"hdl_cholesterol": "1.2", "triglycerides": "1.7"}, {"other_lipids_look_like_mg_per_dl"}),
    # One slip, one finding: total cholesterol speaks for all of them.
    (
        {"total_cholesterol": "5.2", "hdl_cholesterol": "1.2"},
        {"total_cholesterol_looks_like_mg_per_dl"},
    ),
    ({"weight_kg": "90", "height_cm": "100"}, {"body_mass_index_is_likely"}),
    ({"weight_kg": "30", "height_cm": "160"}, {"body_mass_index_is_likely"}),
    ({"weight_kg": "32", "height_cm": "160"}, set()),
    ({"weight_kg": None}, set()),
]


@pytest.mark.parametrize(("card_type", "cases"), [("cardio", CARDIO), ("diabetes", DIABETES)])
def test_a_rule_speaks_on_one_side_of_its_limit(
    card_type: str, cases: list[tuple[Change, set[str]]]
) -> None:
    cards = [changed(SOUND[card_type], change) for change, _ in cases]
    for (change, expected), broken in zip(cases, rules_broken_by(card_type, cards), strict=True):
        assert {name.partition(".")[2] for name in broken} == expected, sorted(change)
