"""质量复核: the draw is seeded and kept, sheets hide the code, answers are read or refused."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pytest
from typer.testing import CliRunner

from flows.cli import app
from flows.home import Home, UserError
from flows.recheck.analyse import analyse, error_table, measured
from flows.recheck.answer import SCHEMA, read_answers
from flows.recheck.draw import choose, draw
from flows.recheck.sheet import CARD_ID, SHEET, write_sheets
from flows.store import opened

HOSPITALS = pl.DataFrame(
    {
        "org_code": ["H1", "H2", "T1"],
        "org_name": ["合成县医院", "合成中医院", "合成镇卫生院"],
        "org_level": ["3", "3", "4"],
        "area_code": ["330329", "330329", "330329101"],
    }
)


def cards(count: int, **same: Any) -> pl.DataFrame:
    rows = [
        {
            "card_type": "tumour", "card_id": f"{same.get('org_code', 'H1')}-{number}",
            "org_code": "H1", "year": 2025, "inpatient_no": f"Z{number}", "disease": "tumour",
            "icd10_category": "C34", "diagnosis_basis": "7",
        } | same
        for number in range(count)
    ]  # fmt: skip
    return pl.DataFrame(rows, schema_overrides={"inpatient_no": pl.String})


def chosen(frame: pl.DataFrame, seed: int = 2025, size: int = 10) -> list[str]:
    return choose(frame, HOSPITALS, 2025, seed, size)["card_id"].to_list()


def test_ten_of_each_disease_are_drawn_in_each_hospital_and_all_where_there_are_fewer():
    frame = pl.concat([cards(40), cards(4, org_code="H2"), cards(5, org_code="T1")])
    rows = choose(frame, HOSPITALS, 2025, 1, 10)
    drawn = rows.group_by("org_code").agg(pl.len(), pl.col("available_count").first())
    assert sorted(drawn.rows()) == [("H1", 10, 40), ("H2", 4, 4)]
    assert rows["is_city"].sum() == 5


def test_the_seed_alone_decides_and_other_cards_do_not_disturb_the_draw():
    frame = cards(40)
    assert chosen(frame) == chosen(frame.sample(fraction=1, shuffle=True, seed=3))
    assert chosen(frame) != chosen(frame, seed=2026)
    old = {f"H1-{number}" for number in range(40)}
    assert set(chosen(cards(60))) & old <= set(chosen(frame))


@pytest.mark.parametrize(
    "change", [{"inpatient_no": None}, {"year": 2024}, {"disease": "other"}, {"org_code": "T1"}]
)
def test_only_inpatient_cards_of_the_year_and_of_larger_hospitals_are_drawn(change):
    assert chosen(cards(3, **change)) == []


DRAWN = pl.DataFrame(
    {
        "draw_id": ["FH2025-1"] * 4, "year": [2025] * 4, "drawn_on": [date(2026, 1, 31)] * 4,
        "org_code": ["H1"] * 4, "org_name": ["合成县医院"] * 4, "row_no": [1, 2, 3, 4],
        "card_id": ["a", "b", "c", "d"], "inpatient_no": ["Z1", "=1+1", None, "Z4"],
        "disease": ["tumour", "tumour", "stroke", "diabetes"],
        "icd10_category": ["C34", "C16", "I63", "E11"],
        "diagnosis_basis": ["6,7", "7", None, None],
    }
)  # fmt: skip
FILL = ("病案首页", "出院或死亡记录", "入院记录", "专科检查")


def filled(folder: Path, answers: dict[str, dict[str, str]]) -> Path:
    """The written sheet with a hospital's answers in it, by card id."""
    (file,) = write_sheets(DRAWN, folder)
    book = openpyxl.load_workbook(file)
    sheet = book[SHEET]
    head = {cell.value: cell.column for cell in sheet[3]}
    for row in range(4, 8):
        for name, value in answers.get(sheet.cell(row, head[CARD_ID]).value, {}).items():
            sheet.cell(row, head[name]).value = value
    book.save(file)
    return file


ALL = dict.fromkeys(FILL, "有")


def test_a_sheet_names_card_and_inpatient_number_but_neither_name_nor_the_cards_own_code(tmp_path):
    (file,) = write_sheets(DRAWN, tmp_path)
    cells = [cell for row in openpyxl.load_workbook(file)[SHEET].iter_rows() for cell in row]
    texts = {cell.value for cell in cells}
    assert {"a", "Z1", "=1+1", "头颅CT或磁共振报告"} <= texts
    assert not texts & {"C34", "C16", "I63", "E11", "6,7", "姓名"}
    assert {cell.data_type for cell in cells if cell.value == "=1+1"} == {"s"}  # no formula
    assert file.stat().st_mode & 0o77 == 0
    first = file.read_bytes()
    (again,) = write_sheets(DRAWN, tmp_path / "again")
    assert again.read_bytes() == first


