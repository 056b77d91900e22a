from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows import canonical
from flows.canonical import MALFORMED, clean


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("c34.900", "C34.9"),
        ("C349", "C34.9"),
        ("A00.000x001", "A00.0"),
        ("A01.001+K77.0*", "A01.0"),
        ("K77.0*", "K77.0"),
        ("I10.x00x002", "I10"),
        ("C34.-", "C34"),
        ("C44,9", "C44.9"),  # a comma for the point occurs in real registries
        ("W00.0", "W00.0"),
        (" Ｃ１５．９", "C15.9"),
        ("肺癌", MALFORMED),
        ("C3", MALFORMED),
        ("M8000/3", MALFORMED),
    ],
)
def test_icd10_codes_are_dotted_upper_case_without_chinese_extension(text, code):
    assert canonical.icd10(clean(text)) == code


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2024-03-05", (datetime(2024, 3, 5), 2024, 3)),
        ("2024/3/5", (datetime(2024, 3, 5), 2024, 3)),
        ("20240305", (datetime(2024, 3, 5), 2024, 3)),
        ("2024年3月5日", (datetime(2024, 3, 5), 2024, 3)),
        ("2024.03.05 12:30", (datetime(2024, 3, 5, 12, 30), 2024, 3)),
        ("2024-03-05T01:02:03.000", (datetime(2024, 3, 5, 1, 2, 3), 2024, 3)),
        ("45356", (datetime(2024, 3, 5), 2024, 3)),
        ("45356.5", (datetime(2024, 3, 5, 12), 2024, 3)),
        ("2024-02-29", (datetime(2024, 2, 29), 2024, 2)),
        ("1950-00-00", (None, 1950, None)),
        ("1950-06", (None, 1950, 6)),
        ("1950-06-00", (None, 1950, 6)),
        ("1950", (None, 1950, None)),
        ("2023-02-29", MALFORMED),
        ("24/3/5", MALFORMED),
        ("不详", MALFORMED),
    ],
)
def test_dates_are_read_as_people_export_them_and_parts_are_kept(text, moment):
    assert canonical.moment(clean(text)) == moment


@given(st.datetimes(datetime(1850, 1, 1), datetime(2100, 1, 1)))
def test_every_day_survives_every_spelling(day):
    spellings = ["%Y-%m-%d", "%Y/%m/%d", "%Y%m%d", "%Y年%m月%d日", "%Y.%m.%d"]
    for spelling in spellings:
        found = canonical.moment(day.strftime(spelling).zfill(8))
        assert found == (datetime(day.year, day.month, day.day), day.year, day.month)


@given(st.text(max_size=40))
def test_no_text_makes_a_parser_raise(text):
    cleaned = clean(text)
    if cleaned is not None:
        for parse in (canonical.icd10, canonical.moment, canonical.number, canonical.integer,
                      canonical.month, canonical.id_number, canonical.area,
                      canonical.morphology):  # fmt: skip
            parse(cleaned)


@pytest.mark.parametrize(
    "text", ["3", "03", "区县审核通过", "3 区县审核通过", "3.区县审核通过", "3区县审核通过"]
)
def test_a_code_a_label_or_both_give_the_code(text):
    assert canonical.coder("audit_status")(clean(text)) == "3"


def test_what_is_in_no_code_list_is_kept_for_a_rule_to_name():
    assert canonical.coder("sex")("七") == "七"


@pytest.mark.parametrize("text", ["7,6", "6,7", "7;6", "7、6", "6 7", "7病理(原发),6病理(继发)"])
def test_multiple_choices_are_ascending_without_blanks(text):
    assert canonical.multi_coder("diagnosis_basis_tumour")(clean(text)) == "6,7"


def test_ten_is_one_choice_and_not_one_and_zero():
    assert canonical.multi_coder("diagnosis_basis_tumour")("10") == "10"


@pytest.mark.parametrize(
    ("text", "found"),
    [("8140/3", ("8140", "3")), ("81403", ("8140", "3")), ("M8140/32", ("8140", "3")),
     ("8140", ("8140", None)), ("814", MALFORMED)],
)  # fmt: skip
def test_morphology_is_split_from_behaviour(text, found):
    assert canonical.morphology(text) == found


def test_an_id_number_in_scientific_notation_is_damaged_and_not_guessed():
    assert canonical.id_number("3.30329E+17") is MALFORMED
    assert canonical.id_number("33032919500101001x") == "33032919500101001X"


@pytest.mark.parametrize(
    ("text", "code"),
    [("33032900", "330329"), ("330329", "330329"), ("330329100", "330329100"),
     ("330329100000", "330329100"), ("330329100005", "330329100005"), ("泰顺县", "泰顺县")],
)  # fmt: skip
def test_the_eight_digit_provincial_form_is_the_same_county(text, code):
    assert canonical.area(text) == code


@pytest.mark.parametrize("text", ["", "  ", "　", "NULL", "null", "-", "'", None])
def test_empty_cells_have_many_spellings(text):
    assert clean(text) is None
