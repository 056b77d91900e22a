"""Probable pairs of people: who is paired, who is not, and that it is always the same."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from flows.tumour import link as module
from flows.tumour.link import link, pinyin
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


def test_people_who_share_nothing_are_never_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    # With a model that calls everything a match, only what the blocks let through appears.
    everything = {"sex": ("sex", [("true", 0.999, 1e-9)])}
    monkeypatch.setattr(module, "LEVELS", everything)
    right = people(("合成甲", "1", date(1980, 5, 5), None, None), ONE)
    assert link(people(ONE), right, every=True).select("row_b").rows() == [(2,)]


def test_names_are_compared_as_they_sound() -> None:
    assert pinyin("张伟") == pinyin("章玮") == "zhangwei"
