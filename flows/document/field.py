"""Word fields: page number, sequence number, table of contents."""

from __future__ import annotations

from typing import Any

from docx.oxml import OxmlElement
from docx.oxml.ns import qn


def add_field(paragraph: Any, instruction: str, shown: str, *, dirty: bool = False) -> None:
    r"""Append a field to a paragraph.

    Args:
        paragraph: of python-docx.
        instruction: as Word writes it, e.g. `PAGE`, `SEQ 表 \* ARABIC`.
        shown: the text until the program computes the field anew.
        dirty: ask the program to compute it when the document is opened.
    """
    mark(paragraph, "begin", dirty=dirty)
    code = OxmlElement("w:instrText")
    code.set(qn("xml:space"), "preserve")
    code.text = f" {instruction} "
    paragraph.add_run()._r.append(code)
    mark(paragraph, "separate")
    paragraph.add_run(shown)
    mark(paragraph, "end")


def mark(paragraph: Any, kind: str, *, dirty: bool = False) -> None:
    """Append one field character: `begin`, `separate` or `end`."""
    character = OxmlElement("w:fldChar")
    character.set(qn("w:fldCharType"), kind)
    if dirty:
        character.set(qn("w:dirty"), "true")
    paragraph.add_run()._r.append(character)


def count(document: Any, instruction: str) -> int:
    """How many fields whose instruction begins so stand in the document's body already."""
    return sum(
        (code.text or "").strip().startswith(instruction)
        for code in document.element.body.iter(qn("w:instrText"))
    )
