"""Headings, running text, lists, blanks to be filled in, and the table of contents."""

from __future__ import annotations

from collections.abc import Iterable

from docx.document import Document
from docx.enum.text import WD_BREAK, WD_TAB_ALIGNMENT, WD_TAB_LEADER
from docx.shared import Cm, Pt
from docx.text.paragraph import Paragraph

from flows.document.field import add_field
from flows.document.page import TEXT_STYLE
from flows.printable import written

CONTENTS_HEADING = "目录"
CONTENTS_FIELD = r'TOC \o "1-2" \h \z \u'
CONTENTS_HINT = "（打开后在此处按 F9 更新目录）"


def add_heading(document: Document, text: str, level: int = 1) -> Paragraph:
    """A heading of level 1 to 3, which the table of contents and the navigation pane see."""
    heading: Paragraph = document.add_heading(written(text), level)
    return heading


def add_text(document: Document, text: str, *, bold: bool = False) -> Paragraph:
    """A paragraph of running text, first line two characters in."""
    paragraph = document.add_paragraph(style=TEXT_STYLE)
    paragraph.add_run(written(text)).bold = bold
    return paragraph


def add_items(document: Document, items: Iterable[str]) -> None:
    """A bulleted list."""
    for item in items:
        document.add_paragraph(written(item), style="List Bullet")


def add_blanks(document: Document, labels: Iterable[str], *, width_cm: float = 14.0) -> None:
    """Lines such as `牵头单位：________`, to be filled in by people."""
    for label in labels:
        paragraph = document.add_paragraph(f"{written(label)}：\t")
        paragraph.paragraph_format.line_spacing = 1.5
        paragraph.paragraph_format.space_after = Pt(0)
        stops = paragraph.paragraph_format.tab_stops
        stops.add_tab_stop(Cm(width_cm), WD_TAB_ALIGNMENT.LEFT, WD_TAB_LEADER.LINES)


def add_contents(document: Document) -> None:
    """The table of contents: a real field, filled in with the headings when `save` runs.

    Page numbers come when the program that opens the document computes the field; Word does so on
    opening, because the field is marked as out of date.
    """
    head = document.add_paragraph()
    head.add_run(CONTENTS_HEADING).bold = True
    add_field(document.add_paragraph(), CONTENTS_FIELD, CONTENTS_HINT, dirty=True)
    document.add_paragraph().add_run().add_break(WD_BREAK.PAGE)
