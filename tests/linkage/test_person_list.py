"""What a record becomes before it is compared."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum.cn import ric

from flows.linkage.person_list import prepared
from flows.linkage.spoken import plain_name, with_names


def one(**values: object) -> dict[str, object]:
    return prepared(pl.DataFrame([values], infer_schema_length=None)).row(0, named=True)


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("买买提 • 艾力", "买买提·艾力"),
        ("买买提．艾力", "买买提·艾力"),
        ("买买提・艾力·", "买买提·艾力"),
        ("张　伟", "张伟"),
        ("ＡＢ", "AB"),
    ],
)
def test_blanks_and_dots_of_a_name_make_no_difference(written: str, plain: str) -> None:
    assert plain_name(written) == plain
    assert one(name=written)["name"] == plain


def test_a_name_is_heard_syllable_by_syllable() -> None:
    row = one(name="欧阳娜")
    heard = [row[name] for name in ("sound", "sounds", "first_sound", "last_sound")]
    assert heard == ["ouyangna", "na ou yang", "ou", "na"]
    assert row["near"] == ["欧阳娜", "阳娜", "欧娜", "欧阳"]


def test_lists_that_are_prepared_at_a_time_hear_a_name_once() -> None:
    people = [pl.DataFrame({"name": [f"合成{chr(0x4E00 + n)}" for n in range(500)]})] * 8
    with ThreadPoolExecutor(8) as pool:
        heights = [made.height for made in pool.map(with_names, people)]
    assert [*heights, with_names(people[0]).height] == [500] * 9


@pytest.mark.parametrize(
    ("written", "number", "sound", "short"),
    [
        ("330329195001020010", "330329195001020010", True, False),
        ("330329195001020011", "330329195001020011", False, False),  # check digit
        ("330329500102001", "330329195001020010", False, True),  # 15 digits have no check digit
        ("33032919500102001x", "33032919500102001X", False, False),
        ("000000000000000000", None, False, False),
        ("12345", None, False, False),
        ("无", None, False, False),
    ],
)
def test_a_number_is_read_as_18_characters(
    written: str, number: str | None, sound: bool, short: bool
) -> None:
    row = one(id_number=written)
    assert (row["id_number"], row["is_id_sound"], bool(row["is_id_short"])) == (
        number,
        sound,
        short,
    )


@given(st.from_regex(r"[1-6][0-9]{16}[0-9X]", fullmatch=True))
@settings(deadline=None, max_examples=40)
def test_the_check_digit_is_the_library_s(number: str) -> None:
    assert one(id_number=number)["is_id_sound"] is (ric.calc_check_digit(number) == number[-1])


def test_birth_and_sex_come_from_a_sound_number_only_where_the_list_has_none() -> None:
    number = "330329195001020010"
    row = one(id_number=number)
    assert (row["birth_text"], row["birth_day"], row["sex"]) == ("19500102", "0102", "1")
    row = one(id_number=number, birth_date=date(1951, 3, 4), sex="2")
    assert (row["birth_text"], row["birth_of_id"], row["sex"]) == ("19510304", "19500102", "2")
    mistyped = one(id_number="330329195001020011")
    assert (mistyped["birth_text"], mistyped["sex"]) == (None, None)


def test_a_year_alone_is_kept_as_a_year() -> None:
    row = one(name="合成甲", birth_year="1950")
    assert (row["birth_text"], row["birth_year"], row["birth_day"]) == (None, "1950", None)


def test_a_line_that_lost_its_quotes_is_no_name_and_costs_nothing() -> None:
    # With its every shorter form this one would take ten gigabytes.
    line = one(name="合成甲，女，" * 10_000, id_number="110105194912310021")
    assert (line["name"], line["near"], line["first_sound"]) == (None, None, None)
    assert line["id_number"] == "110105194912310021"
    longest = "买买提·" * 20 + "艾力"  # 62 characters are heard
    assert one(name=longest)["name"] == longest
