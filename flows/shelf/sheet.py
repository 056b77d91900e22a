"""One sheet of cards onto the shelf: its sightings and the contents nobody had shown before."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from flows.cards import SYSTEM, required, typed_rows, with_card_id
from flows.home import REFERENCE
from flows.layout import Layouts, Mapping, layouts
from flows.place import Places
from flows.sheet_text import (
    DATA,
    Census,
    column_notes,
    data_text,
    disagreements,
    head_of,
    mapping_of,
)
from flows.shelf.fingerprint import fingerprint
from flows.shelf.locked import DAMAGED, Locked
from flows.shelf.narrow import held
from flows.store import Store

#: Rows that are typed at a time: bounds memory whatever the size of a file.
CHUNK = 100_000
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
#: The kind of file that holds what no step of a night reads: DuckDB's, since the models read it.
REST = "rest"
#: Kinds of files that a sheet is put in; later nights put verdicts beside them.
PUT = ("sight", "content", REST, "malformed", "lost")
#: Columns of a row's place, not of its content.
PLACE = [name for name in SYSTEM if name != "is_made_id"]


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

    @property
    def table(self) -> Layouts:
        """The layouts in force."""
        return layouts(REFERENCE, self.store.home.path / "layouts")

    def forget_others(self) -> None:
        """Remove the shelves of rule sets that are no longer in force."""
        for folder in self.folder.parent.glob("*"):
            if folder != self.folder:
                shutil.rmtree(folder)

    def forget(self) -> None:
        """Remove what this rule set made of the rows: it is made again from raw."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def load(self, files: list[Path]) -> pl.DataFrame:
        """Read files of one kind, rows in their order.

        Raises:
            DamagedShelfError: one cannot be read; raw is not touched by that.
        """
        try:
            parts = [self.locked.read(some) for some in _batches(files)]
        except DAMAGED as error:
            raise DamagedShelfError(type(error).__name__) from None
        return pl.concat(without_weight(part) for part in parts)

    def load_rest(
        self, files: list[Path], columns: list[str] | None = None, where: str = "true"
    ) -> pl.DataFrame:
        """The same of what a night leaves to the models.

        Args:
            files: of the kind `rest`, at least one.
            columns: in their order; None: all.
            where: a condition of SQL.
        """
        names = ", ".join(f'"{name}"' for name in columns) if columns else "*"
        try:
            parts = [self.store.read_locked(some, where, names) for some in _batches(files)]
        except duckdb.Error as error:
            raise DamagedShelfError(type(error).__name__) from None
        return pl.concat(without_weight(part) for part in parts)

    def file(self, kind: str, order_no: int, part: int) -> Path:
        """Where a part of a sheet stands."""
        return self.folder / f"{order_no:08d}-{part}.{kind}"

    def put(self, rows: pl.DataFrame, kind: str, order_no: int, part: int) -> bool:
        """Write a part of a sheet; of no rows there is none, since a night opens every file."""
        file = self.file(kind, order_no, part)
        if not rows.height:
            file.unlink(missing_ok=True)
        elif kind == REST:
            self.store.write_locked(rows, file)
        else:
            self.locked.write(rows, file)
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

    def put_sheets(self, sheets: list[dict[str, Any]], owners: pl.DataFrame) -> None:
        """Put sheets on the shelf.

        Args:
            sheets: rows of `state.sheet`, oldest first.
            owners: as of OWNER: where the contents stand that sheets on the shelf have shown.
        """
        known = self._by_key(owners)
        for sheet in sheets:
            self._put(sheet, known)

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

    def _by_key(self, owners: pl.DataFrame) -> dict[str, list[pl.DataFrame]]:
        """Where contents stand, by the mapping that made them."""
        orders = owners["content_order"].unique().to_list()
        keys = pl.DataFrame(
            {"content_order": orders, "key": [self.facts(order).key for order in orders]},
            schema={"content_order": pl.Int64, "key": pl.String},
        )
        keyed = owners.join(keys, on="content_order", maintain_order="left").partition_by(
            "key", as_dict=True, include_key=False
        )
        return {str(key): [part] for (key,), part in keyed.items()}

    def _put(self, sheet: dict[str, Any], owners: dict[str, list[pl.DataFrame]]) -> None:
        """Shelve a sheet, beside the owners of contents."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        order_no, raw_file = sheet["order_no"], sheet["raw_file"]
        chunks = self._chunks(raw_file)
        first = next(chunks)
        head = head_of(first)
        mapping = mapping_of(head, sheet, self.table)
        if mapping is None:  # a layout that knew this header has been taken away
            self._write(Shelved(order_no, Census(sheet["source_file"], "", 0, set(), {})))
            return
        source_file = sheet["source_file"]
        notes = column_notes(head[mapping.header_row], mapping, source_file)
        census = Census(source_file, mapping.layout, 0, mapping.fields, {})
        shelved = Shelved(order_no, census, key=key_of(mapping), notes=notes)
        differing, row_count = [], 0
        filled = dict.fromkeys(required(mapping.card_type), 0)
        known = owners.setdefault(shelved.key, [])
        for lines in chain([first], chunks):
            data = lines.filter(pl.col("line_kind").is_in(DATA))
            if data.is_empty():
                continue
            differing.append(disagreements(data, mapping, source_file))
            text = data_text(data, mapping, sheet)
            row_count += text.height
            for name in filled:
                filled[name] += text[name].count() if name in text.columns else 0
            rows = with_card_id(text, mapping.card_type)
            sight, own = _contents(
                rows, data["line_kind"] == "data", known, order_no, shelved.contents
            )
            made = self._type(own, shelved, mapping.card_type) if own.height else []
            shelved.starts.append(shelved.contents)
            shelved.contents += own.height
            self.put(sight, "sight", order_no, shelved.parts)
            shelved.made.append(["sight", *made])
            known.append(owned(sight))
            shelved.parts += 1
        counted = pl.concat(differing) if differing else pl.DataFrame()
        if counted.height:
            sums = counted.group_by("source_file", "field", maintain_order=True)
            shelved.differing = sums.agg(pl.col("row_count").sum()).rows()
        names = {name: count for name, count in filled.items() if name in mapping.fields}
        shelved.census = Census(source_file, mapping.layout, row_count, mapping.fields, names)
        self._write(shelved)

    def _chunks(self, raw_file: str) -> Iterator[pl.DataFrame]:
        """The lines of a sheet, CHUNK at a time; its head is in the first."""
        last = self.store.read_raw(raw_file, columns="max(source_row) as last")["last"][0] or 0
        for first in range(0, last + 1, CHUNK):
            here = f"source_row >= {first} and source_row < {first + CHUNK}"
            yield self.store.read_raw(raw_file, here)

    def _type(self, own: pl.DataFrame, shelved: Shelved, card_type: str) -> list[str]:
        """Type the rows of new content and put them beside what could not be read or placed.

        Returns:
            The kinds of files that this made.
        """
        frame, malformed, lost = typed_rows(own, card_type, self.places)
        numbered = frame.drop(PLACE, strict=False).with_columns(own.select(CONTENT))
        # A sighting says which card a row is; the numbers are no fields, and stand in both files.
        kept = held(card_type, numbered.drop("card_id", "is_made_id").columns)
        parts = {
            "content": numbered.select(kept),
            REST: numbered.select(*CONTENT, pl.exclude(kept)),
            "malformed": _numbered(malformed, own),
            "lost": _numbered(lost, own),
        }
        place = shelved.order_no, shelved.parts
        return [kind for kind, rows in parts.items() if self.put(rows, kind, *place)]

    def _write(self, shelved: Shelved) -> None:
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

    A column of nulls that comes from DuckDB takes as much memory as one of short texts, and a card
    has dozens that no export of a home fills.
    """
    return frame.with_columns(
        pl.Series(column.name, [None], dtype=column.dtype).new_from_index(0, frame.height)
        for column in frame
        if column.null_count() == frame.height
    )


