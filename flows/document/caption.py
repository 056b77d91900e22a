"""Numbered tables and figures with their captions."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from typing import Any

from docx.document import Document
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt

from flows.document.field import add_field, count
from flows.document.page import TABLE_STYLE
from flows.printable import written

NUMERIC = set("0123456789.,%‰-–—~～ ()（）/<>≥≤：＊\n")
#: A table of no more rows than this stays on one page.
KEPT_WHOLE = 13


def add_table(
    document: Document,
    caption_zh: str,
    header: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    widths_cm: Sequence[float] | None = None,
    note_zh: str | None = None,
) -> str:
    """A table with its caption above and a head row that repeats on every page.

    Args:
        document: of `new_document`.
        caption_zh: without number; the number follows from the tables before it.
        header: names of the columns.
        rows: cells; None prints as an em dash, floats as given by ``str``: format them first.
        widths_cm: of the columns; else they share the page's width.
        note_zh: a line under the table (sources, what a mark means).

    Returns:
        The label to refer to it by, e.g. `表1`. The table itself is ``document.tables[-1]``.
    """
    label = _caption(document, "表", caption_zh, keep_with_next=True)
    cells = [[_shown(cell) for cell in row] for row in rows]
    table = document.add_table(rows=1, cols=len(header), style="Table Grid")
    table.alignment = WD_TABLE_ALIGNMENT.CENTER
    numeric = [
        bool(cells) and all(set(row[column]) <= NUMERIC for row in cells)
        for column in range(len(header))
    ]
    # By its id: python-docx looks a name up anew, and slowly, for every cell.
    style = str(document.styles[TABLE_STYLE].style_id)
    _fill(table.rows[0], header, style, [WD_ALIGN_PARAGRAPH.CENTER] * len(header), bold=True)
    _repeat(table.rows[0])
    sides = [WD_ALIGN_PARAGRAPH.RIGHT if is_number else None for is_number in numeric]
    for row in cells:
        line = table.add_row()
        _fill(line, row, style, sides, bold=False)
        _whole(line)
    if len(cells) <= KEPT_WHOLE:
        for line in table.rows[:-1]:
            line.cells[0].paragraphs[0].paragraph_format.keep_with_next = True
    if widths_cm is not None:
        table.autofit = False
        for column, width in zip(table.columns, widths_cm, strict=True):
            column.width = Cm(width)  # the grid: some programs look at nothing else
        for line in table.rows:
            for cell, width in zip(line.cells, widths_cm, strict=True):
                cell.width = Cm(width)
    if note_zh:
        document.add_paragraph(note_zh, style=TABLE_STYLE)
    else:
        document.add_paragraph(style=TABLE_STYLE)  # two tables must not grow together
    return label


def add_figure(
    document: Document,
    caption_zh: str,
    png_bytes: bytes,
    *,
    width_cm: float = 15.0,
    alt_text_zh: str | None = None,
) -> str:
    """A picture with its caption below.

    Args:
        document: of `new_document`.
        caption_zh: without number.
        png_bytes: the picture.
        width_cm: the height follows.
        alt_text_zh: what a screen reader says; the caption if None.

    Returns:
        The label to refer to it by, e.g. `图1`.
    """
    paragraph = document.add_paragraph()
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    paragraph.paragraph_format.keep_with_next = True
    paragraph.paragraph_format.space_before = Pt(8)
    picture = paragraph.add_run().add_picture(io.BytesIO(png_bytes), width=Cm(width_cm))
    picture._inline.docPr.set("descr", alt_text_zh or caption_zh)
    return _caption(document, "图", caption_zh, keep_with_next=False)


def _caption(document: Document, kind: str, text: str, *, keep_with_next: bool) -> str:
    number = count(document, f"SEQ {kind}") + 1
    paragraph = document.add_paragraph(style="Caption")
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    paragraph.paragraph_format.keep_with_next = keep_with_next
    paragraph.add_run(kind)
    add_field(paragraph, f"SEQ {kind} \\* ARABIC", str(number))
    paragraph.add_run(f"  {written(text)}")
    return f"{kind}{number}"


def _shown(cell: object) -> str:
    return "—" if cell is None else str(cell)


def _fill(line: Any, texts: Sequence[str], style: str, sides: Sequence[Any], *, bold: bool) -> None:
    for cell, text, side in zip(line.cells, texts, sides, strict=True):
        paragraph = cell.paragraphs[0]
        paragraph._p.style = style
        paragraph.alignment = side
        paragraph.add_run(written(text)).bold = bold


def _repeat(line: Any) -> None:
    line._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))


def _whole(line: Any) -> None:
    """A row is not broken over two pages."""
    keep = OxmlElement("w:cantSplit")
    keep.set(qn("w:val"), "true")
    line._tr.get_or_add_trPr().append(keep)
