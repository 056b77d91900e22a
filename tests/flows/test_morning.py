"""The morning says what the night changed of what was published."""

from __future__ import annotations

from datetime import date

import pytest

from flows import night
from flows.morning import summary
from flows.store import opened
from flows.tonight import Tonight
from tests.flows.conftest import death_file, death_line

OLD = [death_line(f"d{n}", name="合成" + chr(0x4E00 + 37 * n)) for n in range(120)]
#: The same cards, deleted.
DELETED = [line.replace(",3,0,2024-06-10", ",3,5,2024-07-10") for line in OLD]


def told(home, day: date) -> list[str]:
    """The lines on change, after a night with a population of a million."""
    with opened(home) as store:
        tonight = Tonight(store, day)
        for step in ("receive", "assemble", "validate", "publish", "close"):
            night.STEPS[step](tonight)
        return [
            line for line in summary(tonight).splitlines() if line.startswith(("变动", "省系统"))
        ]


@pytest.fixture
def county(home, put):
    home.settings.area = "330329"
    ages = ["0", "1-4", *(f"{age}-{age + 4}" for age in range(5, 85, 5)), "85+"]
    rows = [f"2024,330329,{sex},{age},1000,户籍,平均" for sex in "男女" for age in ages]
    head = "年份,地区编码,性别,年龄组,人口数,人口口径,人口类型"
    put("population.csv", "\n".join([head, *rows]) + "\n")
    put("1.csv", death_file(*OLD))
    return home


@pytest.mark.parametrize(
    ("deleted", "lines"),
    [
        (0, []),
        (6, []),  # five in a hundred
        (
            7,
            [
                "变动较大：330329 2024 年户籍死亡 120 → 113 例，"
                "请核对昨夜收到的导出（zhikong history）"
            ],
        ),
    ],
)
def test_a_year_that_moved_by_more_than_a_twentieth_is_told(county, put, deleted, lines):
    assert told(county, date(2025, 1, 30)) == []  # on the first night all is new
    put("2.csv", death_file(*DELETED[:deleted], *OLD[deleted:]))
    assert told(county, date(2025, 1, 31)) == lines


def test_cards_that_the_province_withdrew_are_counted(county, put):
    told(county, date(2025, 1, 30))
    put("2.csv", death_file(*OLD[2:]))
    put("2.csv.scope.toml", 'card_type = "death"\ncomplete = true\n')
    assert told(county, date(2025, 1, 31)) == ["省系统撤下 2 张卡，不再计入（quality.change）"]


def test_a_year_that_is_gone_altogether_is_told(county, put):
    told(county, date(2025, 1, 30))
    put("2.csv", death_file(*DELETED))
    assert told(county, date(2025, 1, 31)) == [
        "变动较大：330329 2024 年户籍死亡 120 → 0 例，请核对昨夜收到的导出（zhikong history）"
    ]
