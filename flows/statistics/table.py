"""A published table of a statistic: its columns with their types and Chinese labels."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import duckdb
import polars as pl

from flows.draft import put
from flows.models import write_comments

#: Column -> (type, Chinese label).
Columns = dict[str, tuple[Any, str]]


def shaped(rows: pl.DataFrame | Iterable[Mapping[str, Any]], columns: Columns) -> pl.DataFrame:
    """The rows with exactly these columns in this order; a column the rows lack is null."""
    schema = {name: dtype for name, (dtype, _) in columns.items()}
    if not isinstance(rows, pl.DataFrame):
        return pl.DataFrame(list(rows), schema=schema)
    lacking = [
        pl.lit(None, dtype).alias(name)
        for name, dtype in schema.items()
        if name not in rows.columns
    ]
    return rows.with_columns(lacking).select(pl.col(name).cast(schema[name]) for name in schema)


def write(
    draft: duckdb.DuckDBPyConnection,
    table: str,
    title_zh: str,
    columns: Columns,
    rows: pl.DataFrame,
    keys: list[str],
) -> None:
    """Write ``rows`` as ``table`` in the order of its keys, with its Chinese comments."""
    ordered = shaped(rows, columns).sort(keys, nulls_last=True)
    put(draft, table, ordered)
    write_comments(draft, table, title_zh, {name: label for name, (_, label) in columns.items()})
