"""Writing a document so that the same content gives the same bytes."""

from __future__ import annotations

import io
import zipfile
from copy import deepcopy
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from docx.document import Document
from docx.oxml.ns import qn

from flows.document.paragraph import CONTENTS_FIELD, CONTENTS_HINT
from flows.durable import drafted

#: The earliest time a zip can hold: bytes do not depend on when they were written.
ZIP_TIME = (1980, 1, 1, 0, 0, 0)
AUTHOR = "zhikong"


def save(document: Document, path: Path, made_on: date) -> Path:
    """Write the document; it appears whole or not at all.

    Args:
        document: of `new_document`.
        path: the file; its folder must exist.
        made_on: the day of its core properties (数据截至 or the day of the plan), never the clock.

    Returns:
        The path.
    """
    _fill_contents(document)
    properties = document.core_properties
    properties.author = properties.last_modified_by = AUTHOR
    properties.created = properties.modified = datetime.combine(made_on, time())
    properties.revision, properties.comments = 1, ""
    plain = io.BytesIO()
    document.save(plain)
    with (
        drafted(path) as draft,
        zipfile.ZipFile(plain) as source,
        zipfile.ZipFile(draft, "w") as target,
    ):
        for name in source.namelist():
            entry = zipfile.ZipInfo(name, ZIP_TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o600 << 16
            target.writestr(entry, source.read(name))
    return path


def _fill_contents(document: Document) -> None:
    """Put the headings into the field of the contents, so that it is not empty before F9."""
    codes = [
        code
        for code in document.element.body.iter(qn("w:instrText"))
        if (code.text or "").strip() == CONTENTS_FIELD
    ]
    for code in codes:
        paragraph = code.getparent().getparent()
        texts = [text for text in paragraph.iter(qn("w:t")) if text.text == CONTENTS_HINT]
        headings = [
            (int(entry.style.name[-1]), entry.text)
            for entry in document.paragraphs
            if entry.style is not None and entry.style.name in ("Heading 1", "Heading 2")
        ]
        if texts and headings:
            _lines(texts[0], headings)


def _lines(text: Any, headings: list[tuple[int, str]]) -> None:
    """One run a heading, with line breaks between, inside the field's result."""
    run = text.getparent()
    text.text = _indented(*headings[0])
    text.set(qn("xml:space"), "preserve")
    for heading in reversed(headings[1:]):
        copy = deepcopy(run)
        shown = copy.find(qn("w:t"))
        shown.text = _indented(*heading)
        shown.addprevious(copy.makeelement(qn("w:br"), {}))
        run.addnext(copy)


def _indented(level: int, text: str) -> str:
    return "　　" * (level - 1) + text
