"""A file of the inbox -> its sheets, or what is wrong with it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import polars as pl

from flows.exchange.dialect import dialect_of
from flows.home import REFERENCE, TIME_ZONE, Home
from flows.inbox import Mark, mark_of
from flows.layout import layouts
from flows.letters import returned
from flows.read import PARTIAL_SUFFIXES, Sheet, read
from flows.scope import read_scope
from flows.store import sha256
from flows.text import STILL_WRITTEN, UnreadableFileError

BROKEN_OFF = "文件不完整，且半天以上没有变化，应是传输中断或文件损坏，请重新导出或传输。"


@dataclass(frozen=True)
class Opened:
    """A file of the inbox as it was read; of one that came before, no sheets."""

    mark: Mark
    is_resting: bool  # when the mark was taken
    digest: str
    exported: datetime
    sheets: list[Sheet] | None
    is_complete: bool = False  # it covers its scope
    states_time: bool = False  # of its export
    fault: UnreadableFileError | None = None  # the file is no file of cards, and stays so


def open_file(
    home: Home, path: Path, untouched: Mark | None, known: Collection[str]
) -> Opened | None:
    """Read a file.

    Args:
        home: the installation.
        path: a file of its inbox.
        untouched: how it looked when it was read for good, if it was.
        known: the sums of files that came before.

    Returns:
        What it holds; None of a file that nobody has touched since.

    Raises:
        FileNotFoundError: it has been taken away.
        ScopeError: what is said of it beside it cannot be read.
        UnreadableFileError: it is still being written.
    """
    if path.suffix.lower() in PARTIAL_SUFFIXES or path.name.startswith("~$"):
        raise UnreadableFileError(STILL_WRITTEN, "文件仍在传输，下次再读。")
    before = mark_of(path)
    if before == untouched:
        return None
    resting, digest = before.is_resting, sha256(path)
    scope = read_scope(path)
    exported = scope.exported_at or _local(before.modified_ns / 1e9)
    covers = scope.complete, scope.exported_at is not None
    if digest in known:
        return Opened(before, resting, digest, exported, None, *covers)
    known_cells = layouts(REFERENCE, home.path / "layouts").known_cells
    try:
        sheets = list(read(path, known_cells, dialect_of(home), digest))
        if mark_of(path)[:2] != before[:2]:  # of its content; its owner may change
            raise UnreadableFileError(STILL_WRITTEN, "读取时文件有变化，下次再读。")
    except UnreadableFileError as fault:
        if fault.rule_id == STILL_WRITTEN:
            if not mark_of(path).is_abandoned:
                raise
            fault = UnreadableFileError("file.unreadable", BROKEN_OFF)
        sheets = [Sheet("", "", digest, pl.DataFrame(), fault=fault)]
        if fault.rule_id == "file.password_protected":
            sheets = returned.locked_sheets(home, path, digest) or sheets
        return Opened(before, resting, digest, exported, sheets, fault=fault)
    return Opened(before, resting, digest, exported, sheets, *covers)


def _local(timestamp: float) -> datetime:
    return datetime.fromtimestamp(timestamp, TIME_ZONE).replace(tzinfo=None, microsecond=0)
