"""Examples of the statements about tumour, cardiovascular and diabetes cards."""

from validators.change import Change, Example, aged, own_number, shifted
from validators.example_kind import CORONARY, DEAD, STROKE


def child(years: int, sex: str = "1") -> Change:
    """Return the change that makes the patient a child with sound boxes."""
    return aged(years, sex=sex) | {"occupation": "I", "job": "I0"}


_TUMOUR: dict[str, Example] = {
    "diagnosis_not_before_birth": (
        {"birth_date": shifted("diagnosis_date", 1), "id_number": own_number},
        {},
    ),
    "death_not_before_diagnosis": (DEAD | {"death_date": shifted("diagnosis_date", -1)}, {}),
    "report_not_before_diagnosis": ({"report_date": shifted("diagnosis_date", -1)}, {}),
    "outpatient_or_inpatient_no_is_filled": (
        {"outpatient_no": None, "inpatient_no": None},
        {"card_kind": ("1",)},
    ),
    "diagnosed_at_county_level_or_higher": ({"diagnosis_level": "4"}, {"card_kind": ("1",)}),
}

#: Nothing was examined, and nobody says that the event was inferred after death.
_NOT_EXAMINED: Change = {
    **{
        f"evidence_{name}": "4"
        for name in ("ecg", "enzymes", "csf", "angiography", "ct", "mri", "autopsy")
    },
    "inferred_after_death": "2",
}

_CARDIO: dict[str, Example] = {
    "report_not_before_diagnosis": ({"report_date": shifted("diagnosis_date", -1)}, {}),
    "coronary_or_stroke_type_is_filled": (STROKE | {"coronary_type": "1"}, {}),
    "icd10_matches_coronary_type": (CORONARY | {"icd10": "I20.0"}, {}),
    "sudden_death_is_i46_1": (CORONARY | {"coronary_type": "2", "icd10": "I46.9"}, {}),
    "icd10_is_a_stroke_code": (STROKE | {"icd10": "G45.9"}, {}),
    "stroke_type_matches_icd10": (STROKE | {"icd10": "I61.9"}, {}),
    "onset_not_before_birth": (
        {"birth_date": shifted("onset_date", 1), "id_number": own_number},
        {},
    ),
    "diagnosis_not_before_onset": ({"diagnosis_date": shifted("onset_date", -1)}, {}),
    "death_not_before_onset": (
        DEAD | {"death_cause_class": "0", "death_date": shifted("onset_date", -1)},
        {},
    ),
    "no_schooling_or_job_under_6": (
        child(4) | {"marital_status": "1", "education": "2"},
        {},
    ),
    "marital_status_under_15_is_unmarried": (aged(12) | {"marital_status": "2"}, {}),
    "onset_is_at_35_to_99": (aged(30), {}),
    "risk_history_none_stands_alone": ({"risk_history": "2,9"}, {}),
    "infarction_has_ecg_or_enzymes": (CORONARY | _NOT_EXAMINED, {}),
    "stroke_has_an_image": (STROKE | _NOT_EXAMINED, {}),
    "old_infarction_is_no_event": (
        CORONARY | DEAD | {"death_cause_class": "0", "coronary_type": "3", "icd10": "I25.2"},
        {},
    ),
    "onset_is_shortly_before_diagnosis": (
        {"onset_date": shifted("diagnosis_date", -400)},
        {"age": ("40", "95")},
    ),
}

_DIABETES: dict[str, Example] = {
    "diagnosis_not_before_birth": _TUMOUR["diagnosis_not_before_birth"],
    "death_not_before_diagnosis": _TUMOUR["death_not_before_diagnosis"],
    "report_not_before_diagnosis": _TUMOUR["report_not_before_diagnosis"],
    "icd10_is_a_diabetes_code": ({"icd10": "E16.2"}, {}),
    "icd10_matches_sex": ({"icd10": "O24.4", "diabetes_type": "3"}, {"sex": ("1",)}),
    "diabetes_type_matches_icd10": ({"icd10": "E11.9", "diabetes_type": "1"}, {}),
    "weight_is_under_100_kg": ({"weight_kg": "120"}, {}),
    "age_at_diagnosis_is_under_100": (aged(101), {}),
    "fasting_glucose_looks_like_mmol_per_l": ({"fasting_glucose": "40"}, {}),
    "random_glucose_looks_like_mmol_per_l": ({"random_glucose": "40"}, {}),
    "ogtt_glucose_looks_like_mmol_per_l": ({"ogtt_glucose": "40"}, {}),
    "glucose_supports_the_diagnosis": (
        {"fasting_glucose": "5.0", "random_glucose": None, "ogtt_glucose": None, "hba1c": None},
        {"icd10": ("E10.9", "E11.9", "E14.9")},
    ),
    "body_mass_index_is_likely": ({"height_cm": "100", "weight_kg": "90"}, {}),
    "total_cholesterol_looks_like_mg_per_dl": ({"total_cholesterol": "5.2"}, {}),
    "other_lipids_look_like_mg_per_dl": ({"hdl_cholesterol": "1.2"}, {}),
    "hba1c_looks_like_percent": ({"hba1c": "53"}, {}),
    "no_complication_stands_alone": ({"complications": "1,6"}, {}),
    "no_symptom_stands_alone": ({"symptoms": "1,11"}, {}),
}


def examples() -> dict[str, Example]:
    """Return an example of every statement about the three incidence cards."""
    return {
        f"{card_type}.{name}": example
        for card_type, part in (("tumour", _TUMOUR), ("cardio", _CARDIO), ("diabetes", _DIABETES))
        for name, example in part.items()
    }
