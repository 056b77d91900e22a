"""New files of the inbox -> raw: every row kept as text before anything else is judged."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from itertools import zip_longest
from pathlib import Path

import polars as pl

from flows.home import REFERENCE
from flows.inbox import Mark, inbox_files, known_marks, name_of, remember
from flows.known_scope import remember_scopes
from flows.layout import Layouts, Mapping, layouts
from flows.letters import returned
from flows.lines import mapped_text, mark_lines, recognised
from flows.open_file import Opened, open_file
from flows.read import Sheet
from flows.scope import ScopeError
from flows.store import Store
from flows.text import STILL_WRITTEN, UnreadableFileError


@dataclass(frozen=True)
class FileFault:
    """A file-level finding, before it has a place in the findings' table."""

    rule_id: str
    source_file: str
    reason: str
    field: str | None = None
    source_row: int | None = None


def ingest(
    store: Store, as_of: date, say: Callable[[str], None] = lambda line: None
) -> list[FileFault]:
    """Load what is new in the inbox; a file seen before adds nothing.

    Args:
        store: raw and state.
        as_of: the night's date, taken as the day of receipt of a new file.
        say: told one line per file.

    Returns:
        Faults of files that will be read again next night (still being written, bad scope); the
        faults of files read for good stand in `state.sheet`.
    """
    home = store.home
    known = {row[0] for row in store.connection.execute("select sha256 from state.seen").fetchall()}
    untouched, read_for_good = known_marks(store), dict[str, Mark]()
    files = inbox_files(home)
    wrong = remember_scopes(store, files)
    waiting = [FileFault("file.scope_unreadable", name, said) for name, said in wrong.items()]

    def opened(path: Path) -> Opened | None:
        return open_file(home, path, untouched.get(name_of(home, path)), known)

    def take(name: str, reading: Future[Opened | None]) -> None:
        try:
            found = reading.result()
        except FileNotFoundError:
            waiting.append(FileFault(STILL_WRITTEN, name, "文件在读取前被移走。"))
            return
        except ScopeError:
            return  # said above
        except UnreadableFileError as fault:
            say(f"{name}：{fault}")
            waiting.append(FileFault(fault.rule_id, name, str(fault)))
            return
        if found is None:
            return
        if found.digest not in known:
            _load(store, name, found, as_of)
            rows = sum(sheet.cells.height for sheet in found.sheets)
            say(f"{name}：{found.fault or f'{rows} 行'}")
            known.add(found.digest)
        if found.is_resting:
            read_for_good[name] = found.mark

    with ThreadPoolExecutor(1) as reader:
        coming = None
        for path, after in zip_longest(files, files[1:]):
            reading = coming or reader.submit(opened, path)
            # While one file is loaded the next is read; more would only lie in memory.
            coming = reader.submit(opened, after) if after else None
            take(name_of(home, path), reading)
            del reading
    remember(store, read_for_good)
    return waiting


def _load(store: Store, name: str, found: Opened, as_of: date) -> None:
    """Write the raw files first, then all records of the file in one transaction."""
    table = layouts(REFERENCE, store.home.path / "layouts")
    done = {
        row[0]
        for row in store.connection.execute(
            "select sha256 from state.sheet where status = 'loaded'"
        ).fetchall()
    }
    records: list[dict[str, object]] = []
    order = _next_order(store)
    earlier: dict[str, pl.Series] = {}
    # The same member may have come before, in another archive or by itself.
    new = [sheet for sheet in found.sheets if sheet.sha256 not in done]
    letters = returned.take(store, name, new, as_of, order)
    came = {"received_on": as_of, "exported_at": found.exported}
    records += [record | came for record in letters.records]
    for sheet in letters.rest:
        record = _load_sheet(store, name, sheet, table, order + len(records), earlier)
        records.append(record | came)
    execute = store.connection.execute
    execute("begin")
    for record in records:
        marks = ", ".join("?" for _ in record)
        execute(
            f"insert into state.sheet ({', '.join(record)}) values ({marks})", list(record.values())
        )
    for statement, values in letters.statements:
        execute(statement, values)
    execute("insert into state.seen values (?, ?, ?)", [found.digest, name, as_of])
    execute("commit")


