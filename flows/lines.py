"""The lines of a sheet: titles, header, data, totals, notes; and which cell is which field."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from flows.layout import Layouts, Mapping
from flows.raw_file import LINES
from flows.read import Sheet
from flows.text import HEAD_LINES

TOTAL = r"^\s*(合\s*计|总\s*计|小\s*计|共\s*计|(?i:total)\s*$)"
NOTE = (
    r"^\s*[(（]?(注[:：1-9]|注$|备注|说明|制表|填表|审核人|导出|打印|数据来源|统计时间|报告单位"
    r"|合成)"
)
EXAMPLE = r"^\s*示例"  # rows of a template that show how it is meant: never data
FEWEST_FILLED = 2  # a line with fewer filled cells than this cannot make a card
#: A label such as 合计 stands in one of the first columns; looking at them keeps wide files quick.
LEADING = 5


def recognised(sheet: Sheet, table: Layouts, stem: str) -> Mapping | None:
    """What the columns of a sheet are; None where no header is known.

    Args:
        sheet: cells as received.
        table: the layouts in force.
        stem: sheet name or file stem, for layouts that need it.
    """
    return table.recognise(_head(sheet), stem)


def _head(sheet: Sheet) -> list[list[str]]:
    return [[cell or "" for cell in row] for row in sheet.cells.head(HEAD_LINES).rows()]


def mark_lines(sheet: Sheet, mapping: Mapping | None) -> Iterator[pl.DataFrame]:
    """Number the lines of a sheet and name the kind of each, LINES at a time.

    Args:
        sheet: cells as received.
        mapping: as of `recognised`; None: every line is a `title`.

    Yields:
        Columns source_row (1-based, as a person counts), line_kind (`title`, `header`, `data`,
        `total`, `note`, `cut`, `unusable`) and the cells, blank lines left out; at least one
        frame, which may be empty.
    """
    names, head = sheet.cells.columns, _head(sheet)
    kind: pl.Expr = pl.lit("title")
    if mapping is not None:
        kind = _kinds(mapping, names, head[mapping.header_row], sheet)
    for first in range(0, max(sheet.cells.height, 1), LINES):
        cells = sheet.cells.slice(first, LINES)
        numbered = cells.with_row_index("source_row", offset=first + 1).with_columns(
            pl.col("source_row").cast(pl.Int64),
            filled=pl.sum_horizontal(pl.col(name).is_not_null() for name in names),
            lead=pl.coalesce(_stripped(name) for name in names[:LEADING]),
        )
        numbered = _without_blank_lines(numbered, names)
        yield numbered.select("source_row", kind.alias("line_kind"), *names)


def _stripped(name: str) -> pl.Expr:
    text = pl.col(name).str.strip_chars()
    return pl.when(text != "").then(text)


def _without_blank_lines(numbered: pl.DataFrame, names: list[str]) -> pl.DataFrame:
    """Leave out lines of nothing or of blanks; only lines that begin with nothing can be such."""
    if not numbered["lead"].null_count():
        return numbered
    exact = numbered.filter(pl.col("lead").is_null()).select(
        "source_row",
        exact=pl.sum_horizontal(_stripped(name).is_not_null() for name in names),
        any=pl.coalesce(_stripped(name) for name in names),
    )
    return (
        numbered.join(exact, on="source_row", how="left", maintain_order="left")
        .with_columns(filled=pl.coalesce("exact", "filled"), lead=pl.coalesce("lead", "any"))
        .filter(pl.col("filled") > 0)
    )


def _kinds(mapping: Mapping, names: list[str], header: list[str], sheet: Sheet) -> pl.Expr:
    row, lead = pl.col("source_row"), pl.col("lead")
    same_as_header = pl.all_horizontal(
        pl.col(name).fill_null("") == text
        for name, text in zip(names[:LEADING], header[:LEADING], strict=True)
    ) & (pl.col("filled") == sum(text != "" for text in header))
    few = min(3, max(len(names) - 1, 1))
    kind = (
        pl.when(row <= mapping.header_row)
        .then(pl.lit("title"))
        .when(same_as_header)
        .then(pl.lit("header"))
        .when(lead.str.contains(TOTAL))
        .then(pl.lit("total"))
        .when(lead.str.contains(EXAMPLE))
        .then(pl.lit("note"))
        .when((pl.col("filled") <= few) & lead.str.contains(NOTE))
        .then(pl.lit("note"))
        .when(pl.col("filled") < min(FEWEST_FILLED, len(names)))
        .then(pl.lit("unusable"))
    )
    if sheet.is_cut:
        kind = kind.when(row == sheet.cells.height).then(pl.lit("cut"))
    return kind.otherwise(pl.lit("data"))


def mapped_text(marked: pl.DataFrame, mapping: Mapping) -> pl.DataFrame:
    """The fields' text of every line: one column a field, the first filled header wins."""
    by_field: dict[str, list[str]] = {}
    for column in mapping.columns:
        by_field.setdefault(column.field, []).append(f"column_{column.position}")
    return marked.select(
        (
            pl.coalesce(_stripped(name) for name in names) if len(names) > 1 else pl.col(names[0])
        ).alias(field)
        for field, names in by_field.items()
    )
