"""quality.report_element: the ten elements of the annual report that a year is judged by.

The document that the evidence of item 22 names counts, looked for by its file name under
``reports/``; else the draft that `zhikong report` wrote there, which shows what can be issued and
never that another document was. What is not found is not judged here: evidence rows then speak
alone.
"""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from flows.home import Home, UserError
from flows.report.element import ELEMENTS

if TYPE_CHECKING:
    from flows.report.inspection import Found

ITEM = 22
SCHEMA: dict[str, Any] = {
    "area_code": pl.String,
    "year": pl.Int32,
    "data_year": pl.Int32,
    "document": pl.String,
    "is_named_in_evidence": pl.Boolean,
    "element_no": pl.Int32,
    "element_zh": pl.String,
    "is_present": pl.Boolean,
    "character_count": pl.Int64,
    "reason_zh": pl.String,
}
OWN_NAME = re.compile(r"report-(\d{6})-(\d{4})\.docx")


def report_elements(home: Home, evidence: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """``SCHEMA``, ten rows a document and 评估年 of a county whose report is at hand.

    Args:
        home: whose ``reports/`` is looked through.
        evidence: typed `evidence` rows.
        as_of: years after it are not looked at.
    """
    files = {path.name: path for path in sorted(home.reports.rglob("*.docx"))}
    drafts: dict[tuple[str, int], dict[Path, bool]] = {}
    for name, path in files.items():
        if match := OWN_NAME.fullmatch(name):
            drafts[match[1], int(match[2]) + 1] = {path: False}
    issued: dict[tuple[str, int], dict[Path, bool]] = {}
    named = evidence.filter(
        (pl.col("item_no") == ITEM) & (pl.col("done") == "1") & pl.col("document").is_not_null()
    )
    for row in named.sort("year", "area_code", "document").iter_rows(named=True):
        # Of another report that was issued `judge` lets the evidence speak first.
        if file := _file(files, row["document"]):
            issued.setdefault((row["area_code"][:6], row["year"]), {})[file] = True
    rows = [
        (
            *(area, year, year - 1, path.name, is_named, found.number, found.name_zh),
            *(found.is_present, found.character_count, found.reason_zh),
        )
        for (area, year), paths in sorted((drafts | issued).items())
        if year <= as_of.year
        for path, is_named in paths.items()
        for found in _inspected(path)
    ]
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def names(document: str, file: str) -> bool:
    """Whether evidence means a file: by its name, with or without folder and suffix."""
    name = re.split(r"[/\\]", document.strip())[-1]
    return file in (name, f"{name}.docx")


def _file(files: dict[str, Path], document: str) -> Path | None:
    return next((file for name, file in files.items() if names(document, name)), None)


def _inspected(path: Path) -> list[Found]:
    # A night without a report loads no python-docx.
    from flows.report.inspection import Found, inspect

    try:
        return inspect(path)
    except UserError:
        reason = f"{path.name} 不是可读的 Word 文档"
        return [Found(one.number, one.name_zh, False, 0, reason) for one in ELEMENTS]
