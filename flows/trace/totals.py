"""Which cards may count otherwise than last night; all others need not be compared.

How a card counts is told from its row among the cards of the night and from its rows in the tables
of `numerator.WAYS`. Each of these rows has a sum of 64 bits over what is read of it, and the sums
of all rows of a bucket of cards are added up. The cards of a bucket whose total is that of last
night count as they did: neither their numerators nor `state.card_trace` need be looked at.

The totals stand on the shelf. Their digest, which is one of the program too, is written to state
with the trace that they are of. So totals of another night, state or program and damaged ones are
known by their digest, and then all cards are compared.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

import duckdb
import numpy as np
import polars as pl
import polars.selectors as cs
from numpy.typing import NDArray

from flows.arrow import registered
from flows.fields import CARDS
from flows.home import REFERENCE, SQL
from flows.shelf.files import Shelf
from flows.trace.card import told
from flows.trace.fingerprint import program, shipped
from flows.trace.numerator import WAYS, numerators

#: So many buckets: as many cards as a large county has.
BUCKETS = 1 << 18
#: Rows whose sums are held at a time.
ROWS = 1 << 20


@dataclass(frozen=True)
class Totals:
    """What all rows of the cards of a night add up to, by bucket."""

    by_bucket: NDArray[np.uint64]

    @property
    def digest(self) -> str:
        """Of the totals and of what made them."""
        made_by = (
            *(shipped(SQL, "*.sql"), program(), shipped(REFERENCE, "*")),
            *(duckdb.__version__, pl.__version__),
        )
        digest = hashlib.sha256(repr(made_by).encode())
        digest.update(self.by_bucket.tobytes())
        return digest.hexdigest()[:32]

    def keep(self, shelf: Shelf) -> None:
        """In place of those of the night before."""
        shelf.keep(pl.DataFrame({"total": self.by_bucket}), "traced")


def of_night(draft: duckdb.DuckDBPyConnection, frames: Mapping[str, pl.DataFrame]) -> Totals:
    """The totals of tonight.

    Args:
        draft: with the tables of all models.
        frames: counted cards by type.
    """
    totals = np.zeros(BUCKETS, np.uint64)
    for name in CARDS:
        cards = told(frames, name)
        # The number of a category is another each night.
        texts = cards.with_columns(cs.categorical().cast(pl.String))
        with registered(draft, "cards_to_sum", cards.select("card_id", sum=texts.hash_rows())):
            _add(totals, draft, f"select {bucket(name)}, sum from cards_to_sum")
    for way, (table, type_column) in WAYS.items():
        read = ", ".join(_read(draft, way, table))
        in_bucket = bucket(column=type_column)
        key = f"'{way}', {type_column}, card_id"
        _add(totals, draft, f"select {in_bucket}, hash({key}, {read}) from {table}")
    return Totals(totals)


def last_night(connection: duckdb.DuckDBPyConnection, shelf: Shelf, night: date) -> Totals | None:
    """The totals of the cards as state knows them on the eve of a night, if they are kept."""
    # Read to its end: a file that cannot be read would take a result in the making with it.
    rows = connection.execute(
        "select card_digest from state.night_basis where night < ? order by night desc limit 1",
        [night],
    ).fetchall()
    kept = shelf.kept("traced")
    if not rows or rows[0][0] is None or kept is None:
        return None
    last = Totals(kept["total"].to_numpy())
    return last if last.digest == rows[0][0] else None


def others(now: Totals, last: Totals) -> pl.Series:
    """The buckets of all cards that came, went or may count otherwise."""
    return pl.Series("bucket", np.flatnonzero(now.by_bucket != last.by_bucket), pl.Int32)


def cards_of(
    draft: duckdb.DuckDBPyConnection, frames: Mapping[str, pl.DataFrame], buckets: pl.Series
) -> pl.DataFrame:
    """The cards that are in some buckets, as `card.told`."""
    wanted = np.zeros(BUCKETS, bool)
    wanted[buckets.to_numpy()] = True
    found = []
    for name in CARDS:
        cards = told(frames, name)
        with registered(draft, "cards_to_find", cards.select("card_id")):
            rows = draft.execute(f"select {bucket(name)} as bucket from cards_to_find").pl()
        found.append(cards.filter(pl.Series(wanted[rows["bucket"].to_numpy()])))
    return pl.concat(found)


def bucket(card_type: str | None = None, *, column: str = "card_type") -> str:
    """The bucket of a card in SQL; DuckDB's, so that any table of cards can be asked for some.

    Args:
        card_type: of all rows; None where a column says it.
        column: which.
    """
    told = column if card_type is None else f"'{card_type}'"
    return f"cast(hash({told}, card_id) & {BUCKETS - 1} as integer)"


def _read(draft: duckdb.DuckDBPyConnection, way: str, table: str) -> Iterator[str]:
    """The columns of a way's table that say how a card counts, and where it is placed."""
    predicates = " ".join(one.predicate for one in numerators().values() if one.way == way)
    named = {*re.findall(r"\w+", predicates), "area_code", "org_code"}
    columns = draft.execute(f"select * from {table} limit 0").description
    return (name for name, *_ in columns if name in named)


def _add(totals: NDArray[np.uint64], draft: duckdb.DuckDBPyConnection, query: str) -> None:
    """Add the sums that a query gives, each to the total of its bucket; they wrap around."""
    for batch in draft.execute(query).to_arrow_reader(ROWS):
        buckets, sums = (column.to_numpy() for column in batch.columns)
        np.add.at(totals, buckets, sums)
