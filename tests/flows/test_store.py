"""Steps that run side by side have a connection each to the one store."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import duckdb
import polars as pl
import pytest

from flows.home import Home
from flows.store import opened

COUNT = "select count(*) from state.seen"


def test_what_one_thread_has_not_committed_no_other_sees(home: Home) -> None:
    with opened(home) as store, ThreadPoolExecutor(1) as beside:

        def seen_beside() -> list[tuple[int]]:
            return beside.submit(lambda: store.connection.execute(COUNT).fetchall()).result()

        store.connection.execute("begin")
        store.connection.execute("insert into state.seen values ('a', 'a.csv', null)")
        assert seen_beside() == [(0,)]
        store.connection.execute("commit")
        assert seen_beside() == [(1,)]


def test_files_are_written_and_read_by_several_threads_at_a_time(home: Home) -> None:
    with opened(home) as store, ThreadPoolExecutor(4) as lanes:

        def kept(number: int) -> int:
            store.write_raw([pl.DataFrame({"number": [number] * 1_000})], f"{number}.raw")
            return int(store.read_raw(f"{number}.raw")["number"].sum())

        assert list(lanes.map(kept, range(12))) == [1_000 * number for number in range(12)]


def test_a_closed_store_leaves_no_thread_a_connection(home: Home) -> None:
    with ThreadPoolExecutor(1) as beside:
        with opened(home) as store:
            left = beside.submit(lambda: store.connection).result()
            assert left.execute(COUNT).fetchall() == [(0,)]
        with pytest.raises(duckdb.ConnectionException):
            left.execute(COUNT)
        with opened(home) as again:
            assert again.connection.execute(COUNT).fetchall() == [(0,)]
