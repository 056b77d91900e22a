"""Tables that are made side by side: every piece waits for all that it reads."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import duckdb
import pytest
import sqlglot
from sqlglot import exp

from flows import publish
from flows.home import Home
from flows.made_tables import WAITS, waits
from flows.models import existing_tables
from flows.plain import run_plain
from flows.sample import write_sample


class Recording:
    """A connection that notes which tables it is asked about."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self.connection, self.tables = connection, set[str]()

    def execute(self, sql: str, *more: Any) -> duckdb.DuckDBPyConnection:
        self._note(sql)
        return self.connection.execute(sql, *more)

    def sql(self, sql: str, *more: Any) -> duckdb.DuckDBPyRelation:
        self._note(sql)
        return self.connection.sql(sql, *more)

    def _note(self, sql: str) -> None:
        for statement in sqlglot.parse(sql, read="duckdb"):
            if statement is not None:
                self.tables |= {f"{t.db}.{t.name}" for t in statement.find_all(exp.Table) if t.db}

    def __getattr__(self, name: str) -> Any:
        return getattr(self.connection, name)


def closure(after: Mapping[str, list[str]], piece: str) -> set[str]:
    """The pieces that are done before a piece is begun."""
    found, left = set[str](), list(after[piece])
    while left:
        if (one := left.pop()) not in found:
            found.add(one)
            left += after[one]
    return found


def test_a_piece_waits_for_whatever_it_reads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_sample(tmp_path, year=2025, deaths=60, faults=0.05, seed=3, area="330329", preset=None)
    read: dict[str, set[str]] = {}
    made_by: dict[str, str] = {}
    after: dict[str, list[str]] = {}

    def serial(
        draft: duckdb.DuckDBPyConnection,
        pieces: Mapping[str, list[str]],
        work: Callable[[Any, str], None],
        lanes: int,
    ) -> None:
        after.update(pieces)
        for piece in TopologicalSorter(pieces).static_order():
            before, seen = existing_tables(draft), Recording(draft)
            work(seen, piece)
            made_by.update(dict.fromkeys(existing_tables(draft) - before, piece))
            read[piece] = seen.tables

    monkeypatch.setattr(publish, "abreast", serial)
    run_plain(Home(tmp_path), date(2026, 1, 21), lambda line: None)
    too_early = {
        (piece, table, made_by[table])
        for piece in WAITS
        for table in read[piece] & made_by.keys()
        if made_by[table] != piece and made_by[table] not in closure(after, piece)
    }
    assert read["trace"] and made_by["indicator.cancer_quality"] == "cancer_quality"
    assert too_early == set()


def test_what_a_piece_waits_for_is_spelt_out_table_by_table() -> None:
    made = waits(["work.area", "work.event", "measure.a", "quality.rule", "reference.area"])
    assert made["open"] == ["work.area", "work.event", "reference.area"]
    assert made["indicators"] == ["work.area", "work.event", "measure.a", "reference.area"]
    assert made["history"] == ["indicators", "trace", "quality.rule", "reference.area"]
