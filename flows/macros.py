"""The macros of sql/macros.sql, stored in the published file."""

from __future__ import annotations

import duckdb

from flows.home import SQL


def write_macros(draft: duckdb.DuckDBPyConnection) -> None:
    """Create the macros with their Chinese comments; the tables they read exist already."""
    draft.execute((SQL / "macros.sql").read_text("utf-8"))
