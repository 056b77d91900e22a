"""Card tables carried over from the last published file: only cards that changed are written anew.

A model over the typed cards of one kind is a SELECT row by row, so the row of a card of which
nothing changed is the row that was published. What was published is told by a sum of every card,
kept on the shelf beside the sum of the file that it was published in. Without those sums, or with
another file, model or key, the table is written whole.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import polars as pl
import polars.selectors as cs

from flows.home import SQL, Home
from flows.models import Model
from flows.published_file import PUBLISHED_VERSION
from flows.shelf.current import CONTENT
from flows.shelf.parts import Carried, Parts
from flows.shelf.sheet import DamagedShelfError, Shelf
from flows.store import sha256

#: A table of which one row in so many has been replaced is written whole: those rows are still in
#: the file, and it is read more slowly.
REPLACED = 4
WORD = re.compile(r"\w+|\*")


@dataclass
class Publication:
    """The cards of a night beside those of the last published file."""

    home: Home
    shelf: Shelf
    sums: dict[str, pl.DataFrame]  # card_id, sum by table
    basis: str
    carried: dict[str, Carried] = field(default_factory=dict)
    replaced: dict[str, int] = field(default_factory=dict)  # rows since it was written whole

    def remember(self) -> None:
        """Keep the sums of what has just been published."""
        published = sha256(self.home.published)
        self.shelf.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for table, sums in self.sums.items():
            replaced = self.replaced.get(table, 0)
            kept = self._kept(table, published)
            for old in self.shelf.folder.glob(f"published-{table}-*"):
                old.unlink()
            self.shelf.store.write_locked(sums.with_columns(replaced=pl.lit(replaced)), kept)

    def compare(self, cards: Mapping[str, Parts], tables: Mapping[str, str]) -> None:
        """Find what can be carried over; `tables` names the kind of cards of each."""
        if not self.home.published.exists():
            return
        published = sha256(self.home.published)
        for table, sums in self.sums.items():
            if not (kept := self._kept(table, published)).exists():
                continue
            try:
                last = self.shelf.load([kept])
            except DamagedShelfError:
                continue  # the table is written whole, and the sums with it
            was = last.select("card_id", was="sum")
            both = sums.join(was, on="card_id", how="full", coalesce=True)
            other = both.filter(pl.col("sum").ne_missing(pl.col("was")))
            before: int = last["replaced"][0] if last.height else 0
            replaced = before + other.height
            if replaced * REPLACED > sums.height:
                continue
            rows = sums.with_row_index("row").join(other, on="card_id", how="semi")["row"]
            gone = other.filter(pl.col("was").is_not_null()).select("card_id")
            self.carried[table] = Carried(gone, cards[tables[table]].only(rows))
            self.replaced[table] = replaced

    def _kept(self, table: str, published: str) -> Path:
        """Where the sums of a table in a published file stand."""
        name = hashlib.sha256(f"{published} {self.basis}".encode()).hexdigest()[:24]
        return self.shelf.folder / f"published-{table}-{name}.parquet"


def publication(
    home: Home, shelf: Shelf, cards: Mapping[str, Parts], models: Mapping[str, Model]
) -> Publication:
    """What of the last published file tonight's can carry over.

    Args:
        home: the installation.
        shelf: where the sums stand.
        cards: tonight's, by kind.
        models: all by name; the tables of those that read the cards of one kind alone are carried.
    """
    kinds = {frozenset({f"typed.{name}"}): name for name in cards}
    row_by_row = {
        name: kinds[model.reads]
        for name, model in models.items()
        if model.reads in kinds and model.grain == ("card_id",)
    }
    sums = {name: _sums(cards[kind].held, models[name]) for name, kind in row_by_row.items()}
    tonight = Publication(home, shelf, sums, _basis(home))
    tonight.compare(cards, row_by_row)
    return tonight


def _sums(held: pl.DataFrame, model: Model) -> pl.DataFrame:
    """A sum of every card: of what the model names, and of the place where the rest stands."""
    named = set(WORD.findall(model.sql))
    told = [name for name in held.columns if name in named or name in CONTENT or "*" in named]
    # The number of a category is another each night.
    texts = held.select(told).with_columns(cs.categorical().cast(pl.String))
    return held.select("card_id", sum=texts.hash_rows())


def _basis(home: Home) -> str:
    """What a published row hangs on beside its card."""
    digest = hashlib.sha256(f"{PUBLISHED_VERSION} {duckdb.__version__} {pl.__version__}".encode())
    digest.update(f"{home.key} {home.key_to_publish}".encode())
    for file in sorted(SQL.rglob("*.sql")):
        digest.update(file.read_bytes())
    return digest.hexdigest()
