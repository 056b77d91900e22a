"""Summaries written by hand: a unit that cannot be right is found and explained."""

import pytest
from docx import Document
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from flows.cli import app
from flows.home import UserError
from flows.units.check import check_table, check_text, check_triangle
from flows.units.file import remarks
from flows.units.text import statements

SUMMARY = (
    "2013年全县死亡881例，死亡率7‰；肿瘤367例，发病率29.2%；心脑血管事件4058例，糖尿病管理262人。"
    "报告及时率97%，审核率100%。"
)


def said(text: str) -> list[tuple[str, str]]:
    return [(remark.kind, remark.suggested_unit) for remark in check_text(text)]


def test_the_29_2_percent_of_a_summary_is_found_by_its_other_rate_and_explained():
    unit, events = check_text(SUMMARY)
    assert (unit.kind, unit.printed_unit, unit.suggested_unit) == ("unit", "%", "/万")
    assert "“881例、死亡率7‰”推算的人口" in unit.text_zh
    assert "“发病率29.2%”等于每100人中有29.2人，与例数和人口不符" in unit.text_zh
    assert "单位似应为/万（29.2/万），请核实。" in unit.text_zh
    # 4,058 events are nine times what a county has: patients under management among them.
    assert events.kind == "unlikely" and "可能混有管理中的患者" in events.text_zh


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("户籍人口125857人，肿瘤367例，发病率29.2/万，死亡881例，死亡率7.00‰", []),
        ("户籍人口12.6万人，肿瘤367例，发病率292/10万，中标率180.2/10万", []),
        ("户籍人口125857人，肿瘤367例，发病率29.2%", [("unit", "/万")]),
        ("户籍人口125857人，死亡881人，死亡率8.1‰", [("mismatch", "")]),
        ("户籍人口125857人，死亡881人，死亡率7.00", [("unit", "‰")]),
        ("户籍人口125857人。男性死亡500人，死亡率8.1‰", []),
        ("肿瘤发病率29.2%", [("impossible", "")]),
        ("粗死亡率0.7‰", [("unlikely", "")]),
        ("死亡率较上年下降29.2%", []),
        ("间接标化糖尿病发病率超出99.8%控制限的乡镇（共判断19个）：甲乡。", []),
        ("漏报率120%，及时率970‰", [("impossible", ""), ("unit", "%")]),
        ("肺癌发病率为每10万60.3，死亡率十万分之45", []),
        ("高血压患病率25.2%", []),
        ("60岁以上人口占25%，人口死亡率7‰", []),
        ("", []),
    ],
)
def test_what_a_sentence_gives(text: str, found: list[tuple[str, str]]):
    assert said(text) == found


def test_full_width_digits_and_signs_are_read():
    wide = "全县人口１２５８５７人，肿瘤３６７例，发病率２９．２％"
    assert said(wide) == [("unit", "/万")]


def test_a_triangle_is_judged_by_itself():
    assert check_triangle(367, 125_857, "29.2", "/万") is None
    assert check_triangle(367, 125_857, 29.2, "%").suggested_unit == "/万"
    assert check_triangle(367, 125_857, "35.0", "/万").kind == "mismatch"
    assert check_triangle(20, 10, "200", "%").kind == "impossible"
    for count, people, unit in ((-1, 10, "%"), (1, 0, "%"), (1, 10, "per")):
        with pytest.raises(ValueError):
            check_triangle(count, people, "1.0", unit)


def test_a_table_is_judged_row_by_row_and_adjusted_rates_are_left_alone():
    rows = [
        ["表1 肿瘤发病率"],
        ["地区", "平均人口", "发病数", "发病率(1/10万)", "中标率(1/10万)", "死亡数", "死亡率(%)"],
        ["甲", "125,857", "367", "291.6", "180.0", "881", "7.00"],
        ["乙", "20000", "50", "250.0", "9.9", "140", "0.70"],
    ]
    (remark,) = check_table(rows)
    assert (remark.line, remark.quote, remark.suggested_unit) == (3, "死亡率7.00%", "‰")


def test_files_of_every_kind_are_read_and_others_refused(tmp_path):
    (tmp_path / "a.txt").write_text(SUMMARY, "gb18030")
    document = Document()
    document.add_paragraph("概况")
    document.add_paragraph(SUMMARY)
    table = document.add_table(2, 3)
    for place, (head, value) in enumerate(
        zip(("人口", "死亡数", "死亡率(%)"), ("125857", "881", "7.00"), strict=True)
    ):
        table.cell(0, place).text, table.cell(1, place).text = head, value
    document.save(str(tmp_path / "b.docx"))
    (tmp_path / "c.csv").write_text("人口,死亡数,死亡率(%)\n125857,881,7.00\n", "utf-8-sig")
    found = {name: remarks(tmp_path / name) for name in ("a.txt", "b.docx", "c.csv")}
    assert found["a.txt"]["kind"].to_list() == ["unit", "unlikely"]
    assert found["b.docx"].select("place", "line").rows() == [("", 2), ("", 2), ("表1", 2)]
    assert found["c.csv"]["suggested_unit"].to_list() == ["‰"]
    (tmp_path / "d.docx").write_bytes(b"no archive")
    for name in ("d.docx", "e.pdf", "absent.txt"):
        (tmp_path / "e.pdf").touch()
        with pytest.raises(UserError):
            remarks(tmp_path / name)
    shown = CliRunner().invoke(app, ["units", str(tmp_path / "a.txt")])
    assert shown.exit_code == 0 and "2 处请核实" in shown.output


@given(
    st.text(
        alphabet="死亡发病率肿瘤人口例管理占为约。，；万十每分之0123456789.,%‰/()（）\n ",
        max_size=80,
    )
)
def test_no_text_breaks_the_scanner_and_every_quote_stands_in_it(text: str):
    for statement in statements(text):
        assert statement.number.value >= 0
        assert 1 <= statement.line <= text.count("\n") + 1
    for remark in check_text(text):
        assert remark.text_zh.endswith("请核实。") or remark.text_zh.endswith("请核实单位。")


@given(
    people=st.integers(20_000, 3_000_000),
    deaths_per_1000=st.floats(4, 12),
    written=st.sampled_from(["%", "‰", "/万", "/10万"]),
)
def test_a_wrong_unit_is_found_whatever_the_county(people, deaths_per_1000, written):
    count = round(people * deaths_per_1000 / 1000)
    value = 1000 * count / people
    text = f"全县平均人口{people}人，死亡{count}例，死亡率{value:.2f}{written}。"
    assert said(text) == ([] if written == "‰" else [("unit", "‰")])
