"""Several pieces of a night's SQL at a time, each on a cursor of its own."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from graphlib import TopologicalSorter
from queue import SimpleQueue

import duckdb

#: Pieces at a time that keep a processor busy.
LANES = min(4, os.cpu_count() or 1)
#: Pieces of all kinds at a time: some wait for a file or for Python, and leave a processor idle.
MIXED_LANES = LANES + 1


def abreast(
    connection: duckdb.DuckDBPyConnection,
    after: Mapping[str, Iterable[str]],
    work: Callable[[duckdb.DuckDBPyConnection, str], None],
    lanes: int = LANES,
) -> None:
    """Do pieces of work, each as soon as those before it are done and a lane is free.

    Args:
        connection: its tables are seen on every lane, what was registered on it is not.
        after: the names of all pieces, each with those that must be done before.
        work: does the named piece on a cursor; what one piece needs, no other uses at the time.
        lanes: how many at a time; one is the connection itself.

    Raises:
        Exception: what a piece raised; those that run are ended, no other is begun.
    """
    if lanes == 1:
        for name in TopologicalSorter(after).static_order():
            work(connection, name)
        return
    database = connection.execute("select current_database()").fetchall()[0][0]
    free: SimpleQueue[duckdb.DuckDBPyConnection] = SimpleQueue()
    for _ in range(lanes):
        cursor = connection.cursor()
        cursor.execute(f"use {database}")
        free.put(cursor)

    def on_a_lane(name: str) -> str:
        lane = free.get()
        try:
            work(lane, name)
        finally:
            free.put(lane)
        return name

    waiting = TopologicalSorter(after)
    waiting.prepare()
    with ThreadPoolExecutor(lanes) as pool:
        try:
            running = {pool.submit(on_a_lane, name) for name in waiting.get_ready()}
            while running:
                done, running = wait(running, return_when=FIRST_COMPLETED)
                for one in done:
                    waiting.done(one.result())
                running |= {pool.submit(on_a_lane, name) for name in waiting.get_ready()}
        except BaseException:  # also where somebody interrupts the night
            pool.shutdown(cancel_futures=True)
            raise
    while not free.empty():
        free.get().close()
