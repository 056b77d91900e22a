"""Examples of the statements about death cards."""

from validators.change import FILLED, HOME, Change, Example, Needs, aged, own_number, shifted
from validators.example_kind import elsewhere, only


#: Somebody young, of whom nothing but the age is remarkable.
def child(years: int) -> Change:
    """Return the change that makes the dead a child with sound boxes."""
    return (
        aged(years, sex="1")
        | {
            "marital_status": "1",
            "education": "7",
            "occupation": "90" if years < 2 else "31",
            "pregnancy": None,
        }
        | only("J18.9")
    )


def woman(years: int, pregnancy: str | None) -> Change:
    """Return the change that makes the dead a woman of an age."""
    return aged(years, sex="2") | {"pregnancy": pregnancy} | only("J18.9")


def man(years: int) -> Change:
    """Return the change that makes the dead a man of an age."""
    return aged(years, sex="1") | {"pregnancy": None}


_BORN_AFTER: Change = {"birth_date": shifted("death_date", 1), "id_number": own_number}
_ADULT: Needs = {"age": ("20", "99")}

_EXAMPLES: dict[str, Example] = {
    "death_not_before_birth": (_BORN_AFTER, {}),
    "report_not_before_death": ({"report_date": shifted("death_date", -1)}, {}),
    "occupation_under_2_is_other": (child(1) | {"occupation": "27"}, {}),
    "education_under_10_is_lowest": (child(5) | {"education": "2"}, {}),
    "marital_status_under_15_is_unmarried": (child(12) | {"marital_status": "2"}, {}),
    "underlying_cause_matches_sex": (man(60) | only("C53.9"), _ADULT),
    "perinatal_cause_is_under_28_days": (only("P22.0"), {"age": ("1", "110")}),
    "maternal_cause_is_at_15_to_50": (woman(60, "2") | only("O72.1"), _ADULT),
    "underlying_cause_is_likely_at_this_age": (child(10) | only("C16.9"), {}),
    "underlying_cause_is_coded_before_final_audit": (
        {"audit_status": "1", "county_audit_time": None, "underlying_cause": None},
        {},
    ),
    "pregnancy_is_empty_for_a_man": ({"pregnancy": "2"}, {"sex": ("1",)}),
    "pregnancy_is_at_10_to_54": (woman(70, "1"), _ADULT),
    "pregnancy_is_filled_at_other_ages": (woman(70, None), _ADULT),
    "registered_other_county_is_elsewhere": (
        elsewhere("registered") | {"registered_other_county": HOME},
        {},
    ),
    "residence_other_county_is_elsewhere": (
        elsewhere("residence") | {"residence_other_county": HOME},
        {},
    ),
    "created_within_7_days_of_death_or_report": (
        {
            "created_time": lambda card: str(shifted("report_date", 30)(card)) + " 09:00:00",
            "hospital_audit_time": shifted("created_time", 0),
            "county_audit_time": shifted("created_time", 0),
        },
        {"report_date": (FILLED,)},
    ),
}


def examples() -> dict[str, Example]:
    """Return an example of every statement about death cards."""
    return {f"death.{name}": example for name, example in _EXAMPLES.items()}
