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
EXAMPLE = r"^\s*示例"  # rows of a template that show how it is meant: never data
FEWEST_FILLED = 2  # a line with fewer filled cells than this cannot make a card
#: A label such as 合计 stands in one of the first columns; looking at them keeps wide files quick.
LEADING = 5


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
        pl.col("source_row").cast(pl.Int64),
        filled=pl.sum_horizontal(pl.col(name).is_not_null() for name in cells.columns),
        lead=pl.coalesce(_stripped(name) for name in cells.columns[:LEADING]),
    )
    numbered = _without_blank_lines(numbered, cells.columns)
    if mapping is None:
        kind: pl.Expr = pl.lit("title")
    else:
        kind = _kinds(mapping, cells.columns, head[mapping.header_row], sheet)
    return numbered.select("source_row", kind.alias("line_kind"), *cells.columns), mapping


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
