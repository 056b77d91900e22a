"""The sheets of a file -> raw, and the file's records once all of it is written."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from itertools import islice
from pathlib import Path
from types import TracebackType

import polars as pl

from flows.again import is_current, shown_again
from flows.home import REFERENCE
from flows.lanes import LANES
from flows.layout import Mapping, layouts
from flows.letters import returned
from flows.lines import mapped_text, mark_lines, recognised
from flows.open_file import Opened
from flows.read import Sheet
from flows.sheet_record import Record, raw_name, source_of, unread
from flows.store import Store

#: What is to be written of a sheet: its lines in pieces, and the file's name.
Raw = tuple[Iterator[pl.DataFrame], str]
#: Files that are written at a time, and the rows that may wait beside them: small files are not
#: waited for.
WRITERS, WAITING_ROWS = 2, 10_000
#: What a file counts at least, so that thousands of empty ones do not wait.
LEAST_ROWS = 100


@dataclass(frozen=True)
class _Writing:
    """A file whose place among all others is settled, while raw is written."""

    name: str
    digest: str
    rows: int
    records: list[Record]
    statements: list[tuple[str, list[object]]]
    written: Future[None]
    then: Callable[[list[Record]], None]


class Loader:
    """Loads the files of a night, in the order in which they are given.

    While large files are written the next is settled: what its lines are, and which of them came
    before. A file is recorded when raw holds all of it, after all files before it.
    """

    def __init__(self, store: Store, as_of: date) -> None:
        """Look up what is known; nothing is written."""
        self.store, self.as_of = store, as_of
        self.table = layouts(REFERENCE, store.home.path / "layouts")
        rows = store.connection.execute(
            "select sha256, status = 'loaded', order_no from state.sheet"
        ).fetchall()
        self.loaded = {digest for digest, is_loaded, _ in rows if is_loaded}
        self.order = max((order for _, _, order in rows), default=0) + 1
        self.contents: dict[str, pl.Series] = {}  # of the rows that came before, by kind
        self.settlers, self.writers = ThreadPoolExecutor(LANES), ThreadPoolExecutor(WRITERS)
        self.fault: BaseException | None = None  # after a file that was not written none is begun
        self.writing: deque[_Writing] = deque()

    def __enter__(self) -> Loader:
        """Give itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Record the last files; after a fault those that are written or are being."""
        try:
            while self.writing and (kind is None or not self.writing[0].written.cancel()):
                self._finish_first()
        finally:
            for lanes in (self.settlers, self.writers):
                lanes.shutdown(cancel_futures=True)

    def load(
        self,
        name: str,
        found: Opened,
        sheets: list[Sheet],
        then: Callable[[list[Record]], None],
    ) -> None:
        """Take a file.

        Args:
            name: of the file.
            found: the file.
            sheets: that it holds.
            then: called with what is recorded of it, when it is.
        """
        while self.writing and self.writing[0].written.done():
            self._finish_first()
        # The same member may have come before, in another archive or by itself.
        new = [sheet for sheet in sheets if sheet.sha256 not in self.loaded]
        books, rest = returned.letters_among(new)
        if books:
            self.finish()  # answers are judged by those that are recorded
        letters = returned.take(self.store, name, books, self.as_of, self.order)
        records, raw = letters.records, []
        for sheet in rest:
            record, lines = self._settled(name, sheet, self.order + len(records))
            records.append(record)
            if lines is not None:
                raw.append((lines, str(record["raw_file"])))
        self.order += len(records)
        if found.is_complete and len(new) < len(sheets):  # members of a zip that did not change
            self.finish()
            for sheet in sheets:
                if sheet.sha256 in self.loaded:
                    known = self._again(sheet.sha256, source_of(name, sheet), found)
                    records += known
                    self.order += len(known)
        self.loaded |= {str(row["sha256"]) for row in records if row["status"] == "loaded"}
        came = {"received_on": self.as_of, "exported_at": found.exported}
        records = [record | came for record in records]
        rows = max(sum(sheet.cells.height for sheet in new), LEAST_ROWS)
        written = self.writers.submit(self._write, raw)
        self.writing.append(
            _Writing(name, found.digest, rows, records, letters.statements, written, then)
        )
        while sum(file.rows for file in islice(self.writing, WRITERS, None)) > WAITING_ROWS:
            self._finish_first()

    def again(self, name: str, found: Opened, then: Callable[[list[Record]], None]) -> None:
        """Take a file whose content came before, where it is a complete export of a later time.

        A file without a time of export is as late as it was written, unless it is an old one that
        somebody put there once more: then another came under its name since, or none ever did.
        """
        if not found.is_complete:
            return
        self.finish()  # the content may have come tonight
        if not found.states_time and not is_current(self.store, name, found.digest):
            return
        records = self._again(found.digest, name, found)
        if records:
            self._insert(records)
            self.order += len(records)
            then(records)

    def _again(self, digest: str, source_file: str, found: Opened) -> list[Record]:
        return shown_again(self.store, digest, source_file, found.exported, self.as_of, self.order)

    def finish(self) -> None:
        """Record the files that are being written, as soon as all of each is."""
        while self.writing:
            self._finish_first()

    def _finish_first(self) -> None:
        """Wait until the first of them is written, and record it.

        A fault is that of this file: those after it are not written, let alone recorded.
        """
        file = self.writing.popleft()
        try:
            file.written.result()
            self._record(file)
        except BaseException:
            for other in self.writing:
                other.written.cancel()
            self.writing.clear()
            raise
        file.then(file.records)

    def _record(self, file: _Writing) -> None:
        """All of a file in one transaction."""
        execute = self.store.connection.execute
        execute("begin")
        self._insert(file.records)
        for statement, values in file.statements:
            execute(statement, values)
        execute("insert into state.seen values (?, ?, ?)", [file.digest, file.name, self.as_of])
        execute("commit")

    def _insert(self, records: list[Record]) -> None:
        for record in records:
            marks = ", ".join("?" for _ in record)
            self.store.connection.execute(
                f"insert into state.sheet ({', '.join(record)}) values ({marks})",
                list(record.values()),
            )

    def _write(self, raw: list[Raw]) -> None:
        if self.fault is not None:
            raise self.fault
        try:
            for lines, file in raw:
                self.store.write_raw(lines, file)
        except BaseException as fault:
            self.fault = fault
            raise

    def _settled(
        self, name: str, sheet: Sheet, order: int
    ) -> tuple[Record, Iterator[pl.DataFrame] | None]:
        """The record of a sheet, and its lines for raw if it can be read."""
        record = unread(name, sheet, order)
        if sheet.fault is not None:
            return record | {"reason": str(sheet.fault), "rule_id": sheet.fault.rule_id}, None
        record["raw_file"] = raw_name(sheet, order)
        mapping = recognised(sheet, self.table, sheet.name or Path(sheet.member or name).stem)
        if mapping is None:
            reason = "表头无法识别为任何一种卡片，请核对导出的表头。"
            unknown = {"rule_id": "file.unknown_card_type", "reason": reason}
            return record | unknown, mark_lines(sheet, None)
        known = self.contents.get(mapping.card_type)
        if known is None:
            known = _contents(self.store, mapping.card_type)

        def told(part: pl.DataFrame) -> pl.DataFrame:
            hashes = self.store.row_hashes(mapped_text(part, mapping))
            return part.select("source_row", "line_kind").with_columns(row_hash=hashes)

        lines = pl.concat(self.settlers.map(told, mark_lines(sheet, mapping)))
        lines = _mark_repeats(lines, known, bool(mapping.constants))
        self.contents[mapping.card_type] = pl.concat(
            [known, lines.filter(line_kind="data")["row_hash"]]
        )
        counts = dict(lines.group_by("line_kind").len().iter_rows())
        loaded, repeated = counts.get("data", 0), counts.get("repeated", 0)
        rejected = counts.get("cut", 0) + counts.get("unusable", 0)
        received = loaded + repeated + rejected
        record |= {
            "card_type": mapping.card_type, "layout": mapping.layout,
            "received_rows": received, "loaded_rows": loaded, "repeated_rows": repeated,
            "rejected_rows": rejected, "status": "loaded",
            "reason": None if received else "只有表头，没有数据行。",
            "rule_id": None if received else "file.empty",
        }  # fmt: skip
        return record, _with_marks(sheet, mapping, lines)


def _with_marks(sheet: Sheet, mapping: Mapping, lines: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """The lines of a sheet with their cells, some at a time.

    Marked a second time: that costs less than to hold every line beside the cells.
    """
    first, place = 0, ["source_row", "line_kind"]
    for part in mark_lines(sheet, mapping):
        own = lines.slice(first, part.height)  # in the same order
        first += part.height
        yield pl.concat([own.select(place), part.drop(place), own.drop(place)], how="horizontal")


def _contents(store: Store, card_type: str) -> pl.Series:
    """The contents that earlier sheets of a kind hold."""
    files = store.connection.execute(
        "select raw_file from state.sheet where card_type = ? and loaded_rows > 0", [card_type]
    ).fetchall()
    if not files:
        return pl.Series("row_hash", [], dtype=pl.UInt64)
    lines = pl.concat(store.read_raw(file, ["line_kind", "row_hash"]) for (file,) in files)
    return lines.filter(line_kind="data")["row_hash"]


def _mark_repeats(lines: pl.DataFrame, earlier: pl.Series, is_registry: bool) -> pl.DataFrame:
    """A registry's exact repeats within one file are records; elsewhere they are one card."""
    is_data = pl.col("line_kind") == "data"
    # Counted where a content stands twice, which is hardly anywhere: to count all takes long.
    twice = lines.filter(pl.col("row_hash").is_duplicated())
    nth = pl.int_range(pl.len(), dtype=pl.Int32).over("line_kind", "row_hash")
    lines = lines.join(
        twice.select("source_row", occurrence=nth),
        on="source_row",
        how="left",
        maintain_order="left",
    ).with_columns(pl.col("occurrence").fill_null(0))
    repeated = pl.col("row_hash").is_in(earlier.implode())
    if not is_registry:
        repeated = repeated | (pl.col("occurrence") > 0)
    kind = pl.when(is_data & repeated).then(pl.lit("repeated")).otherwise("line_kind")
    return lines.with_columns(line_kind=kind)
