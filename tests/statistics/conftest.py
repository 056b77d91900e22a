"""A draft with the schemas the statistics write to."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest


@pytest.fixture
def draft() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        for schema in ("indicator", "quality"):
            connection.execute(f"create schema {schema}")
        yield connection
