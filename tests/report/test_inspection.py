"""Another's report: elements found by what its headings say, each with text of its own."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import docx
import polars as pl
import pytest

from flows.home import Home, UserError
from flows.report.inspection import inspect
from flows.report.issued import report_elements

SAID = "这一部分写了足够多的内容，不是空的。"
RESULTS = "粗死亡率为7.61‰；五年生存率为45.20%。"


def written(path: Path, *parts: tuple[str, str], style: str | None = "Heading 1") -> Path:
    document = docx.Document()
    for heading, text in parts:
        document.add_paragraph(heading, style=style)
        if text:
            document.add_paragraph(text)
    document.save(str(path))
    return path


def numbers(path: Path) -> list[int]:
    return [found.number for found in inspect(path) if found.is_present]


def test_eight_headings_may_hold_ten_elements(tmp_path: Path) -> None:
    file = written(
        tmp_path / "r.docx",
        ("一、背景及目的", SAID),
        ("二、资料来源", SAID),
        ("三、收集流程与步骤", SAID),
        ("四、报告内容", SAID),
        ("五、质量控制与评价", SAID),
        ("六、统计学方法", SAID),
        ("七、监测结果", RESULTS),
        ("八、主要发现和建议", SAID),
    )
    assert numbers(file) == list(range(1, 11))


def test_headings_without_a_style_are_known_by_their_number(tmp_path: Path) -> None:
    file = written(tmp_path / "r.docx", ("1. 背景", SAID), ("2. 目的", SAID), style=None)
    assert numbers(file) == [1, 2]


@pytest.mark.parametrize(
    ("heading", "text", "reason"),
    [
        ("背景", "", "下没有内容"),
        ("背景", "（略）……待补充", "下没有内容"),
        ("监测结果", "粗死亡率为7.61‰，心脑血管病居首位。", "没有生存率"),
        ("监测结果", "2025年没有资料，生存率暂不具备计算条件。", "没有数值"),
    ],
)
def test_an_element_must_say_something(
    tmp_path: Path, heading: str, text: str, reason: str
) -> None:
    file = written(tmp_path / "r.docx", (heading, text), ("其他", SAID))
    (found,) = [found for found in inspect(file) if found.name_zh == heading]
    assert not found.is_present
    assert reason in (found.reason_zh or "")


def test_a_sentence_that_mentions_an_element_is_no_heading(tmp_path: Path) -> None:
    file = written(tmp_path / "r.docx", ("工作", "本报告的目的和建议见附件，背景从略，不再赘述。"))
    assert numbers(file) == []


def test_text_in_tables_counts(tmp_path: Path) -> None:
    document = docx.Document()
    document.add_heading("信息来源", 1)
    document.add_table(1, 1).rows[0].cells[0].text = SAID
    document.save(str(tmp_path / "r.docx"))
    assert numbers(tmp_path / "r.docx") == [3]


def test_what_is_no_document_is_said(tmp_path: Path) -> None:
    (tmp_path / "r.docx").write_bytes(b"PK nothing")
    with pytest.raises(UserError, match="不是可读的 Word 文档"):
        inspect(tmp_path / "r.docx")


def evidence(*rows: tuple[int, str | None]) -> pl.DataFrame:
    schema = {
        "year": pl.Int64, "area_code": pl.String, "item_no": pl.Int64, "done": pl.String,
        "document": pl.String,
    }  # fmt: skip
    made = [(year, "330329", 22, "1", document) for year, document in rows]
    return pl.DataFrame(made, schema=schema, orient="row")


@pytest.mark.parametrize(
    ("rows", "document", "is_named", "present"),
    [
        ([], "report-330329-2025.docx", False, 1),
        ([(2026, "issued/签发件.docx")], "签发件.docx", True, 2),
        ([(2026, "签发件")], "签发件.docx", True, 2),
        # The paper that was issued is not here: the draft shows what there is, unnamed.
        ([(2026, "纸质件")], "report-330329-2025.docx", False, 1),
    ],
)
def test_the_document_that_evidence_names_comes_before_the_draft(
    tmp_path: Path,
    rows: list[tuple[int, str | None]],
    document: str,
    is_named: bool,
    present: int,
) -> None:
    home = Home(tmp_path)
    (home.reports / "2025").mkdir(parents=True)
    written(home.reports / "report-330329-2025.docx", ("背景", SAID))
    written(home.reports / "2025/签发件.docx", ("背景及目的", SAID))
    found = report_elements(home, evidence(*rows), date(2026, 3, 1))
    if document is None:
        assert found.is_empty()
    else:
        assert found.select("area_code", "year", "data_year", "document", "is_named_in_evidence")[
            0
        ].row(0) == ("330329", 2026, 2025, document, is_named)
        assert (found.height, found["is_present"].sum()) == (10, present)


def test_a_document_that_cannot_be_read_has_no_element(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.reports.mkdir()
    (home.reports / "report-330329-2025.docx").write_text("broken")
    found = report_elements(home, evidence(), date(2026, 3, 1))
    assert found["is_present"].sum() == 0
    assert "不是可读" in found["reason_zh"][0]


def test_of_two_documents_each_shows_its_own_elements(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.reports.mkdir()
    written(home.reports / "甲.docx", ("背景及目的", SAID))
    written(home.reports / "乙.docx", ("统计方法", SAID))
    found = report_elements(home, evidence((2026, "甲.docx"), (2026, "乙.docx")), date(2026, 3, 1))
    shown = found.filter("is_present").select("document", "element_zh").rows()
    assert {document for document, _ in shown} == {"甲.docx", "乙.docx"}
    assert found.height == 20
