"""The lines of a sheet: titles, header, data, totals, notes; and which cell is which field."""

from __future__ import annotations

import polars as pl

from flows.layout import Layouts, Mapping
from flows.read import Sheet
from flows.text import HEAD_LINES

TOTAL = r"^\s*(合\s*计|总\s*计|小\s*计|共\s*计|(?i:total)\s*$)"
NOTE = (
    r"^\s*[(（]?(注[:：1-9]|注$|备注|说明|制表|填表|审核人|导出|打印|数据来源|统计时间|报告单位"
    r"|合成)"
)
FEWEST_FILLED = 2  # a line with fewer filled cells than this cannot make a card


def mark_lines(sheet: Sheet, table: Layouts, stem: str) -> tuple[pl.DataFrame, Mapping | None]:
    """Number the lines of a sheet and name the kind of each.

    Args:
        sheet: cells as received.
        table: the layouts in force.
        stem: sheet name or file stem, for layouts that need it.

    Returns:
        Columns source_row (1-based, as a person counts), line_kind (`title`, `header`, `data`,
        `total`, `note`, `cut`, `unusable`) and the cells, blank lines left out; and the mapping, or
        None where no header is known (then every line is a `title`).
    """
    cells = sheet.cells
    head = [[cell or "" for cell in row] for row in cells.head(HEAD_LINES).rows()]
    mapping = table.recognise(head, stem)
    numbered = cells.with_row_index("source_row", offset=1).with_columns(
        pl.col("source_row").cast(pl.Int64)
    )
    filled = pl.sum_horizontal(
        pl.col(name).str.strip_chars().replace("", None).is_not_null() for name in cells.columns
    )
    numbered = numbered.with_columns(filled=filled).filter(pl.col("filled") > 0)
    if mapping is None:
        kind = pl.lit("title")
    else:
        kind = _kinds(mapping, cells.columns, head[mapping.header_row], sheet)
    marked = numbered.select("source_row", kind.alias("line_kind"), *cells.columns)
    return marked, mapping


def _kinds(mapping: Mapping, names: list[str], header: list[str], sheet: Sheet) -> pl.Expr:
    row = pl.col("source_row")
    first = pl.coalesce(pl.col(name).str.strip_chars().replace("", None) for name in names)
    same_as_header = pl.all_horizontal(
        pl.col(name).fill_null("") == text for name, text in zip(names, header, strict=True)
    )
    few = pl.min_horizontal(pl.lit(3), pl.lit(max(len(names) - 1, 1)))
    kind = (
        pl.when(row <= mapping.header_row)
        .then(pl.lit("title"))
        .when(same_as_header)
        .then(pl.lit("header"))
        .when(first.str.contains(TOTAL))
        .then(pl.lit("total"))
        .when((pl.col("filled") <= few) & first.str.contains(NOTE))
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
        pl.coalesce(
            pl.col(name).str.strip_chars().replace("", None) if len(names) > 1 else pl.col(name)
            for name in names
        ).alias(field)
        for field, names in by_field.items()
    )
