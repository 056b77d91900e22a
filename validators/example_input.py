"""Examples of the statements about the other inputs."""

from validators.change import Example, own_number, shifted

_EXAMPLES: dict[str, Example] = {
    "institution.closed_not_before_opened": ({"closed_on": shifted("opened_on", -1)}, {}),
    "monthly_report.month_has_begun": ({"month": "2999-01"}, {}),
    "survey_case.event_not_before_birth": (
        {"birth_date": shifted("event_date", 1), "id_number": own_number},
        {},
    ),
    "survey_case.ineligible_reason_is_filled": (
        {"eligible": "0", "ineligible_reason": None},
        {},
    ),
    "platform_total.area_or_org_is_filled": ({"area_code": None, "org_code": None}, {}),
    "benchmark.value_lies_in_its_band": ({"low": "5", "value": "1", "high": "9"}, {}),
    "evidence.issuer_is_filled_when_done": ({"done": "1", "issued_by": None}, {}),
    "area.valid_to_not_before_valid_from": ({"valid_to": shifted("valid_from", -1)}, {}),
    "tumour_death.diagnosis_not_before_birth": (
        {"birth_date": shifted("diagnosis_date", 1)},
        {},
    ),
    "tumour_death.death_not_before_diagnosis": (
        {"diagnosis_date": shifted("death_date", 1)},
        {},
    ),
    "tumour_death.icd10_matches_sex": ({"icd10": "C53.9"}, {"sex": ("1",)}),
}


def examples() -> dict[str, Example]:
    """Return an example of every statement about the inputs."""
    return dict(_EXAMPLES)