def _next_order(store: Store) -> int:
    row = store.connection.execute("select coalesce(max(order_no), 0) from state.sheet").fetchone()
    return int(row[0]) + 1 if row else 1


def _load_sheet(
    store: Store,
    name: str,
    sheet: Sheet,
    table: Layouts,
    order: int,
    earlier: dict[str, pl.Series],
) -> dict[str, object]:
    source = f"{name}!{sheet.member}" if sheet.member else name
    record: dict[str, object] = {
        "order_no": order, "sha256": sheet.sha256, "source_file": source, "sheet": sheet.name,
        "raw_file": None, "card_type": None, "layout": None, "received_rows": 0, "loaded_rows": 0,
        "repeated_rows": 0, "rejected_rows": 0, "status": "rejected", "reason": None,
        "rule_id": None,
    }  # fmt: skip
    if sheet.fault is not None:
        return record | {"reason": str(sheet.fault), "rule_id": sheet.fault.rule_id}
    raw_file = f"{sheet.sha256[:32]}-{order}.parquet"
    stem = sheet.name or Path(sheet.member or name).stem
    mapping = recognised(sheet, table, stem)
    if mapping is None:
        store.write_raw(mark_lines(sheet, None), raw_file)
        rule, reason = "file.unknown_card_type", "表头无法识别为任何一种卡片，请核对导出的表头。"
        return record | {"raw_file": raw_file, "rule_id": rule, "reason": reason}
    if mapping.card_type not in earlier:
        earlier[mapping.card_type] = _hashes(store, mapping.card_type)
    known = earlier[mapping.card_type]
    lines = pl.concat(
        part.select("source_row", "line_kind").with_columns(
            row_hash=store.row_hashes(mapped_text(part, mapping))
        )
        for part in mark_lines(sheet, mapping)
    )
    lines = _mark_repeats(lines, known, bool(mapping.constants))
    earlier[mapping.card_type] = pl.concat([known, lines.filter(line_kind="data")["row_hash"]])
    store.write_raw(_with_marks(sheet, mapping, lines), raw_file)
    counts = dict(lines.group_by("line_kind").len().iter_rows())
    loaded, repeated = counts.get("data", 0), counts.get("repeated", 0)
    rejected = counts.get("cut", 0) + counts.get("unusable", 0)
    received = loaded + repeated + rejected
    return record | {
        "raw_file": raw_file, "card_type": mapping.card_type, "layout": mapping.layout,
        "received_rows": received, "loaded_rows": loaded, "repeated_rows": repeated,
        "rejected_rows": rejected, "status": "loaded",
        "reason": None if received else "只有表头，没有数据行。",
        "rule_id": None if received else "file.empty",
    }  # fmt: skip


def _with_marks(sheet: Sheet, mapping: Mapping, lines: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """The lines of a sheet with their cells, some at a time.

    Marked a second time: that costs less than to hold every line beside the cells.
    """
    first, place = 0, ["source_row", "line_kind"]
    for part in mark_lines(sheet, mapping):
        own = lines.slice(first, part.height)  # in the same order
        first += part.height
        yield pl.concat([own.select(place), part.drop(place), own.drop(place)], how="horizontal")


def _hashes(store: Store, card_type: str) -> pl.Series:
    """The contents that earlier sheets of a kind hold."""
    files = store.connection.execute(
        "select raw_file from state.sheet where card_type = ? and loaded_rows > 0", [card_type]
    ).fetchall()
    if not files:
        return pl.Series("row_hash", [], dtype=pl.UInt64)
    raw = [store.home.raw / file for (file,) in files]
    return store.read_locked(raw, "line_kind = 'data'", "row_hash")["row_hash"]


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
