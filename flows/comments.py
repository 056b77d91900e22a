"""Chinese comments of the published tables that no SQL header and no statistic gave one."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator

import duckdb

from flows.fields import CARDS, INPUTS, fields
from flows.home import REFERENCE

EVERY_TABLE = "*"
#: A limit is named like the value it belongs to.
LIMITS = {"_low": "下限", "_high": "上限"}


def write_comments_zh(draft: duckdb.DuckDBPyConnection) -> None:
    """COMMENT ON every table and column that says nothing in Chinese yet.

    The texts are those of reference/table_comment.csv.

    Columns of the home's own inputs take the label of `field.csv`; ``x_low`` and ``x_high`` that of
    ``x``. What nobody named stays without a comment, and a test says so.
    """
    given = _given()
    labels = dict(_columns(draft))
    said = []
    for (table, column), present in labels.items():
        if _speaks(present):
            continue
        if column:
            target = f'column {table}."{column}"'
            text = _column_text(table, column, given, labels)
        else:
            target, text = f"table {table}", given.get((table, ""))
        if text:
            said.append(f"comment on {target} is {_quoted(text)}")
    draft.execute(";".join(said))


def _speaks(comment: str | None) -> bool:
    """A label of nothing but an abbreviation explains nothing."""
    return comment is not None and re.search("[一-龥]", comment) is not None


def _given() -> dict[tuple[str, str], str]:
    with (REFERENCE / "table_comment.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    return {(row["table_name"], row["column_name"]): row["text_zh"] for row in rows}


def _columns(draft: duckdb.DuckDBPyConnection) -> Iterator[tuple[tuple[str, str], str | None]]:
    """((table, column), comment); column '' is the table itself."""
    for catalog, columns in (("tables", "''"), ("columns", "column_name")):
        found = draft.execute(
            f"select schema_name, table_name, {columns}, comment from duckdb_{catalog}()"
            " where database_name = current_database() and not internal order by all"
        ).fetchall()
        for schema, table, column, comment in found:
            yield (f"{schema}.{table}", column), comment


def _column_text(
    table: str,
    column: str,
    given: dict[tuple[str, str], str],
    labels: dict[tuple[str, str], str | None],
) -> str | None:
    schema, name = table.split(".")
    if text := given.get((table, column)):
        return text
    if name in (*CARDS, *INPUTS) and schema in ("card", "reference") and column in fields(name):
        return fields(name)[column].label_zh
    for ending, word in LIMITS.items():
        stem = column.removesuffix(ending)
        if stem != column and (base := labels.get((table, stem))):
            return f"{base}的95%区间{word}"
    return given.get((EVERY_TABLE, column))


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
