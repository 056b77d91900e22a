"""Both sides of every boundary that is easily put on the wrong side: one is a fault, one is not."""

import pytest
from judge import rules_broken_by

from validators.change import Change, aged, changed
from validators.example_kind import only
from validators.sound import SOUND

NOBODY = {"id_type": "9", "id_number": None}


def died(born: str, day: str, **more: str | None) -> Change:
    """A death of somebody without an identity card."""
    return NOBODY | {"birth_date": born, "death_date": day, "report_date": day} | more


#: (kind, rule, the fault, the near miss)
BOUNDARIES: list[tuple[str, str, Change, Change]] = [
    # The 28th day begins when 28 whole days are over.
    ("death", "perinatal_cause_is_under_28_days",
     only("P22.0") | died("2024-02-01", "2024-02-29"),
     only("P22.0") | died("2024-02-01", "2024-02-28")),
    ("death", "neonatal_cause_is_perinatal",
     only("A41.9") | died("2024-02-01", "2024-02-28"),
     only("A41.9") | died("2024-02-01", "2024-02-29")),
    # Fifteen on the birthday, not the day before.
    ("death", "marital_status_under_15_is_unmarried",
     died("2009-03-06", "2024-03-05", marital_status="2"),
     died("2009-03-05", "2024-03-05", marital_status="2")),
    ("death", "maternal_cause_is_at_15_to_50",
     only("O72.1") | died("2009-03-06", "2024-03-05", sex="2", pregnancy="1"),
     only("O72.1") | died("2009-03-05", "2024-03-05", sex="2", pregnancy="1")),
    ("death", "maternal_cause_is_at_15_to_50",
     only("O72.1") | died("1973-03-05", "2024-03-05", sex="2", pregnancy="1"),
     only("O72.1") | died("1973-03-06", "2024-03-05", sex="2", pregnancy="1")),
    # Born on a leap day: a year older on 1 March of other years.
    ("death", "marital_status_under_15_is_unmarried",
     died("2008-02-29", "2023-02-28", marital_status="2"),
     died("2008-02-29", "2023-03-01", marital_status="2")),
    # A man's breast is asked about, never refused; a woman's is not asked about.
    ("death", "underlying_cause_is_usual_for_sex",
     only("C50.9"), only("C50.9") | NOBODY | {"sex": "2"}),
    ("tumour", "breast_cancer_is_in_a_woman",
     aged(60, sex="1") | {"icd10": "C50.9", "topography": "C50.9"},
     aged(60, sex="2") | {"icd10": "C50.9", "topography": "C50.9"}),
    # COVID-19 is a cause of death, what follows it has the disease itself as cause.
    ("death", "underlying_cause_needs_no_inquiry", only("U09.9"), only("U07.1")),
    # Reported the day before the death, and on the day.
    ("death", "report_not_before_death", {"report_date": "2024-03-04"},
     {"report_date": "2024-03-05"}),
    # A part of a date is no date to compare with.
    ("death", "death_not_before_birth", NOBODY | {"birth_date": "2024-03-06"},
     NOBODY | {"birth_date": "2024-03"}),
    ("death", "birth_date.missing", NOBODY | {"birth_date": None},
     NOBODY | {"birth_date": "1950"}),
]  # fmt: skip


@pytest.mark.parametrize("kind", sorted({kind for kind, *_ in BOUNDARIES}))
def test_the_fault_is_found_and_the_near_miss_is_not(kind: str) -> None:
    rows = [row for row in BOUNDARIES if row[0] == kind]
    cards = [changed(SOUND[kind], change) for _, _, *pair in rows for change in pair]
    broken = rules_broken_by(kind, cards)
    wrong = [
        (rule, fault)
        for (_, rule, fault, _), found, quiet in zip(rows, broken[::2], broken[1::2], strict=True)
        if f"{kind}.{rule}" not in found or f"{kind}.{rule}" in quiet
    ]
    assert wrong == []


def test_a_man_s_breast_cancer_is_never_an_error() -> None:
    from validators.catalogue import catalogue

    card = changed(SOUND["death"], only("C50.9"))
    errors = set(catalogue().filter(severity="error")["rule_id"])
    assert rules_broken_by("death", [card])[0] & errors == set()
