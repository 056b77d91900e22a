from __future__ import annotations

import json
import re

import openpyxl
import pytest
from typer.testing import CliRunner

from flows.cli import app, main
from flows.criteria import COUNTABLE
from flows.freeze.record import freeze
from flows.home import SQL, UserError
from flows.indicators import definitions
from flows.scorecard.show import gathered, item_rows, write_form
from flows.scorecard.wide import side_by_side
from tests.evidence.county import rows

INVITING = re.compile(r"还差|再报|补足\D*例")


def test_an_assumption_changes_its_own_criterion_only_and_is_marked(county):
    now = gathered(county, 2025, None, None, [], None).rows
    then = gathered(county, 2025, None, None, ["audit=100", "survey=done"], None)
    changed = then.rows.filter(then.rows["assumed_zh"].is_not_null())
    assert [(f"{i}.{c}", p) for i, c, p in changed.select(
        "item_no", "criterion_no", "points").iter_rows()] == [
        ("17.3", 5.0), ("20.1", 10.0), ("20.2", 3.0), ("20.3", 4.0), ("20.4", 3.0)
    ]  # fmt: skip
    assert "假设：死亡卡审核率为 100.0%（现为 83.3%）" in changed["gap_zh"][0]
    assert "不是评分" in then.remarks[-1]
    same = then.rows.filter(then.rows["assumed_zh"].is_null())
    before = now.join(same, on=["item_no", "criterion_no"], how="semi")
    assert same["points"].to_list() == before["points"].to_list()
    assert not INVITING.search(then.rows["gap_zh"].str.join("").item())


@pytest.mark.parametrize("indicator", [
    name for name in definitions(SQL)["indicator"] if not COUNTABLE.fullmatch(name)
])  # fmt: skip
def test_what_must_reflect_reality_cannot_be_assumed(county, indicator):
    with pytest.raises(UserError, match="应反映实际情况") as refused:
        gathered(county, 2025, None, None, [f"{indicator}=1"], None)
    assert not INVITING.search(str(refused.value))


@pytest.mark.parametrize("short", ["underreporting=0", "death_rate=6", "incidence=200"])
def test_a_short_name_of_what_must_reflect_reality_is_known_for_it(county, short):
    with pytest.raises(UserError, match="应反映实际情况"):
        gathered(county, 2025, None, None, [short], None)


@pytest.mark.parametrize(("typed", "meant"), [("unknown=5", "unknown_cause"), ("icdo=1", "icdo3")])
def test_half_a_name_of_what_can_be_assumed_is_completed(county, typed, meant):
    with pytest.raises(UserError, match=f"是否指 {meant}"):
        gathered(county, 2025, None, None, [typed], None)


@pytest.mark.parametrize("wrong", ["audit", "audit=many", "audit=101", "audits=9", "report=5"])
def test_half_an_assumption_is_refused(county, wrong):
    with pytest.raises(UserError):
        gathered(county, 2025, None, None, [wrong], None)


def test_the_form_has_value_counts_interval_year_and_evidence(county, tmp_path):
    file = tmp_path / "score.xlsx"
    found = gathered(county, 2025, None, None, [], None)
    write_form(found, file)
    first = file.read_bytes()
    write_form(found, file)
    assert file.read_bytes() == first
    sheet = openpyxl.load_workbook(file).worksheets[0]
    titles = [cell.value for cell in sheet[3]]
    lines = {row[0]: dict(zip(titles, row, strict=True))
             for row in sheet.iter_rows(min_row=4, values_only=True)}  # fmt: skip
    assert (lines["17.3"]["分值"], lines["17.3"]["自评得分"]) == (5, 0)
    assert "分子/分母 5/6" in lines["17.3"]["依据"]
    assert "95%区间" in lines["17.3"]["依据"]
    assert "资料年份 2024" in lines["17.3"]["依据"]
    assert "合成〔2025〕1号" in lines["20.2"]["佐证材料"]
    assert lines["20.4"]["待佐证分"] == 3
    (total,) = rows(county, "select sum(points) from score.item where year = 2025")[0]
    assert lines["合计"]["自评得分"] == total


def test_years_stand_side_by_side_and_items_agree_with_the_published_ones(county):
    found = gathered(county, 2025, 2024, "330300", [], None)
    table = side_by_side(found.rows)
    assert table.columns == ["细则", "要求", "满分", "泰顺县 2024", "泰顺县 2025"]
    assert table.filter(table["细则"] == "20.4")["泰顺县 2025"].to_list() == ["0（3）"]
    published = rows(county, "select * from score.item where year in (2024, 2025) order by all")
    assert item_rows(found.rows).rows() == published


def test_a_frozen_score_is_cited_and_not_assumed(home, capsys, monkeypatch):
    freeze(home, 2024, "甲", "合成人")
    shown = CliRunner().invoke(app, ["score", "--home", str(home.path), "--freeze", "甲"])
    assert "引用冻结“甲”（2024 年，数据截至 2025-06-02" in shown.stdout
    shown = CliRunner().invoke(
        app, ["score", "--home", str(home.path), "--freeze", "甲", "--format", "json"]
    )
    assert {row["year"] for row in json.loads(shown.stdout)} == {2025}
    arguments = ["zhikong", "score", "--home", str(home.path), "--freeze", "甲", "--what-if", "a=1"]
    monkeypatch.setattr("sys.argv", arguments)
    with pytest.raises(SystemExit) as stopped:
        main()
    assert stopped.value.code == 2
    assert "不能与 --what-if 同用" in capsys.readouterr().err
