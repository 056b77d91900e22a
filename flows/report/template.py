"""A user's own .docx as the report: its placeholders are filled, its chapters put in their places.

Words: ``{{ title }}`` and the other names of `words`, anywhere in the text. Chapters: a paragraph
that holds nothing but ``{{ background }}`` (or another name of `build.CHAPTERS`) becomes that
chapter, heading, tables and figures included, in the template's own styles.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

import docx
from docx.document import Document
from docx.opc.exceptions import PackageNotFoundError
from docxtpl import DocxTemplate
from jinja2 import StrictUndefined, TemplateError
from jinja2.sandbox import SandboxedEnvironment

from flows.document import new_document
from flows.home import UserError
from flows.report import front
from flows.report.facts import Facts
from flows.report.number import said
from flows.report.writer import Writer

#: Indicators a template can name in its text; each is printed with its unit, or as 无资料.
INDICATORS = (
    *("crude_death_rate_per_1000", "life_expectancy_years", "premature_mortality_percent"),
    *("cancer_incidence_per_100k", "cancer_mortality_per_100k", "stroke_incidence_per_100k"),
    *("coronary_incidence_per_100k", "coronary_mortality_per_100k"),
    *("diabetes_incidence_per_100k", "mortality_incidence_ratio"),
    *("morphologically_verified_percent", "death_certificate_only_percent"),
    *("death_timely_report_percent", "death_audit_percent", "unknown_cause_percent"),
)
MARK = "⟦{}⟧"


def words(facts: Facts) -> dict[str, str]:
    """What a template can print in its own sentences."""
    people = facts.people()
    found = {
        "title": front.title(facts),
        "area_name": facts.area_name,
        "area_code": facts.area_code,
        "year": str(facts.year),
        "as_of": f"{facts.as_of:%Y年%m月%d日}",
        "residency": facts.residency_zh,
        "population": "无资料" if people is None else f"{people:.0f}",
    }
    for indicator in INDICATORS:
        value = facts.value(indicator)
        found[indicator] = "无资料" if value is None else said(value["value"], value["unit"])
    return found


def fill(
    template: Path,
    facts: Facts,
    chapters: Mapping[str, Callable[[Writer, Facts, bool], None]],
    internal: bool,
) -> Document:
    """The template with its words and chapters.

    Raises:
        UserError: it is no .docx, or it names a placeholder that does not exist.
    """
    marks = {name: MARK.format(name) for name in chapters}
    rendered = io.BytesIO()
    try:
        book = DocxTemplate(str(template))
        environment = SandboxedEnvironment(undefined=StrictUndefined)
        book.render(words(facts) | marks, environment, autoescape=True)
        book.save(rendered)
    except (PackageNotFoundError, zipfile.BadZipFile, KeyError, OSError):
        raise UserError(f"--template {template}：不是可读的 Word 文档（.docx）。") from None
    except TemplateError as error:
        known = "、".join([*words(facts), *chapters])
        raise UserError(
            f"--template {template}：占位符无法使用（{error}）。可用的占位符：{known}。"
        ) from None
    rendered.seek(0)
    document = docx.Document(rendered)
    _lend_styles(document)
    if not _place(document, facts, chapters, internal):
        names = "、".join(f"{{{{ {name} }}}}" for name in chapters)
        raise UserError(f"--template {template}：没有一个单独成段的章节占位符（{names}）。")
    return document


def _place(
    document: Document,
    facts: Facts,
    chapters: Mapping[str, Callable[[Writer, Facts, bool], None]],
    internal: bool,
) -> int:
    """Write each chapter at the end of the body, in the order of the marks, and move it there."""
    by_mark = {MARK.format(name): chapter for name, chapter in chapters.items()}
    marked = [item for item in document.paragraphs if item.text.strip() in by_mark]
    for paragraph in marked:
        body = document.element.body
        before = len(body)
        by_mark[paragraph.text.strip()](Writer(document), facts, internal)
        written = list(body)[before - 1 : -1]  # the last element is the section's own
        for element in written:
            paragraph._p.addprevious(element)
        paragraph._p.getparent().remove(paragraph._p)
    return len(marked)


def _lend_styles(document: Document) -> None:
    """Styles our chapters need and the template lacks, as our own documents have them."""
    own: Any = None
    names = {style.name for style in document.styles}
    needed = [
        *("Heading 1", "Heading 2", "Heading 3", "Caption", "Body Text", "Body Text 2"),
        *("List Bullet", "Table Grid"),
    ]
    for name in needed:
        if name in names:
            continue
        own = own or new_document("").styles
        document.styles.element.append(deepcopy(own[name].element))
