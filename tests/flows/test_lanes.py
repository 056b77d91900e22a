"""Pieces of work on several cursors: what begins when, and what ends it."""

from __future__ import annotations

import time

import duckdb
import pytest

from flows import lanes
from flows.lanes import abreast


@pytest.mark.parametrize("count", [1, 2, 4])
def test_a_piece_begins_when_all_before_it_are_done(count: int) -> None:
    after = {"d": ["b", "c"], "b": ["a"], "c": ["a"], "a": []}
    begun, done = dict[str, set[str]](), set[str]()

    def work(lane: duckdb.DuckDBPyConnection, piece: str) -> None:
        begun[piece] = set(done)
        lane.execute(f"create table {piece} as select 1")
        done.add(piece)

    abreast(duckdb.connect(), after, work, count)
    assert done == {*after}
    assert all(begun[piece] >= {*before} for piece, before in after.items())


@pytest.mark.parametrize("trouble", [ValueError, KeyboardInterrupt])
def test_what_ends_a_piece_ends_the_work_and_no_other_is_begun(
    trouble: type[BaseException],
) -> None:
    begun: list[str] = []

    def work(lane: duckdb.DuckDBPyConnection, piece: str) -> None:
        begun.append(piece)
        if piece == "0":
            raise trouble
        time.sleep(0.05)

    with pytest.raises(trouble):
        abreast(duckdb.connect(), {str(number): [] for number in range(40)}, work, 2)
    assert len(begun) < 40


def test_an_interrupt_of_the_night_ends_the_work(monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[str] = []

    def work(lane: duckdb.DuckDBPyConnection, piece: str) -> None:
        begun.append(piece)
        time.sleep(0.05)

    def interrupted(*given: object, **more: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(lanes, "wait", interrupted)
    with pytest.raises(KeyboardInterrupt):
        abreast(duckdb.connect(), {str(number): [] for number in range(40)}, work, 2)
    assert len(begun) < 40
