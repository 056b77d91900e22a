"""The files of a shelf: what typing and judging made of rows, and the facts of its sheets."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from flows.place import Places
from flows.sheet_text import Census
from flows.shelf.fingerprint import fingerprint
from flows.shelf.locked import DAMAGED, Locked
from flows.store import Store

#: Bytes of files that are read at a time.
AT_ONCE = 16 << 20
SIGHT: dict[str, Any] = {
    "order_no": pl.Int64, "source_row": pl.Int64, "row_hash": pl.UInt64, "occurrence": pl.Int32,
    "card_id": pl.String, "is_made_id": pl.Boolean, "stated_time": pl.Datetime("us"),
    "exported_at": pl.Datetime("us"), "content_order": pl.Int64, "content_no": pl.Int64,
}  # fmt: skip
CONTENT = ["content_order", "content_no"]
#: Which row of the shelf holds a content.
OWNER: dict[str, Any] = {name: SIGHT[name] for name in ("row_hash", *CONTENT)}
#: Kinds of files that a sheet is put in; later nights put verdicts beside them. Of a content's
#: columns `content` has those that steps of a night read, `rest` all others.
PUT = ("sight", "content", "rest", "malformed", "lost")


class DamagedShelfError(Exception):
    """A file of the shelf cannot be read; the text says nothing of what is in it."""


@dataclass
class Shelved:
    """What is known of a shelved sheet beside its rows."""

    order_no: int
    census: Census
    parts: int = 0
    made: list[list[str]] = field(default_factory=list)  # the kinds of files of each part
    contents: int = 0
    lacking: dict[str, int] = field(default_factory=dict)  # contents without it, by deciding column
    starts: list[int] = field(default_factory=list)  # the number of each part's first content
    key: str = ""  # of the mapping: the same text under another mapping is other content
    notes: list[tuple[str, str, str]] = field(default_factory=list)
    differing: list[tuple[str, str, int]] = field(default_factory=list)


@dataclass
class Shelf:
    """A folder of shelved sheets of one rule set."""

    store: Store
    folder: Path
    places: Places
    _facts: dict[int, Shelved] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Take the home's key."""
        self.locked = Locked(self.store.home.key)

    def forget_others(self) -> None:
        """Remove the shelves of rule sets that are no longer in force."""
        for folder in self.folder.parent.glob("*"):
            if folder != self.folder:
                shutil.rmtree(folder)

    def forget(self) -> None:
        """Remove what this rule set made of the rows: it is made again from raw."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def load(
        self,
        files: list[Path],
        columns: list[str] | None = None,
        only: pl.DataFrame | None = None,
    ) -> pl.DataFrame:
        """Read files of one kind, rows in their order.

        Args:
            files: at least one.
            columns: in their order; None: all.
            only: content_order, content_no of the rows to keep, which are few; None: all.

        Raises:
            DamagedShelfError: one cannot be read; raw is not touched by that.
        """
        parts = []
        for some in _batches(files):
            part = self._read(some, columns)
            if only is not None:
                part = part.join(only, on=CONTENT, how="semi", maintain_order="left")
            parts.append(part)
        return pl.concat(without_weight(part) for part in parts)

    def no_rows(self, file: Path) -> pl.DataFrame:
        """The columns of a file."""
        return self._read([file], rows=0)

    def _read(
        self, files: list[Path], columns: list[str] | None = None, rows: int | None = None
    ) -> pl.DataFrame:
        try:
            return self.locked.read(files, columns, rows)
        except DAMAGED as error:
            raise DamagedShelfError(type(error).__name__) from None

    def file(self, kind: str, order_no: int, part: int) -> Path:
        """Where a part of a sheet stands."""
        return self.folder / f"{order_no:08d}-{part}.{kind}"

    def put(self, rows: pl.DataFrame, kind: str, order_no: int, part: int) -> bool:
        """Write a part of a sheet; of no rows there is none, since a night opens every file."""
        file = self.file(kind, order_no, part)
        if rows.height:
            self.locked.write(rows, file)
        else:
            file.unlink(missing_ok=True)
        return rows.height > 0

    def files(self, kind: str, order_no: int) -> list[Path]:
        """The parts of a sheet that have files of a kind, in their order.

        What the sheet was put in is named also where it is gone: reading it tells of the damage.
        """
        facts = self.facts(order_no)
        files = [self.file(kind, order_no, part) for part in range(facts.parts)]
        if kind not in PUT:
            return [file for file in files if file.exists()]
        return [file for file, made in zip(files, facts.made, strict=True) if kind in made]

    def kept(self, what: str, basis: str = "") -> pl.DataFrame | None:
        """What a night kept for the next one; None where it is not there or damaged.

        Args:
            what: it is.
            basis: a sum of all that it hangs on: what was kept on another basis is not there.
        """
        file = self._kept(what, basis)
        if not file.exists():
            return None
        try:
            return self.load([file])
        except DamagedShelfError:
            return None  # it is made anew, and kept anew

    def keep(self, rows: pl.DataFrame, what: str, basis: str = "") -> None:
        """Keep something for the next night in place of what was kept before, on whatever basis."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for old in self.folder.glob(f"{what}-*"):
            old.unlink()
        self.locked.write(rows, self._kept(what, basis))

    def _kept(self, what: str, basis: str) -> Path:
        return self.folder / (f"{what}-{basis}" if basis else what)

    def about(self, order_no: int) -> Path:
        """Where the facts of a sheet stand; written last, so that it says the sheet is whole."""
        return self.folder / f"{order_no:08d}.about"

    def know(self, orders: Iterable[int]) -> None:
        """Read the facts of those of some sheets that are on the shelf, many files at a time."""
        self._read_facts([order for order in orders if self.about(order).exists()])

    def knows(self, order_no: int) -> bool:
        """Whether a sheet is on the shelf and its facts have been read."""
        return order_no in self._facts

    def facts(self, order_no: int) -> Shelved:
        """The facts of a shelved sheet."""
        self._read_facts([order_no])
        return self._facts[order_no]

    def _read_facts(self, orders: list[int]) -> None:
        new = [order for order in orders if order not in self._facts]
        if not new:
            return
        for text in self.load([self.about(order) for order in new])["facts"]:
            facts = json.loads(text)
            census = facts.pop("census")
            census["headers"] = set(census["headers"])
            self._facts[facts["order_no"]] = Shelved(**facts, census=Census(**census))

    def write_facts(self, shelved: Shelved) -> None:
        """Say that a sheet is whole."""
        census = vars(shelved.census) | {"headers": sorted(shelved.census.headers)}
        text = json.dumps(vars(shelved) | {"census": census}, ensure_ascii=False)
        self.locked.write(pl.DataFrame({"facts": [text]}), self.about(shelved.order_no))
        self._facts[shelved.order_no] = shelved


def shelf_of(store: Store, places: Places, inputs: dict[str, pl.DataFrame]) -> Shelf:
    """The shelf of the rule set in force tonight.

    Args:
        store: raw and the home.
        places: the dictionaries in force.
        inputs: `institution` and `area` rows in force.
    """
    name = fingerprint(store.home, inputs["institution"], inputs["area"], places.home_areas)
    return Shelf(store, store.home.shelf / name, places)


def _batches(files: list[Path]) -> Iterator[list[Path]]:
    """Files that are read at once: few large ones, since reading holds them twice; many small."""
    batch, size = [], 0
    for file in files:
        batch.append(file)
        size += file.stat().st_size if file.exists() else 0
        if size >= AT_ONCE:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def without_weight(frame: pl.DataFrame) -> pl.DataFrame:
    """The same rows, with columns of nothing as polars makes them.

    A column of nulls that is read takes as much memory as one of short texts, and a card has dozens
    that no export of a home fills.
    """
    return frame.with_columns(
        pl.Series(column.name, [None], dtype=column.dtype).new_from_index(0, frame.height)
        for column in frame
        if column.null_count() == frame.height
    )
