"""A summary on disk -> remarks on its counts, rates and populations."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path

import polars as pl

from flows.home import UserError
from flows.read import sheets_of
from flows.text import UnreadableFileError, to_utf8
from flows.units.check import Remark, check_table, check_text

TABLES = {".csv", ".tsv", ".xlsx", ".xls"}
TEXTS = {".txt", ".md"}
LARGEST = 50 << 20  # bytes; a summary is no export
SCHEMA = {
    "source_file": pl.String, "place": pl.String, "line": pl.Int32, "kind": pl.String,
    "quote": pl.String, "printed_unit": pl.String, "suggested_unit": pl.String,
    "text_zh": pl.String,
}  # fmt: skip


def remarks(file: Path) -> pl.DataFrame:
    """The remarks on a file, one row each, columns of SCHEMA.

    ``place``: the sheet or the table of the document; empty for running text. ``line``: its line,
    paragraph or row from 1.

    Raises:
        UserError: there is no such file, or it cannot be read.
    """
    if not file.is_file():
        raise UserError(f"找不到文件 {file}。")
    if file.stat().st_size > LARGEST:
        raise UserError(f"文件 {file.name} 过大，这里只核对总结和表格。")
    try:
        rows = [
            (file.name, place, remark.line, remark.kind, remark.quote, remark.printed_unit,
             remark.suggested_unit, remark.text_zh)
            for place, found in _parts(file)
            for remark in found
        ]  # fmt: skip
    except UnreadableFileError as fault:
        raise UserError(f"文件 {file.name} 无法读取：{fault}") from None
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def _parts(file: Path) -> Iterator[tuple[str, list[Remark]]]:
    suffix = file.suffix.lower()
    if suffix in TEXTS:
        yield "", check_text(to_utf8(file.read_bytes()).decode())
    elif suffix == ".docx":
        yield from _document(file)
    elif suffix in TABLES:
        for sheet in sheets_of(file.name, file.read_bytes(), _headers):
            rows = [[cell or "" for cell in row] for row in sheet.cells.iter_rows()]
            yield sheet.name, check_table(rows)
    else:
        known = "、".join(sorted(TEXTS | TABLES | {".docx"}))
        raise UserError(f"不认识的文件类型 {file.name}；可用 {known}。")


def _headers(rows: list[list[str]]) -> int:
    """How many cells the best row has that name a rate, a count or a population."""
    return max((sum(any(w in cell for w in "率数口") for cell in row) for row in rows), default=0)


def _document(file: Path) -> Iterator[tuple[str, list[Remark]]]:
    import docx
    from docx.opc.exceptions import PackageNotFoundError

    try:
        document = docx.Document(str(file))
    except (PackageNotFoundError, KeyError, ValueError, zipfile.BadZipFile):
        raise UserError(f"文件 {file.name} 不是 Word 文档（.docx），请另存后再试。") from None
    yield "", check_text("\n".join(paragraph.text for paragraph in document.paragraphs))
    for number, table in enumerate(document.tables, 1):
        rows = [[cell.text for cell in row.cells] for row in table.rows]
        yield f"表{number}", check_table(rows)