def test_answers_give_completeness_agreement_and_errors(tmp_path):
    file = filled(
        tmp_path,
        {
            "a": ALL | {"病案诊断ICD-10": "c34.901", "病案诊断依据": "7,6"},
            "b": ALL | {"病案诊断ICD-10": "C18.0", "病案诊断依据": "6", "错误类型": "1,2"},
            "c": ALL | {"专科检查": "无", "病案诊断ICD-10": "I63.5"},
        },
    )
    answers = read_answers([file], {"a", "b", "c", "d"})
    table = measured(DRAWN, answers).filter((pl.col("病种") == "合计") & (pl.col("机构") == "合计"))
    assert table.select("指标", "分子", "分母").rows() == [
        ("复核完成率", 3, 4),
        ("病例完整率", 2, 3),
        ("ICD编码符合率（前三位）", 2, 3),
        ("诊断依据符合率（肿瘤）", 1, 2),
    ]
    # exact limits of 2 of 3
    assert table.row(1)[6:8] == (9.43, 99.16)
    assert error_table(DRAWN, answers).rows() == [
        ("疾病编码", "恶性肿瘤", 1), ("诊断", "恶性肿瘤", 1),
    ]  # fmt: skip


def test_no_answer_at_all_is_no_rate():
    table = measured(DRAWN, pl.DataFrame(schema=SCHEMA))
    assert set(table["指标"]) == {"复核完成率"}
    assert table["分子"].sum() == 0


@pytest.mark.parametrize(
    ("answers", "message"),
    [
        ({"a": {"病案首页": "有"}}, "第 4 行：出院或死亡记录、入院记录、专科检查 未填写"),
        ({"a": ALL | {"病案首页": "也许"}}, "病案首页 只能填“有”或“无”"),
        ({"a": ALL | {"病案诊断ICD-10": "肺癌"}}, "第 4 行：病案诊断ICD-10 不是 ICD-10 编码"),
        ({"a": ALL | {"错误类型": "8"}}, "错误类型 中有 1 个代码不在代码表内"),
        ({"b": ALL | {CARD_ID: "a"}}, "是同一张卡"),
        ({"b": ALL | {CARD_ID: "zz"}}, "卡片编号不在本次抽样中"),
    ],
)
def test_a_sheet_that_cannot_be_read_is_told_by_row_and_column(tmp_path, answers, message):
    file = filled(tmp_path, answers)
    with pytest.raises(UserError, match=message):
        read_answers([file], {"a", "b", "c", "d"})


def test_files_that_are_no_returned_sheets_are_told_apart(tmp_path):
    text = tmp_path / "a.xlsx"
    text.write_text("no workbook")
    other = openpyxl.Workbook()
    other.save(tmp_path / "b.xlsx")
    for file, message in (
        (text, "不是能读取的 .xlsx 文件"),
        (tmp_path / "b.xlsx", "没有名为“复核表”的工作表"),
        (tmp_path / "c.xlsx", "找不到文件"),
    ):
        with pytest.raises(UserError, match=message):
            read_answers([file], {"a"})


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A home after a night, with 12 synthetic inpatient tumour cards of one hospital."""
    monkeypatch.delenv("ZHIKONG_KEY", raising=False)
    place = Home(tmp_path / "home")
    monkeypatch.setattr("flows.recheck.draw.frame_of", lambda store, as_of: (cards(12), HOSPITALS))
    with opened(place) as store:
        store.connection.execute(
            "insert into state.run values ('2026-01-31', null, null, 'done', 1, 12, 0, null)"
        )
    return place


def test_a_draw_is_kept_and_a_second_one_must_be_asked_for(home):
    first = draw(home, 2025, None, 10, again=False)
    assert (first.draw_id, first.is_old, first.rows.height) == ("FH2025-1", False, 10)
    same = draw(home, 2025, None, 10, again=False)
    assert same.is_old and same.rows["card_id"].to_list() == first.rows["card_id"].to_list()
    with pytest.raises(UserError, match="2025 年已抽样（FH2025-1"):
        draw(home, 2025, 7, 10, again=False)
    assert draw(home, 2025, 7, 10, again=True).draw_id == "FH2025-2"


def test_a_draw_without_cards_says_what_is_missing(home):
    with pytest.raises(UserError, match="没有县级及以上医院带住院号的终审卡"):
        draw(home, 2024, None, 10, again=False)


def test_the_analysis_says_which_draw_it_is_of_and_how_many_there_were(home, tmp_path):
    draw(home, 2025, None, 10, again=False)
    draw(home, 2025, 7, 10, again=True)
    runner = CliRunner()
    command = ["recheck", "sheet", "--home", str(home.path), "--draw", "FH2025-1"]
    made = runner.invoke(app, [*command, "-o", str(tmp_path)])
    assert made.exit_code == 0, made.output
    (file,) = tmp_path.glob("质量复核_FH2025-1_*.xlsx")
    result = analyse(home, [file], "FH2025-1")
    assert "种子 2025" in result.lines[0] and "交回 0 份" in result.lines[0]
    assert result.lines[1] == "该年共抽样 2 次，均在案；本结果只用 FH2025-1"
    with pytest.raises(UserError, match="没有抽样 FH2020-1"):
        analyse(home, [file], "FH2020-1")
