from __future__ import annotations

import csv
import stat
from datetime import date, datetime
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

from flows.cli import app
from flows.desk.access import Who, openings
from flows.desk.identity import SCHEMA, identities
from flows.home import UserError
from flows.spot.answer import answer, write
from flows.spot.match import spot, timely
from flows.store import opened
from tests.evidence.county import DAY, rows

LIST = """姓名,性别,出生日期,身份证号,死亡日期
合成赵一,男,1950-01-02,330329195001020015,2024-06-01
合成钱二,男,1940-03-04,,2024-06-01
合成无此人,男,1931-01-01,,2024-06-01
合成他名,男,1938-07-08,330329193807080017,2024-06-01
"""


@pytest.fixture
def names(tmp_path: Path) -> Path:
    file = tmp_path / "list.csv"
    file.write_text(LIST, "utf-8")
    return file


def test_lines_are_found_by_number_then_by_name_and_the_rest_is_not_there(home, names):
    found = answer(home, names, Who("合成甲", "考核"), None)
    best = found.rows.unique("row", keep="first", maintain_order=True)
    assert best.select("row", "result", "card_id", "matched_by", "is_timely").rows() == [
        (1, "已报告", "a1", "id_number", True),
        (2, "已报告", "b1", "probability", True),
        (3, "未见报告卡", None, None, None),
        (4, "已报告", "d1", "id_number", True),
    ]
    assert found.card_types == ("death",)
    assert found.rows.filter(found.rows["row"] == 4)["note_zh"][0].startswith("证件号码相同而姓名")
    assert openings(home).select("command", "opened_by", "reason").rows() == [
        ("spot", "合成甲", "考核")
    ]


def test_the_screen_has_no_name_and_the_file_is_closed_to_others(home, names, tmp_path):
    target = tmp_path / "spot.csv"
    shown = CliRunner().invoke(
        app,
        ["spot", str(names), "--home", str(home.path), "--by", "合成甲", "--reason", "考核",
         "-o", str(target)],
    )  # fmt: skip
    assert shown.exit_code == 0, shown.output
    assert "合成赵一" not in shown.output and "330329195001020015" not in shown.output
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    with target.open(encoding="utf-8-sig", newline="") as stream:
        lines = list(csv.DictReader(stream))
    assert (lines[0]["姓名"], lines[0]["卡片编号"], lines[0]["及时"]) == ("合成赵一", "a1", "是")


def test_a_deleted_card_is_no_report():
    cards = pl.DataFrame(
        [{"card_type": "death", "card_id": "x", "name": "合成赵一", "birth_date": date(1950, 1, 2),
          "id_number": "330329195001020015", "card_status": "5"}],
        schema=SCHEMA,
    )  # fmt: skip
    listed = cards.select("name", "sex", "birth_date", "id_number")
    assert spot(listed, cards).select("result", "note_zh").rows() == [("未见报告卡", "删除卡")]


def test_in_time_is_what_the_timeliness_indicator_calls_in_time(county):
    with opened(county) as store:
        cards = identities(store, DAY, ["death"])
    judged = cards.filter(cards["audit_status"] == "3").select(timely())["created_time"]
    assert (judged.sum(), judged.count()) == rows(
        county,
        "select numerator, denominator from indicator.summary where year = 2024"
        " and indicator = 'death_timely_report_percent' and org_code is null",
    )[0]


@pytest.mark.parametrize(
    ("created", "event", "report", "expected"),
    [
        ("2024-06-08", "2024-06-01", None, True),
        ("2024-06-09", "2024-06-01", None, False),
        ("2024-06-09", "2024-06-01", "2024-06-02", True),
        ("2024-06-09", None, None, None),
        (None, "2024-06-01", None, None),
    ],
)
def test_timely_is_within_seven_days_of_the_event_or_the_card(created, event, report, expected):
    def day(text: str | None) -> date | None:
        return None if text is None else date.fromisoformat(text)

    frame = pl.DataFrame(
        {
            "created_time": [None if created is None else datetime.fromisoformat(created)],
            "event_date": [day(event)],
            "report_date": [day(report)],
        },
        schema={"created_time": pl.Datetime("us"), "event_date": pl.Date, "report_date": pl.Date},
    )
    assert frame.select(timely()).item() is expected


def test_a_list_nobody_can_be_found_by_is_refused(home, tmp_path):
    file = tmp_path / "bad.csv"
    file.write_text("货号,单价\n1,2\n", "utf-8")
    with pytest.raises(UserError, match="没有认出表头"):
        answer(home, file, Who("合成甲", "考核"), None)
    found = answer(home, _list(tmp_path), Who("合成甲", "考核"), "death")
    with pytest.raises(UserError, match="xlsx"):
        write(found, tmp_path / "x.pdf")


def _list(folder: Path) -> Path:
    file = folder / "list.csv"
    file.write_text(LIST, "utf-8")
    return file


@pytest.mark.parametrize(
    ("standing", "said"),
    [
        ("official", "计入"),
        ("received", "尚未终审"),
        ("repeat", "同一事件的另一张卡"),
        ("no_event", "不计（缺事件日期，或编码不在统计范围）"),
        ("unusable", "不计（删除、重复、误诊或住外地）"),
        ("withdrawn", "不计（省系统已撤卡）"),
    ],
)
def test_a_card_that_does_not_count_says_why(home, names, standing, said):
    with opened(home) as store:
        store.connection.execute(
            "update state.card_trace set standing = ? where card_id = 'a1'", [standing]
        )
    found = answer(home, names, Who("合成甲", "考核"), None)
    assert found.rows.filter(card_id="a1")["counted_zh"].to_list() == [said]


def test_a_card_of_an_export_that_waits_is_not_reported_yet(county, names):
    with opened(county) as store:
        orders = store.connection.execute("select order_no from state.sheet").fetchall()
        known = identities(store, DAY, ["death"]).height
        store.connection.executemany("insert into state.left_out values (?)", orders)
        assert (known > 0, identities(store, DAY, ["death"]).height) == (True, 0)
