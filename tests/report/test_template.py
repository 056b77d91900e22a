"""A user's own layout: words and chapters go where its placeholders stand."""

from __future__ import annotations

from pathlib import Path

import docx
import pytest

from flows.home import Home, UserError
from flows.report.build import write_report
from flows.report.inspection import inspect
from tests.report.reading import captions, text_of


def template(path: Path, *paragraphs: str) -> Path:
    document = docx.Document()
    for text in paragraphs:
        document.add_paragraph(text)
    document.save(str(path))
    return path


def test_words_and_chapters_are_put_in_their_places(county: Home, tmp_path: Path) -> None:
    own = template(
        tmp_path / "own.docx",
        "{{ area_name }}{{ year }}年报告，人口{{ population }}人",
        "{{ background }}",
        "本县自己写的一段",
        "{{ content }}",
        "结束语",
    )
    file = write_report(county, 2025, output=tmp_path / "made.docx", template=own)
    document = docx.Document(str(file))
    lines = [paragraph.text for paragraph in document.paragraphs if paragraph.text.strip()]
    assert lines[0].startswith("泰顺县2025年报告，人口")
    order = [
        lines.index(text) for text in ("一、背景", "本县自己写的一段", "五、报告内容", "结束语")
    ]
    assert order == sorted(order)
    assert captions(document, "表") == [1]
    assert "{{" not in text_of(document)
    assert "⟦" not in text_of(document)
    assert [found.number for found in inspect(file) if found.is_present] == [1, 5]


@pytest.mark.parametrize(
    ("paragraphs", "sentence"),
    [
        (["{{ backgruond }}"], "backgruond.*可用的占位符"),
        (["没有占位符"], "没有一个单独成段的章节占位符"),
        (["{% for x in %}"], "占位符无法使用"),
    ],
)
def test_a_template_that_cannot_be_used_is_refused(
    county: Home, tmp_path: Path, paragraphs: list[str], sentence: str
) -> None:
    own = template(tmp_path / "own.docx", *paragraphs)
    with pytest.raises(UserError, match=sentence):
        write_report(county, 2025, output=tmp_path / "made.docx", template=own)


def test_what_is_no_word_document_is_refused(county: Home, tmp_path: Path) -> None:
    (tmp_path / "own.docx").write_text("not a zip")
    with pytest.raises(UserError, match="不是可读的 Word 文档"):
        write_report(county, 2025, output=tmp_path / "x.docx", template=tmp_path / "own.docx")
