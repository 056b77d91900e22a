"""Word documents: what a program that opens them will find."""

import struct
import zipfile
import zlib
from datetime import date
from pathlib import Path

import docx
import pytest
from docx.oxml.ns import qn

from flows.document import (
    add_blanks,
    add_contents,
    add_figure,
    add_heading,
    add_items,
    add_table,
    add_text,
    new_document,
    save,
)

DAY = date(2026, 1, 31)


def png() -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    head = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    pixel = zlib.compress(b"\0\xff\0\0")
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", pixel) + chunk(b"IEND", b"")


def written(path: Path) -> Path:
    document = new_document("某县漏报调查方案")
    add_contents(document)
    add_heading(document, "一、背景", 1)
    add_heading(document, "（一）依据", 2)
    add_text(document, "按方案开展。")
    add_items(document, ["甲", "乙"])
    assert add_table(document, "样本量", ["层", "户数"], [["城镇", "300"], ["农村", None]]) == "表1"
    assert add_table(document, "权重", ["层"], [["城镇"]]) == "表2"
    assert add_figure(document, "漏报率", png()) == "图1"
    add_blanks(document, ["牵头单位"])
    return save(document, path, DAY)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(tmp_path_factory.mktemp("document") / "a.docx")


def test_same_content_gives_the_same_bytes_and_no_wall_clock(file: Path) -> None:
    again = written(file.with_name("b.docx"))
    assert again.read_bytes() == file.read_bytes()
    with zipfile.ZipFile(file) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    assert docx.Document(str(file)).core_properties.created.date() == DAY


def test_headings_are_real_and_listed_in_the_contents(file: Path) -> None:
    document = docx.Document(str(file))
    headings = [(p.style.name, p.text) for p in document.paragraphs if "Heading" in p.style.name]
    assert headings == [("Heading 1", "一、背景"), ("Heading 2", "（一）依据")]
    contents = next(p for p in document.paragraphs if "TOC" in p._p.xml)
    assert contents.text == "一、背景\n　　（一）依据"


def test_every_style_in_use_names_a_chinese_font(file: Path) -> None:
    document = docx.Document(str(file))
    cells = [c for table in document.tables for row in table.rows for c in row.cells]
    used = [p.style for place in (document, *cells) for p in place.paragraphs]
    assert {style.name for style in used} >= {"Title", "Heading 1", "Caption", "Body Text"}
    for style in used:
        fonts = style.element.rPr.rFonts
        assert fonts.get(qn("w:eastAsia")) in ("宋体", "黑体"), style.name
        assert fonts.get(qn("w:eastAsiaTheme")) is None, style.name


def test_tables_repeat_their_head_and_captions_are_numbered_fields(file: Path) -> None:
    document = docx.Document(str(file))
    captions = [p.text for p in document.paragraphs if p.style.name == "Caption"]
    assert captions == ["表1  样本量", "表2  权重", "图1  漏报率"]
    table = document.tables[0]
    assert table.rows[0]._tr.trPr.find(qn("w:tblHeader")) is not None
    assert [cell.text for cell in table.rows[2].cells] == ["农村", "—"]


def test_a_draft_says_so_on_every_page_and_an_issued_document_does_not() -> None:
    draft, issued = new_document("甲"), new_document("甲", draft=False)
    assert draft.sections[0].header.paragraphs[0].text == "草稿（待审核签发）"
    assert issued.sections[0].header.paragraphs[0].text == ""
