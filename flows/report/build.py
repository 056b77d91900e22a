"""The chapters in their order, into a document of ours or into a user's template."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from docx.document import Document

from flows.document import add_contents, new_document, save
from flows.home import Home
from flows.report import advice, appendix, chronic, deaths, finding, front, method, quality, tumour
from flows.report.facts import Facts, read_facts
from flows.report.writer import Writer

Chapter = Callable[[Writer, Facts, bool], None]


def results(write: Writer, facts: Facts, internal: bool) -> None:
    """监测结果 in its sections."""
    write.chapter("八、监测结果")
    deaths.population(write, facts)
    deaths.level(write, facts, internal)
    deaths.three_groups(write, facts, internal)
    deaths.leading_causes(write, facts, internal)
    tumour.tumours(write, facts, internal)
    chronic.chronic(write, facts, internal)
    chronic.by_town(write, facts, internal)


def _plain(chapter: Callable[[Writer, Facts], None]) -> Chapter:
    return lambda write, facts, internal: chapter(write, facts)


#: By the placeholder of a template, in the order of the ten elements.
CHAPTERS: dict[str, Chapter] = {
    "background": _plain(front.background),
    "purpose": _plain(front.purpose),
    "sources": _plain(front.sources),
    "collection": _plain(front.collection),
    "content": _plain(front.content),
    "quality": _plain(quality.quality),
    "methods": _plain(method.methods),
    "results": results,
    "findings": finding.findings,
    "advice": _plain(advice.advice),
    "appendix": appendix.appendix,
}


def report_path(home: Home, area: str, year: int) -> Path:
    """Where the report of a county and year lies."""
    return home.reports / f"report-{area}-{year}.docx"


def write_report(
    home: Home,
    year: int,
    area: str | None = None,
    output: Path | None = None,
    template: Path | None = None,
    internal: bool = False,
    citation: str = "",
) -> Path:
    """Write the annual report of a year; the same published file gives the same bytes.

    Args:
        home: the installation.
        year: of the data; it must be over.
        area: 6-digit county; else that of the settings or the only one there is.
        output: the file; else `report_path`.
        template: a user's .docx with placeholders instead of our own layout.
        internal: hide no small cells, and say so.
        citation: of the freeze whose data these are; it stands in the page's header.

    Raises:
        UserError: no published file, an unknown county, a running year, an unusable template.
    """
    facts = read_facts(home, year, area)
    if template is None:
        document = new_document(front.title(facts))
        for mark in (citation, "内部资料" if internal else ""):
            if mark:
                document.sections[0].header.paragraphs[0].add_run(f"　{mark}")
        write = Writer(document)
        front.cover(write, facts, internal)
        add_contents(document)
        document.paragraphs[-2].paragraph_format.line_spacing = 1.0
        for chapter in CHAPTERS.values():
            chapter(write, facts, internal)
    else:
        from flows.report.template import fill

        document = fill(template, facts, CHAPTERS, internal)
    target = output or report_path(home, facts.area_code, year)
    target.parent.mkdir(parents=True, exist_ok=True)
    return save(document, target, facts.as_of)


def text_of(document: Document) -> str:
    """All text of a document, paragraphs and cells, a line each."""
    lines = [paragraph.text for paragraph in document.paragraphs]
    lines += [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join(line for line in lines if re.search(r"\S", line))
