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
from dataclasses import dataclass

import duckdb
import polars as pl
import polars.selectors as cs

from flows.draft import OF_THE_PROGRAM
from flows.home import SQL, Home
from flows.models import Model
from flows.published_file import PUBLISHED_VERSION
from flows.shelf.files import CONTENT, Shelf
from flows.shelf.parts import Carried, Parts
from flows.shelf.results import TABLE, Results
from flows.store import sha256
from flows.trace.fingerprint import shipped

#: A table of which one row in so many has been replaced is written whole: those rows are still in
#: the file, and it is read more slowly.
REPLACED = 4
WORD = re.compile(r"\w+|\*")


@dataclass(frozen=True)
class Publication:
    """The cards of a night beside those of the last published file."""

    home: Home
    shelf: Shelf
    sums: dict[str, pl.DataFrame]  # card_id, sum by table
    carried: dict[str, Carried]
    results: Results

    @property
    def tables(self) -> set[str]:
        """What of the published file the draft begins with; nothing of one of other origin."""
        own = {TABLE} if self.results.last is not None else set()
        return own | ({*self.carried, *OF_THE_PROGRAM} if self.carried else set())

    @property
    def differ(self) -> bool:
        """Whether any card is new, other or gone."""
        return any(
            table not in self.carried
            or self.carried[table].gone.height
            or self.carried[table].anew.held.height
            for table in self.sums
        )

    def remember(self) -> None:
        """Keep the sums of what has just been published."""
        name = published_as(self.home)
        for table, sums in self.sums.items():
            replaced = self.carried[table].replaced if table in self.carried else 0
            rows = sums.with_columns(replaced=pl.lit(replaced))
            self.shelf.keep(rows, f"published-{table}", name)
        self.results.remember(self.shelf, name)


def publication(
    home: Home,
    shelf: Shelf,
    cards: Mapping[str, Parts],
    models: Mapping[str, Model],
    results: Results,
    name: str,
) -> Publication:
    """What of the last published file tonight's can carry over.

    Args:
        home: the installation.
        shelf: where the sums stand.
        cards: tonight's, by kind.
        models: all by name; the tables of those that read the cards of one kind alone are carried.
        results: tonight's, of rules.
        name: as of `published_as`, before anything is written.
    """
    kinds = {frozenset({f"typed.{name}"}): cards[name] for name in cards}
    own = {
        name: kinds[model.reads]
        for name, model in models.items()
        if model.reads in kinds and model.grain == ("card_id",)
    }
    sums = {table: _sums(parts.held, models[table]) for table, parts in own.items()}
    carried = {}
    for table, parts in own.items():
        last = shelf.kept(f"published-{table}", name)
        one = None if last is None else _carried(last, sums[table], parts)
        if one is not None:
            carried[table] = one
    return Publication(home, shelf, sums, carried, results)


def _carried(last: pl.DataFrame, sums: pl.DataFrame, cards: Parts) -> Carried | None:
    """What differs from the sums kept of a table; None where it is to be written whole."""
    was = last.select("card_id", was="sum")
    both = sums.join(was, on="card_id", how="full", coalesce=True)
    other = both.filter(pl.col("sum").ne_missing(pl.col("was")))
    before: int = last["replaced"][0] if last.height else 0
    replaced = before + other.height
    if replaced * REPLACED > sums.height:
        return None
    rows = sums.with_row_index("row").join(other, on="card_id", how="semi")["row"]
    gone = other.filter(pl.col("was").is_not_null()).select("card_id")
    return Carried(gone, cards.only(rows), replaced)


def _sums(held: pl.DataFrame, model: Model) -> pl.DataFrame:
    """A sum of every card: of what the model names, and of the place where the rest stands."""
    named = set(WORD.findall(model.sql))
    told = [name for name in held.columns if name in named or name in CONTENT or "*" in named]
    # The number of a category is another each night.
    texts = held.select(told).with_columns(cs.categorical().cast(pl.String))
    return held.select("card_id", sum=texts.hash_rows())


def published_as(home: Home) -> str:
    """The published file as it is now, and what its rows hang on beside their cards.

    Of no file it is empty: no sums are kept under that.
    """
    if not home.published.exists():
        return ""
    told = (
        *(sha256(home.published), shipped(SQL, "*.sql"), PUBLISHED_VERSION),
        *(duckdb.__version__, pl.__version__, home.key, home.key_to_publish),
    )
    return hashlib.sha256(repr(told).encode()).hexdigest()[:24]
