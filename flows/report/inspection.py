"""Which of the ten elements a Word document holds, each with text of its own: any document.

A heading is a paragraph of a heading style or outline level, or a short line that is numbered or
bold and names an element; what follows up to the next heading of its level or above is its text.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import docx
from docx.opc.exceptions import PackageNotFoundError
from docx.oxml.ns import qn
from docx.table import Table
from docx.text.paragraph import Paragraph
from lxml.etree import XMLSyntaxError

from flows.home import UserError
from flows.report.element import ELEMENTS, Element

#: A text of fewer characters says nothing; 略、无、待补充 and blanks count as none.
FEWEST_CHARACTERS = 10
EMPTY_WORDS = re.compile(r"[\s_…\uff0e.·—\-（）()：:、，。]|待补充|待填写|待完善|此处填写|略|暂缺")
NUMBERED = re.compile(
    r"^(第[一二三四五六七八九十百\d]+[章节部分条]+|[（(]?[一二三四五六七八九十]+[）)、.\uff0e]"
    r"|\d+(\.\d+)*[、.\uff0e）)]?)\s*"
)
LONGEST_HEADING = 24
UNSTYLED_LEVEL = 5  # below all real headings


@dataclass(frozen=True)
class Found:
    """One element as it stands in a document."""

    number: int
    name_zh: str
    is_present: bool
    character_count: int
    reason_zh: str | None


@dataclass(frozen=True)
class _Line:
    text: str
    level: int | None  # of a heading; None: running text


def inspect(path: Path) -> list[Found]:
    """The ten elements of a .docx, found or not.

    Raises:
        UserError: the file is no Word document.
    """
    try:
        document = docx.Document(str(path))
    except (PackageNotFoundError, zipfile.BadZipFile, KeyError, ValueError, XMLSyntaxError):
        raise UserError(f"{path}：不是可读的 Word 文档（.docx），请另存为 .docx 后重试。") from None
    lines = list(_lines(document))
    return [_element(element, lines) for element in ELEMENTS]


def _element(element: Element, lines: list[_Line]) -> Found:
    texts = [
        _text_under(lines, position)
        for position, line in enumerate(lines)
        if line.level is not None and _names(element, line.text)
    ]
    if not texts:
        reason = f"没有标题为“{element.name_zh}”的部分"
        return Found(element.number, element.name_zh, False, 0, reason)
    text = "\n".join(texts)
    said = len(EMPTY_WORDS.sub("", text))
    if said < FEWEST_CHARACTERS:
        reason = f"“{element.name_zh}”下没有内容"
        return Found(element.number, element.name_zh, False, said, reason)
    for pattern, lack in element.must_hold:
        if not pattern.search(text):
            reason = f"“{element.name_zh}”中{lack}"
            return Found(element.number, element.name_zh, False, said, reason)
    return Found(element.number, element.name_zh, True, said, None)


def _names(element: Element, heading: str) -> bool:
    """The heading names the element and is not a longer sentence that only mentions it."""
    bare = NUMBERED.sub("", heading.strip()).strip("：: 　")
    return any(
        element.heading.fullmatch(part.strip())
        for part in [bare, *re.split(r"[、，,和与及/]|以及", re.sub(r"（.*?）|\(.*?\)", "", bare))]
    ) or bare.startswith(element.name_zh)


def _text_under(lines: list[_Line], position: int) -> str:
    level = lines[position].level
    assert level is not None
    texts = []
    for line in lines[position + 1 :]:
        if line.level is not None and line.level <= level:
            break
        if line.level is None:  # sub-headings alone say nothing
            texts.append(line.text)
    return "\n".join(texts)


def _lines(document: Any) -> Iterator[_Line]:
    """Paragraphs and table cells in the order of the document, without its contents."""
    for item in document.iter_inner_content():
        if isinstance(item, Table):
            text = "\n".join(cell.text for row in item.rows for cell in row.cells)
            yield _Line(text, None)
        elif isinstance(item, Paragraph):
            if _is_contents(item):
                continue
            text = item.text.strip()
            if text:
                yield _Line(text, _level(item, text))
            elif item._p.findall(".//" + qn("w:drawing")):
                yield _Line("", None)


def _is_contents(paragraph: Paragraph) -> bool:
    style = (paragraph.style.name or "") if paragraph.style is not None else ""
    codes = paragraph._p.iter(qn("w:instrText"))
    return style.lower().startswith(("toc", "目录")) or any(
        (code.text or "").strip().startswith("TOC") for code in codes
    )


def _level(paragraph: Paragraph, text: str) -> int | None:
    style = paragraph.style
    while style is not None:
        name = style.name or ""
        if match := re.match(r"(?i)(heading|标题)\s*(\d)", name):
            return int(match[2])
        outline = style.element.find(f".//{qn('w:outlineLvl')}")
        if outline is not None and int(outline.get(qn("w:val"), "9")) < 9:
            return int(outline.get(qn("w:val"))) + 1
        style = getattr(style, "base_style", None)
    outline = paragraph._p.find(f".//{qn('w:outlineLvl')}")
    if outline is not None and int(outline.get(qn("w:val"), "9")) < 9:
        return int(outline.get(qn("w:val"))) + 1
    is_bold = bool(paragraph.runs) and all(run.bold for run in paragraph.runs if run.text.strip())
    looks_like_one = len(text) <= LONGEST_HEADING and (NUMBERED.match(text) or is_bold)
    if looks_like_one and any(_names(element, text) for element in ELEMENTS):
        return UNSTYLED_LEVEL
    return None
