"""The citizen ID number: standard examples, synthetic vectors, the check character."""

import csv
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from judge import broken_by, rules_broken_by
from stdnum.cn import ric

from validators import identifier
from validators.change import number_for
from validators.sound import SOUND

VECTORS = Path(__file__).parent / "id_checksum_vectors.csv"
#: The one rule that a number of each class breaks.
BROKEN = {
    "ok": set(),
    "lowercase_x": set(),
    "15digit": set(),
    "checksum": {"id_number_check_digit_agrees"},
    "date": {"id_number_holds_a_real_birth_date"},
    "date_future": {"id_number_holds_a_real_birth_date"},
    "area": {"id_number_area_is_known"},
    "length": {"id_number_is_well_formed"},
    "charset": {"id_number_is_well_formed"},
    "placeholder": {"id_number_is_well_formed"},
}


def vectors() -> list[dict[str, str]]:
    with VECTORS.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.mark.parametrize("card_type", ["death", "diabetes"])
def test_every_vector_is_judged_as_its_class(card_type: str) -> None:
    # Ingest folds case; nothing else is put right.  Birth date and sex come from the vector.
    # A birth before 1900 has a finding of its own, which is not asked about here.
    rows = vectors()
    cards = [
        SOUND[card_type]
        | {
            "id_number": row["id_number"].upper(),
            "birth_date": row["birth_date"] or None,
            "sex": row["sex_code"] or "9",
        }
        for row in rows
    ]
    broken = rules_broken_by(card_type, cards)
    for row, rules in zip(rows, broken, strict=True):
        found = {name.partition(".")[2] for name in rules if ".id_number_" in name}
        assert found == BROKEN[row["class"]], row["id_number"]
        assert bool(found) == (row["valid"] == "0"), row["id_number"]


@pytest.mark.parametrize(
    ("birth_date", "expected"),
    [
        ("1902-01-01", set()),
        ("1902-01-02", {"death.id_number_agrees_with_birth_date"}),
        ("1902", set()),  # only the year is known, and agrees
        ("1903", {"death.id_number_agrees_with_birth_date"}),
    ],
)
def test_a_number_of_fifteen_digits_agrees_with_a_birth_date(
    birth_date: str, expected: set[str]
) -> None:
    broken = broken_by("death", id_number="330329020101001", birth_date=birth_date)
    assert {name for name in broken if ".id_number_" in name} == expected


def test_a_passport_is_not_read_as_an_id_number() -> None:
    assert broken_by("death", id_type="3", id_number="E12345678") == set()
    assert broken_by("death", id_type="1", id_number="E12345678") == {
        "death.id_number_is_well_formed"
    }


@given(st.from_regex(r"[0-9]{17}", fullmatch=True))
def test_the_check_character_is_that_of_the_standard(start: str) -> None:
    frame = pl.DataFrame({"number": [start + "0"]})
    found = frame.select(identifier.check_character(pl.col("number"))).item()
    assert found == ric.calc_check_digit(start + "0")


@given(st.dates(date(1900, 1, 1), date(2025, 1, 1)), st.sampled_from(["1", "2"]))
def test_a_number_that_agrees_breaks_nothing(birth: date, sex: str) -> None:
    number = number_for("330329", birth.isoformat(), sex)
    frame = pl.DataFrame({"id_number": [number]}).select(identifier.derived("id_number"))
    assert frame.row(0) == (identifier.READABLE, birth, sex)
