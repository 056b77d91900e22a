"""Frames as Arrow tables, of which DuckDB asks what it needs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import duckdb
import polars as pl
import pyarrow as pa


def as_arrow(frame: pl.DataFrame) -> pa.Table:
    """A frame as it lies; left to itself DuckDB has all texts copied."""
    return frame.to_arrow(compat_level=pl.CompatLevel.newest())


@contextmanager
def registered(
    connection: duckdb.DuckDBPyConnection, name: str, frame: pl.DataFrame
) -> Iterator[None]:
    """A frame that SQL can name as long as the block lasts."""
    connection.register(name, as_arrow(frame))
    try:
        yield
    finally:
        connection.unregister(name)
