"""A chapter's pen: text, numbered tables and figures; where there are no rows, a sentence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from docx.document import Document
from docx.enum.text import WD_BREAK
from docx.oxml.ns import qn
from docx.shared import Pt
from docx.table import Table
from docx.text.run import Run

from flows.document import add_figure, add_heading, add_items, add_table, add_text
from flows.figures.image import as_png

#: What a hidden small cell prints as, and the line under every table that may have one.
HIDDEN = "＊"
HIDDEN_NOTE = "＊ 为少于5例的格，或为防止由合计推算而一并隐去的格。"


def shrink(table: Table, points: float) -> None:
    """A smaller type for a wide or long table."""
    for run in table._tbl.iter(qn("w:r")):
        Run(run, table).font.size = Pt(points)


class Writer:
    """Writes into a document; chapters never touch python-docx themselves."""

    def __init__(self, document: Document) -> None:
        """Append to ``document`` (of `new_document`, or a user's template)."""
        self.document = document

    def chapter(self, text: str) -> None:
        """A heading of the first level."""
        add_heading(self.document, text, 1)

    def section(self, text: str) -> None:
        """A heading of the second level."""
        add_heading(self.document, text, 2)

    def part(self, text: str) -> None:
        """A heading of the third level."""
        add_heading(self.document, text, 3)

    def text(self, text: str) -> None:
        """A paragraph; nothing for an empty one."""
        if text:
            add_text(self.document, text)

    def items(self, items: Sequence[str]) -> None:
        """A bulleted list."""
        add_items(self.document, items)

    def table(
        self,
        caption: str,
        header: Sequence[str],
        rows: Sequence[Sequence[object]],
        *,
        none: str,
        widths: Sequence[float] | None = None,
        note: str | None = None,
        points: float | None = None,
    ) -> str | None:
        """A numbered table, its label returned; without rows the sentence ``none`` and no table."""
        if not rows:
            self.text(none)
            return None
        if any(HIDDEN in str(cell) for row in rows for cell in row):
            note = f"{note}{HIDDEN_NOTE}" if note else HIDDEN_NOTE
        label = add_table(
            self.document, caption, header, rows, widths_cm=widths, note_zh=note and f"注：{note}"
        )
        if points is not None:
            shrink(self.document.tables[-1], points)
        return label

    def figure(self, caption: str, chart: Any, alt: str, *, width: float = 13.5) -> str:
        """A chart as a picture; ``alt`` says in words what it shows."""
        return add_figure(
            self.document, caption, as_png(chart, 2.0), width_cm=width, alt_text_zh=alt
        )

    def new_page(self) -> None:
        """Go on at the top of a page."""
        self.document.add_paragraph().add_run().add_break(WD_BREAK.PAGE)