def _numbered(found: pl.DataFrame, own: pl.DataFrame) -> pl.DataFrame:
    """Rows named by their content and no longer by their place in a chunk."""
    places = own.select(CONTENT)[found["row_index"]]
    return found.drop("row_index").hstack(places)


def _contents(
    rows: pl.DataFrame, is_new: pl.Series, known: list[pl.DataFrame], order_no: int, first: int
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Where the content of every row stands; and the rows whose content stands here.

    Args:
        rows: text with card_id.
        is_new: rows that ingest did not find in an earlier sheet, or earlier in this one.
        known: row_hash, content_order, content_no of the same mapping.
        order_no: the sheet.
        first: the number of its first content in these rows.
    """
    before = pl.concat([pl.DataFrame(schema=OWNER), *known])
    rows = rows.with_columns(is_new=is_new)
    hashes = [before["row_hash"], rows.filter("is_new")["row_hash"]]
    is_known = pl.col("row_hash").is_in(pl.concat(hashes).implode())
    rows = rows.with_columns(is_own=pl.col("is_new") | ~is_known).with_columns(
        content_order=pl.when("is_own").then(pl.lit(order_no, pl.Int64)),
        content_no=pl.when("is_own").then(first + pl.col("is_own").cum_sum().cast(pl.Int64) - 1),
    )
    own = rows.filter("is_own")
    if own.height < rows.height:
        owners = pl.concat([before, own.filter("is_new").select(list(OWNER))])
        owners = owners.unique("row_hash", keep="first", maintain_order=True)
        rows = rows.join(
            owners, on="row_hash", how="left", suffix="_known", maintain_order="left"
        ).with_columns(
            pl.coalesce(name, f"{name}_known").alias(name)
            for name in ("content_order", "content_no")
        )
    return rows.select(list(SIGHT)), own


def owned(sight: pl.DataFrame) -> pl.DataFrame:
    """Which of some sightings stand for a content that was typed where they are: as of OWNER.

    They are copied: rows that stand together are otherwise a view of the whole sheet, which then
    stays in memory with them.
    """
    own = (sight["content_order"] == sight["order_no"]).arg_true()
    return sight.select(list(OWNER))[own]


def key_of(mapping: Mapping) -> str:
    """What one and the same text means: two mappings of one key make the same content of it."""
    columns = sorted((one.field, one.converter, one.value_map) for one in mapping.columns)
    told = json.dumps([mapping.layout, columns, sorted(mapping.constants.items())])
    return hashlib.sha256(told.encode()).hexdigest()[:16]
