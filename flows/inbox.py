"""The files of the inbox, and which of them nobody has touched since they were read.

Every night sums every file that it does not know to be untouched; a year of nightly exports is tens
of gigabytes. A file is taken for the one that was summed when its size and its two times (of its
content, and of anything about it) are the same to the nanosecond: what git goes by, too.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import NamedTuple

import polars as pl

from flows.arrow import registered
from flows.home import Home
from flows.scope import SUFFIX
from flows.store import Store

#: A file that changed so short before may change again without a later time (FAT counts by 2 s).
RESTING_SECONDS = 3
#: A file that is not whole and has not grown for half a day grows no more.
ABANDONED_SECONDS = 12 * 3600


class Mark(NamedTuple):
    """What changes with a file."""

    size: int
    modified_ns: int
    changed_ns: int

    @property
    def is_resting(self) -> bool:
        """Whether any change from now on gets a later time."""
        return self._rests(RESTING_SECONDS)

    @property
    def is_abandoned(self) -> bool:
        """Whether whoever wrote the file has stopped."""
        return self._rests(ABANDONED_SECONDS)

    def _rests(self, seconds: int) -> bool:
        newest = max(self.modified_ns, self.changed_ns)
        return newest < time.time_ns() - seconds * 1_000_000_000


def inbox_files(home: Home) -> list[Path]:
    """Files of the inbox in a fixed order; scope files and hidden files are not cards."""
    return sorted(
        path
        for path in home.inbox.rglob("*")
        if path.is_file()
        and not path.name.endswith(SUFFIX)
        and not any(part.startswith(".") for part in path.relative_to(home.inbox).parts)
    )


def name_of(home: Home, path: Path) -> str:
    """What a file is called in state and in messages: its place in the inbox."""
    return path.relative_to(home.inbox).as_posix()


def mark_of(path: Path) -> Mark:
    """What a file looks like from outside.

    Raises:
        FileNotFoundError: it was taken away.
    """
    stat = path.stat()
    return Mark(stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns)


def size_of(path: Path) -> int:
    """The bytes of a file, 0 of one that was taken away."""
    try:
        return mark_of(path).size
    except FileNotFoundError:
        return 0


def known_marks(store: Store) -> dict[str, Mark]:
    """The files that were read for good, by name, as they looked."""
    rows = store.connection.execute("select * from state.inbox_file").fetchall()
    return {name: Mark(*mark) for name, *mark in rows}


def remember(store: Store, marks: dict[str, Mark]) -> None:
    """These files have been read for good: while they look the same they are not opened again."""
    if marks:
        rows = [(name, *mark) for name, mark in marks.items()]
        schema = ["source_file", *Mark._fields]
        with registered(store.connection, "read", pl.DataFrame(rows, schema=schema, orient="row")):
            store.connection.execute("insert or replace into state.inbox_file from read")


def forget(store: Store) -> None:
    """Open every file again."""
    store.connection.execute("delete from state.inbox_file")
