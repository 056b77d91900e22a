"""A night with lists in the inbox: what is published of them, and what never is."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb
import pytest

from flows.home import Home
from flows.plain import run_plain

DAY = date(2025, 1, 31)
CARDS = """
报告卡ID,姓名,性别,出生日期,身份证号,死亡日期,根本死因编码,户口区县代码（浙江省）,审核标志,报告卡状态,报告卡类别,录入时间,最后修改时间
d1,合成甲,1,1950-01-01,330329195001010014,2024-06-01,I21.9,330329,3,0,1,2024-06-03 08:00:00,2024-06-10 08:00:00
d2,合成乙,2,1940-02-02,330329194002020025,2024-07-01,I63.9,330329,3,0,1,2024-07-03 08:00:00,2024-07-10 08:00:00
d3,合成丙,1,1930-03-03,330329193003030034,2023-05-01,I63.9,330329,3,0,1,2023-05-03 08:00:00,2023-05-10 08:00:00
"""  # noqa: E501
HEAD = "survey_id,purpose,year,cutoff_date,card_type,source,name,sex,birth_date,id_number,"
HEAD += "event_date,area_code,eligible,verify_result\n"
LIST = "L1,routine_match,2024,2024-12-31,death,公安户籍注销,"
POLICE = (
    HEAD
    + LIST + "合成甲,1,1950-01-01,,2024-06-02,330329101,1,\n"
    + LIST + "合成丙,1,1930-03-03,330329193003030034,2024-02-01,330329101,1,\n"
    + LIST + "合成丁,1,1960-04-04,,2024-08-01,330329101,1,\n"
    + LIST + "合成戊,1,1961-04-04,,2024-08-01,330329101,1,健在，误销\n"
    + LIST + "合成己,1,1962-04-04,,2024-08-01,330302001,1,\n"
    + LIST + "合成庚,1,,,2024-08-01,330329,1,\n"
)  # fmt: skip
CHECK = "H1,hospital_review,2024,2024-12-31,death,出院病案,"
REVIEW = (
    HEAD
    + CHECK
    + "合成乙,2,1940-02-02,,2024-07-01,330329,1,\n"
    + CHECK
    + "合成辛,2,1940-02-05,,2024-07-01,330329,1,\n"
)
MADE_UP = "d9,合成辛,2,1940-02-05,,2024-07-01,I63.9,330329,3,0,3," + "2025-01-20 08:00:00," * 2
MADE_UP = MADE_UP.removesuffix(",") + "\n"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Home:
    home = Home(tmp_path_factory.mktemp("lists") / "home")
    home.prepare()
    (home.path / "settings.toml").write_text('area = "330329"\n')
    for name, text in (("cards", CARDS.lstrip()), ("police", POLICE), ("review", REVIEW)):
        (home.inbox / f"{name}.csv").write_text(text, "utf-8")
    run_plain(home, DAY)
    return home


def read(home: Home, query: str) -> list[tuple[object, ...]]:
    with duckdb.connect(str(home.published), read_only=True) as connection:
        return connection.execute(query).fetchall()


def test_every_row_of_a_police_list_is_classed(place: Home) -> None:
    found = read(
        place,
        "select source_row, source, town_code, month, class, matched_card_id"
        " from quality.list_match order by source_row",
    )
    assert found == [
        (2, "police", "330329101", "2024-06", "reported", "d1"),
        (3, "police", "330329101", "2024-02", "earlier_year", "d3"),
        (4, "police", "330329101", "2024-08", "not_reported", None),
        (5, "police", "330329101", "2024-08", "not_a_death", None),
        (6, "police", "330302001", "2024-08", "elsewhere", None),
        (7, "police", None, "2024-08", "to_verify", None),
    ]
    tally = read(
        place,
        "select town_code, month, class, case_count from quality.list_tally"
        " where class = 'not_reported'",
    )
    assert tally == [("330329101", "2024-08", "not_reported", 1)]


def test_nobody_is_named_in_what_is_published_of_lists(place: Home) -> None:
    tables = ("quality.list_match", "quality.list_tally", "quality.list_overlap",
              "quality.missed_case", "indicator.underreporting", "indicator.capture")  # fmt: skip
    for table in tables:
        text = str(read(place, f"select * from {table}"))
        assert "合成" not in text and "19300303" not in text, table


def test_a_list_that_is_too_short_is_no_capture(place: Home) -> None:
    notes = read(place, "select model, note_zh from indicator.capture")
    assert notes == [("refused", "没有一份外单位名单达到 30 人")]


def test_a_card_made_up_after_the_cutoff_leaves_the_rate_and_raises_the_made_up_share(
    place: Home, tmp_path: Path
) -> None:
    query = (
        "select value, missed, made_up, made_up_percent from indicator.underreporting"
        " where breakdown = 'all'"
    )
    assert read(place, query) == [(50.0, 1, 0, 0.0)]
    header = CARDS.lstrip().splitlines()[0]
    (place.inbox / "later.csv").write_text(f"{header}\n{MADE_UP}", "utf-8")
    run_plain(place, date(2025, 2, 1))
    assert read(place, query) == [(50.0, 1, 1, 100.0)]
    rate = "select numerator, denominator from indicator.summary where org_code is null"
    rate += " and indicator = 'death_underreporting_percent' and year = 2024"
    assert read(place, rate) == [(1.0, 2.0)]
