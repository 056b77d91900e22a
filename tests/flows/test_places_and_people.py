from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.cn import ric

from flows.person import add_person_id, eighteen
from flows.place import Places, in_home, locate
from flows.typed import type_columns


def typed(card_type: str, **columns: list[str]) -> pl.DataFrame:
    frame = pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String))
    return type_columns(frame, card_type)[0].with_columns(
        source_file=pl.lit("a.csv"), sheet=pl.lit(""), source_row=pl.int_range(pl.len())
    )


INSTITUTIONS = typed(
    "institution",
    org_code=["330329001", "330329002"],
    org_name=["泰顺县人民医院", "罗阳镇中心卫生院"],
    aliases=["县医院；泰顺人民医院", ""],
    area_code=["330329", "330329100"],
)
PLACES = Places(typed("area", area_code=[]), INSTITUTIONS, "330329")


@pytest.mark.parametrize(
    ("text", "county", "town"),
    [
        ("浙江省温州市泰顺县罗阳镇合成村1号", "330329", "330329100"),
        ("泰顺县", "330329", None),
        ("江苏省南京市鼓楼区", "320106", None),
        ("鼓楼区", None, None),  # four cities have one
        ("某地", None, None),
    ],
)
def test_one_cell_addresses_are_split_by_dictionary(text, county, town):
    assert PLACES.split(text) == (county, town)


def test_towns_come_from_code_name_or_address_and_unknown_ones_stay_at_the_county():
    cards = typed(
        "death",
        registered_county=["33032900", "泰顺县", "330329", "330329"],
        registered_town=["330329100", "罗阳镇", None, "天涯镇"],
        registered_address=[None, None, "罗阳镇合成路2号", None],
    )
    placed, unresolved = locate(cards, PLACES)
    assert placed["area_code"].to_list() == ["330329"] * 4
    assert placed["town_code"].to_list() == ["330329100", "330329100", "330329100", None]
    assert unresolved.rows() == [(3, "registered_town", "天涯镇")]


def test_someone_registered_in_another_province_belongs_there():
    cards = typed("death", registered_out_of_province=["1"], registered_other_county=["320106"])
    assert locate(cards, PLACES)[0]["area_code"].to_list() == ["320106"]


def test_institutions_are_found_by_code_name_and_alias_and_give_the_reporting_county():
    cards = typed(
        "death", report_org=["330329001", "泰顺县人民医院", "县医院", "不存在的医院", "999999999"]
    )
    placed, unresolved = locate(cards, PLACES)
    assert placed["org_code"].to_list() == ["330329001"] * 3 + [None, "999999999"]
    assert placed["report_area_code"].to_list() == ["330329"] * 3 + [None, None]
    assert unresolved["value"].to_list() == ["不存在的医院", "999999999"]


@given(st.from_regex(r"[1-9]\d{5}\d{2}(0[1-9]|1[0-2])(0[1-9]|1\d|2[0-8])\d{3}", fullmatch=True))
def test_a_fifteen_digit_number_becomes_the_eighteen_digit_number_of_the_same_person(short):
    longer = eighteen(short)
    assert (longer[:6], longer[6:8], longer[8:17]) == (short[:6], "19", short[6:])
    assert ric.calc_check_digit(longer) == longer[17]


def people(**columns: list[str | None]) -> list[str]:
    frame = typed("death", **columns)
    frames = add_person_id({"death": frame.with_columns(area_code=pl.lit("330329"))}, "k" * 32)
    return frames["death"]["person_id"].to_list()


ID = "330329195001010018"


def test_the_same_number_in_fifteen_or_eighteen_digits_is_one_person():
    short = ID[:6] + ID[8:17]
    first, second = people(id_number=[eighteen(short), short], name=["合成甲", "合成甲"])
    assert first == second


def test_a_card_without_number_takes_the_one_person_of_that_name_sex_and_birth():
    same = {"name": ["合成甲"] * 2, "sex": ["1"] * 2, "birth_date": ["1950-01-01"] * 2}
    first, second = people(id_number=[ID, None], **same)
    assert first == second


def test_a_name_that_two_numbers_share_is_not_bridged():
    same = {"name": ["合成甲"] * 3, "sex": ["1"] * 3, "birth_date": ["1950-01-01"] * 3}
    assert len(set(people(id_number=[ID, ID[:-2] + "26", None], **same))) == 3


def test_cards_that_say_nothing_about_the_person_are_different_people():
    assert len(set(people(sex=["1", "1"]))) == 2


def test_person_id_cannot_be_made_without_the_key():
    frame = typed("death", id_number=[ID]).with_columns(area_code=pl.lit("330329"))
    made = [
        add_person_id({"death": frame}, key)["death"]["person_id"][0]
        for key in ("a" * 32, "b" * 32)
    ]
    assert made[0] != made[1]
    assert ID not in made[0]


@pytest.mark.parametrize(
    ("home_areas", "inside"),
    [
        ("330329", ["330329", "330329101"]),
        ("330300", ["330329", "330329101", "330302"]),
        ("330000", ["330329", "330329101", "330302", "331002"]),
        ("330302,331002", ["330302", "331002"]),
        (None, ["330329", "330329101", "330302", "331002", "110105"]),
    ],
)
def test_a_home_is_a_county_a_city_or_several_counties(home_areas, inside):
    codes = ["330329", "330329101", "330302", "331002", "110105"]
    frame = pl.DataFrame({"area_code": codes})
    assert frame.filter(in_home("area_code", home_areas))["area_code"].to_list() == inside


def test_several_counties_of_one_province_settle_its_rules_and_its_names():
    nothing = typed("area", area_code=[])
    several = Places(nothing, INSTITUTIONS, None, ["110101", "110106"])
    assert (several.province, several.only_county) == ("11", None)
    assert several.county("朝阳区") == "110105"  # there is another one in Changchun
    abroad = Places(nothing, INSTITUTIONS, None, ["110101", "330329"])
    assert (abroad.province, abroad.county("朝阳区")) == ("", None)
    alone = Places(nothing, INSTITUTIONS, "441900", ["441900"])  # a city without counties
    assert (alone.only_county, alone.city) == ("441900", "4419")
    city = Places(nothing, INSTITUTIONS, "330300")
    assert (city.city, city.province, city.only_county) == ("3303", "33", None)
