"""Probable pairs of people: who is paired, who is not, and that it is always the same."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from flows.linkage import link
from flows.linkage.spoken import pinyin
from flows.tumour.traceback import SURE

BIRTH = date(1950, 1, 2)


def people(*rows: tuple[str | None, str, date | None, str | None, str | None]) -> pl.DataFrame:
    """Name, sex, birth date, ID number, town."""
    schema = {
        "name": pl.String, "sex": pl.String, "birth_date": pl.Date, "id_number": pl.String,
        "town_code": pl.String,
    }  # fmt: skip
    return pl.DataFrame(rows, schema=schema, orient="row")


ONE = ("合成张伟", "1", BIRTH, None, "330329101")
#: People of other names and days, so that a county is not two people.
OTHERS = [
    (f"合成{one}{two}", str(1 + place % 2), date(1930 + place % 40, 1 + place % 12, 3), None, None)
    for place, (one, two) in enumerate((a, b) for a in "赵钱孙李周吴郑王" for b in "春夏秋冬东西")
]


@pytest.mark.parametrize(
    ("changed", "paired"),
    [
        (ONE, True),
        (("合成章伟", "1", BIRTH, None, "330329101"), True),  # sounds the same
        (("合成张玮", "1", BIRTH, None, None), True),
        (("合成张伟", "1", date(1950, 1, 3), None, None), True),  # one digit
        (("合成张伟", "1", date(1950, 2, 1), None, "330329101"), True),  # day and month exchanged
        (("合成张伟", "2", date(1971, 8, 9), None, "330329205"), False),
        (("合成李娜", "1", BIRTH, None, "330329101"), False),
    ],
)
def test_a_pair_needs_more_than_a_name(changed: tuple, paired: bool) -> None:
    found = link(people(ONE), people(changed, *OTHERS))
    assert (1 in found["row_b"].to_list()) is paired


def test_without_a_birth_date_nobody_is_surely_the_same() -> None:
    found = link(people(ONE), people(("合成张伟", "1", None, None, "330329101")))
    assert found["probability"][0] < SURE


def test_keys_say_what_agrees_exactly() -> None:
    found = link(people(ONE), people(("合成章伟", "1", BIRTH, None, "330329101")))
    assert found.select("row_a", "row_b", "keys").rows() == [(1, 1, "birth_date,sex,town")]


def test_two_different_id_numbers_make_a_pair_less_likely() -> None:
    same, other = "330329195001020011", "330329198807070022"
    with_none = link(people(ONE), people(ONE), every=True)["probability"][0]
    left = people((*ONE[:3], same, ONE[4]))
    with_same = link(left, people((*ONE[:3], same, ONE[4])), every=True)["probability"][0]
    with_other = link(left, people((*ONE[:3], other, ONE[4])), every=True)["probability"][0]
    assert with_other < with_none <= with_same


def test_nobody_is_paired_twice_unless_every_pair_is_asked_for() -> None:
    left, right = people(ONE, ONE), people(ONE)
    assert link(left, right).select("row_a", "row_b").rows() == [(1, 1)]
    assert link(left, right, every=True).height == 2


def test_the_same_lists_give_the_same_pairs() -> None:
    left, right = people(ONE, *OTHERS), people(*OTHERS[::-1], ONE)
    assert link(left, right).equals(link(left, right))
    assert link(left, right).height == len(OTHERS) + 1


def test_an_empty_list_has_no_pairs() -> None:
    assert link(people(), people(ONE)).height == 0
    assert link(people(ONE), people()).height == 0


def test_people_who_share_nothing_are_never_compared() -> None:
    right = people(("合成甲", "1", date(1980, 5, 5), None, None), ONE)
    assert link(people(ONE), right, threshold=0, every=True).select("row_b").rows() == [(2,)]


def test_the_order_of_the_rows_changes_nothing() -> None:
    rows = [ONE, ("合成张玮", "1", BIRTH, None, "330329101"), *OTHERS]
    left, right = people(*rows), people(*rows[::-1])
    there = link(left, right, every=True)
    back = link(people(*rows[::-1]), people(*rows), every=True)
    height = len(rows) + 1
    turned = back.with_columns(row_a=height - pl.col("row_a"), row_b=height - pl.col("row_b"))
    order = ["row_a", "row_b"]
    assert there.sort(order).equals(turned.select(there.columns).sort(order))


SOUND = "330329195001020010"
ERRORS = {
    "same": ({}, {}),
    "homophone": ({}, {"name": "合成章伟"}),
    "one character": ({}, {"name": "合成张力"}),
    "surname behind": ({"name": "欧阳合成"}, {"name": "合成欧阳"}),
    "another dot": ({"name": "买买提·艾力"}, {"name": "买买提 • 艾力"}),
    "part of a name": ({"name": "买买提·艾力"}, {"name": "买买提"}),
    "day and month": ({"birth_date": date(1950, 3, 4)}, {"birth_date": date(1950, 4, 3)}),
    "one digit of a date": ({}, {"birth_date": date(1950, 1, 22)}),
    "year off by one": ({"birth_date": date(1949, 1, 2)}, {}),
    "lunar": ({"birth_date": date(1950, 2, 18)}, {}),
    "sex": ({"sex": "2"}, {}),
}


@pytest.mark.parametrize("error", ERRORS)
def test_one_error_does_not_part_a_person(error: str) -> None:
    record = dict(zip(("name", "sex", "birth_date", "id_number", "town_code"), ONE, strict=True))
    one, other = (
        pl.DataFrame([record | change], schema=people().schema) for change in ERRORS[error]
    )
    found = link(one, pl.concat([other, people(*OTHERS)]))
    assert found.row(0)[:2] == (1, 1)


@pytest.mark.parametrize(
    ("left", "right", "likely"),
    [
        (SOUND, "330329195001020100", True),  # two exchanged: the check digit is wrong
        (SOUND, "330329195001020310", True),  # one digit
        (SOUND, "33032919500102001", True),  # the last one lost
        (SOUND, "330329500102001", True),  # 15 digits
        (SOUND, "330329195001020037", False),  # a sound number of another person
    ],
)
def test_a_mistyped_number_is_told_by_its_check_digit(left: str, right: str, likely: bool) -> None:
    def one(number: str) -> pl.DataFrame:
        return people(("合成张伟", "1", None, number, None))

    # The birth date is not on the list and only one of the numbers gives it.
    found = link(one(left), one(right), threshold=0)
    assert (found["probability"][0] > 0.5) is likely


def test_a_rare_name_says_more_than_a_common_one() -> None:
    common = [("合成张伟", "1", date(1900 + place, 2, 3), None, None) for place in range(60)]
    rare = ("合成张伟瑧", "1", None, None, "330329101")
    plain = ("合成张伟", "1", None, None, "330329101")
    left, right = people(rare, plain, *common), people(rare, plain, *common)
    found = link(left, right, threshold=0, every=True)
    chance = {(a, b): p for a, b, p in found.select("row_a", "row_b", "probability").iter_rows()}
    assert chance[1, 1] > chance[2, 2]


def test_a_filler_number_is_nobodys() -> None:
    names = ["合成甲", "合成乙", "合成丙", "合成丁", "合成戊", "合成己"]
    left = people(*((name, "1", date(1950, 1, 1 + i), SOUND, None) for i, name in enumerate(names)))
    assert link(left, people(("合成庚", "2", None, SOUND, None))).is_empty()


def test_names_are_compared_as_they_sound() -> None:
    assert pinyin("张伟") == pinyin("章玮") == "zhangwei"
