"""Examples of the rules on tumour codes, dates, states and texts."""

from validators.change import Change, Example, Needs, aged, shifted
from validators.example_kind import DEAD

_ADULT: Needs = {"age": ("30", "99")}
_MAN: Needs = _ADULT | {"sex": ("1",)}


def coded(
    topography: str | None,
    morphology: str | None,
    icd10: str,
    *,
    behaviour: str | None = "3",
    site: str = "部位",
    pathology: str = "肿瘤",
) -> Change:
    """Return the change that gives a card these codes, and words that say nothing of them."""
    return {
        "topography": topography,
        "morphology": morphology,
        "behaviour": behaviour,
        "icd10": icd10,
        "grade": None,
        "stage_t": None,
        "laterality": None,
        "site_text": site,
        "pathology_text": pathology,
    }


_PROVEN: Change = {"diagnosis_basis": "7", "pathology_no": "B0001"}
_CLINICAL: Change = {"diagnosis_basis": "1,2", "diagnosis_basis_national": None}
_CODES: dict[str, Example] = {
    "icd10_matches_sex": (coded(None, None, "C53.9"), _MAN),
    "breast_cancer_is_in_a_woman": (coded(None, None, "C50.9"), _MAN),
    "icd10_is_likely_at_this_age": (
        aged(12) | coded("C15.9", "8070", "C15.9") | {"occupation": "I", "job": "I0"},
        {},
    ),
    "morphology_is_likely_at_this_age": (
        aged(22) | coded("C42.1", "9732", "C90.0") | _PROVEN,
        {},
    ),
    "occupation_under_6_is_child_or_student": (
        aged(4) | coded("C71.6", "9470", "C71.6") | _PROVEN | {"occupation": "5", "job": "I0"},
        {},
    ),
    "behaviour_belongs_to_morphology": (
        coded("C42.1", "9732", "C90.0", behaviour="0") | {"diagnosis_basis": "7"},
        _ADULT,
    ),
    "topography_matches_sex": (coded("C53.9", None, "C76.3"), _MAN),
    "morphology_matches_sex": (coded("C76.3", "8441", "C76.3") | _PROVEN, _MAN),
    "morphology_occurs_at_site": (coded("C16.9", "8170", "C22.0") | _PROVEN, _ADULT),
    "behaviour_is_possible_at_site": (
        coded("C71.9", "8000", "C71.9", behaviour="2", pathology="未做病理")
        | _CLINICAL
        | {"stage": None, "stage_n": None, "stage_m": None},
        _ADULT,
    ),
    "behaviour_is_usual_for_morphology": (
        coded("C71.1", "9440", "D43.0", behaviour="1") | _PROVEN,
        _ADULT,
    ),
    "grade_matches_morphology": (
        coded("C16.9", "8140", "C16.9") | _PROVEN | {"grade": "6"},
        _ADULT,
    ),
    "morphology_has_microscopic_proof": (
        coded("C16.9", "8140", "C16.9", pathology="未做病理") | _CLINICAL | {"pathology_no": None},
        _ADULT,
    ),
    "tumour_is_likely_in_a_child": (
        aged(10) | coded("C64.9", "8963", "C64") | _PROVEN | {"occupation": "I", "job": "I0"},
        {},
    ),
    "tumour_is_likely_at_this_age": (
        aged(30) | coded("C71.6", "9470", "C71.6") | _PROVEN,
        {},
    ),
    "morphology_is_specified_in_a_small_child": (
        aged(3) | coded("C42.1", "9835", "C91.0") | _PROVEN | {"occupation": "I", "job": "I0"},
        {},
    ),
    "icd10_category_agrees_with_icdo3": (coded("C16.9", "8140", "C18.9") | _PROVEN, _ADULT),
    "icd10_agrees_with_icdo3": (coded("C16.9", "8140", "C16.1") | _PROVEN, _ADULT),
    "icd10_is_registrable": (coded(None, None, "D17.9"), _ADULT),
    "tumour_counts_as_new_case": (coded(None, None, "D01.0"), _ADULT),
    "behaviour_is_of_a_primary": (coded("C16.9", "8140", "C78.8", behaviour="6") | _PROVEN, _ADULT),
}
_COURSE: dict[str, Example] = {
    "diagnosis_year_not_before_birth": (
        {"birth_date": "2025", "id_number": None, "occupation": "I", "job": "I0"},
        {"diagnosis_date": ("2024-03-05",)},
    ),
    "death_year_not_before_diagnosis": (
        DEAD | {"death_date": "2023-12"},
        {"diagnosis_date": ("2024-03-05",)},
    ),
    "last_contact_not_before_diagnosis": (
        {"last_contact_date": shifted("diagnosis_date", -1), "vital_status": "9"},
        {},
    ),
    "last_contact_not_after_death": (
        DEAD | {"vital_status": "2", "last_contact_date": shifted("diagnosis_date", 1)},
        {},
    ),
    "follow_up_lasts_at_least_a_day": (
        {
            "death_date": None,
            "death_icd10": None,
            "death_cause_text": None,
            "death_cause_class": None,
            "card_status": "0",
            "vital_status": "1",
            "last_contact_date": shifted("diagnosis_date", 0),
        },
        {},
    ),
    "certificate_only_case_begins_at_death": (
        coded("C16.9", "8000", "C16.9", pathology="未做病理")
        | DEAD
        | {
            "death_date": shifted("diagnosis_date", 1),
            "diagnosis_basis": "10",
            "diagnosis_basis_national": "0",
        },
        {},
    ),
    "dead_patient_has_a_death_date": (
        {
            "card_status": "0",
            "vital_status": "2",
            "death_date": None,
            "death_icd10": None,
            "death_cause_text": None,
            "death_cause_class": None,
        },
        {},
    ),
    "dead_patient_is_not_alive": (DEAD | {"vital_status": "1"}, {}),
    "death_cause_class_agrees_with_death_icd10": (DEAD | {"death_cause_class": "2"}, {}),
    "distant_spread_is_stage_iv": (
        coded("C16.9", "8140", "C16.9") | _PROVEN | {"stage": "2", "stage_m": "1"},
        _ADULT,
    ),
    "in_situ_has_no_spread": (
        coded(None, None, "C16.9", behaviour="2") | _PROVEN | {"stage": "3"},
        _ADULT,
    ),
    "t_in_situ_has_behaviour_2": (
        coded("C16.9", "8140", "C16.9") | _PROVEN | {"stage_t": "6"},
        _ADULT,
    ),
    "blood_tumour_has_no_t": (
        coded("C42.1", "9732", "C90.0") | _PROVEN | {"stage_t": "2"},
        _ADULT,
    ),
    "side_is_of_a_paired_site": (
        coded("C16.9", "8140", "C16.9") | _PROVEN | {"laterality": "1"},
        _ADULT,
    ),
    "unknown_basis_stands_alone": (
        _PROVEN | {"diagnosis_basis": "7,9", "pathology_text": "肿瘤"},
        {},
    ),
    "both_bases_agree": (
        _PROVEN
        | {
            "diagnosis_basis": "2,7",
            "diagnosis_basis_national": "2",
            "pathology_text": "肿瘤",
        },
        {},
    ),
    "supplementary_card_shows_its_pathology": (
        {
            "card_kind": "2",
            "diagnosis_basis": "7",
            "pathology_no": None,
            "pathology_text": None,
        },
        {},
    ),
    "pathology_is_among_the_bases": (
        coded("C16.9", "8000", "C16.9", pathology="腺癌") | _CLINICAL,
        _ADULT,
    ),
    "histology_gives_a_morphology": (coded("C16.9", "8000", "C16.9") | _PROVEN, _ADULT),
    "site_text_agrees_with_code": (
        coded("C16.9", "8140", "C16.9", site="右肺上叶") | _PROVEN,
        _ADULT,
    ),
    "pathology_text_agrees_with_morphology": (
        coded("C16.9", "8140", "C16.9", pathology="鳞状细胞癌") | _PROVEN,
        _ADULT,
    ),
}
#: Kinds whose usual example would break a rule on codes as well.
_KINDS: dict[str, Example] = {
    "icd10.in_older_edition": (coded(None, None, "C85.0"), _ADULT),
    "pathology_text.missing": (
        {"diagnosis_basis": "7", "pathology_no": "B0001", "pathology_text": None},
        {},
    ),
    "icd10.without_fourth_character": (coded("C16.9", "8140", "C16") | _PROVEN, _ADULT),
    "death_icd10.not_in_icd10": ({"death_icd10": "K99.9", "death_cause_class": "2"}, {}),
    "death_icd10.without_fourth_character": (
        {"death_icd10": "K29", "death_cause_class": "2"},
        {},
    ),
    "death_icd10.in_older_edition": ({"death_icd10": "I84.1", "death_cause_class": "2"}, {}),
}


def examples() -> dict[str, Example]:
    """Return an example of every rule on tumour codes and course, by rule id."""
    parts = _CODES | _COURSE | _KINDS
    return {f"tumour.{name}": example for name, example in parts.items()}
