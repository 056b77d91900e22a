"""An export that lost what decides what counts: it waits for a person's word.

The newest version of a card counts, and without its date, code, area or audit it counts no longer:
one column left out at the platform would take a year's deaths away.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import cached_property
from typing import Any

import polars as pl

from flows.cards import newest
from flows.deciding import Deciding, deciding
from flows.known_scope import scope_of
from flows.scope import Scope
from flows.shelf.current import as_named, dense
from flows.shelf.files import CONTENT, SIGHT, Shelf
from flows.shelf.fold import Seen
from flows.withdrawal import Held, exports_of

#: What is kept of the sheets of exports that were looked at; no fields: nothing is lost.
LOSS: dict[str, Any] = {
    "order_no": pl.Int64, "fields": pl.String, "losing": pl.Int64, "had": pl.Int64,
}  # fmt: skip
#: So many cards at least lose something in a column that is there: fewer are corrections.
FEWEST = 5


class Losses:
    """The exports of one kind of card that take away what cards had.

    An export is looked at once, on the night it comes, beside what had come before; what was found
    is kept on the shelf. It is lost where more than half of the cards that had something have it no
    longer in the version that the export makes the current one.
    """

    def __init__(
        self, shelf: Shelf, card_type: str, sheets: pl.DataFrame, scopes: dict[str, Scope]
    ) -> None:
        """Look up what was found before.

        Args:
            shelf: of the rule set in force.
            card_type: the kind.
            sheets: rows of `state.sheet`, oldest first.
            scopes: as of `known_scopes`.
        """
        self.shelf, self.card_type = shelf, card_type
        self.exports = exports_of(sheets, card_type)
        self.accepted = {
            order
            for file, orders in self.exports
            if scope_of(scopes, file).accept_lost_column
            for order in orders
        }
        kept = shelf.kept(self._name, self._basis)
        self.found = pl.DataFrame(schema=LOSS) if kept is None else kept

    @property
    def _name(self) -> str:
        return f"lost-{self.card_type}"

    @property
    def _basis(self) -> str:
        # What an accepted export took away, none after it can.
        return hashlib.sha256(repr(sorted(self.accepted)).encode()).hexdigest()[:24]

    @property
    def waiting(self) -> set[int]:
        """Order numbers of the sheets that wait for an answer."""
        return set(self.found.filter(pl.col("fields") != "")["order_no"]) - self.accepted

    @cached_property
    def _deciding(self) -> list[Deciding]:
        return deciding(self.card_type)

    def look(self, seen: Seen) -> bool:
        """Look at the exports that have come since; says whether any of them is to wait.

        Args:
            seen: what the sheets have shown that do not wait.
        """
        known = set(self.found["order_no"])
        news = [orders for orders in self._suspects() if known.isdisjoint(orders)]
        if not news:
            return False
        before = self.waiting
        rows = self._rows(seen, news)
        for orders in news:
            lost = self._lost(orders, rows.filter(~pl.col("order_no").is_in(self.waiting)))
            own = pl.DataFrame({"order_no": orders}, schema={"order_no": pl.Int64})
            self.found = pl.concat([self.found, own.join(lost, how="cross").select(list(LOSS))])
        self.shelf.keep(self.found, self._name, self._basis)
        return self.waiting != before

    def _suspects(self) -> Iterator[list[int]]:
        """The exports of which half of what is new lacks what one before had, told by counts."""
        seen_before: set[str] = set()
        for _, orders in self.exports:
            facts = [self.shelf.facts(order) for order in orders]
            contents, headers = sum(one.contents for one in facts), self._headers(orders)
            for what in self._deciding:
                lacking = sum(one.lacking.get(what.column, 0) for one in facts)
                lacks = 2 * lacking > contents or headers.isdisjoint(what.fields)
                if lacks and what.column in seen_before:
                    yield orders
                    break
            seen_before |= {
                what.column
                for what in self._deciding
                if any(one.lacking.get(what.column, 0) < one.contents for one in facts)
            }

    def _headers(self, orders: list[int]) -> set[str]:
        return set().union(*(self.shelf.facts(order).census.headers for order in orders))

    def _rows(self, seen: Seen, news: list[list[int]]) -> pl.DataFrame:
        """The sightings of the cards of new exports, their own and those before."""
        new = [order for orders in news for order in orders]
        rows = seen.rows
        if any(order >= min(new) for order in seen.fold.orders):  # folded beside what came later
            every = [order for _, orders in self.exports for order in orders]
            files = [file for order in every for file in self.shelf.files("sight", order)]
            rows = self.shelf.load(files).sort("order_no", "source_row")
        cards = rows.filter(pl.col("order_no").is_in(new))["card_id"].unique()
        return rows.select(list(SIGHT)).filter(pl.col("card_id").is_in(cards.implode()))

    def _lost(self, orders: list[int], rows: pl.DataFrame) -> pl.DataFrame:
        """As of LOSS without order_no: what an export takes from its cards."""
        is_own = pl.col("order_no").is_in(orders)
        cards = rows.filter(is_own)["card_id"].unique()
        rows = rows.filter(
            pl.col("card_id").is_in(cards.implode()) & (pl.col("order_no") <= max(orders))
        )
        before, _ = newest(rows.filter(pl.col("order_no") < min(orders)))
        now, _ = newest(rows)
        both = before.select("card_id", *(pl.col(name).alias(f"old_{name}") for name in CONTENT))
        both = both.join(now.filter(is_own), on="card_id", maintain_order="left")
        lost = {"fields": "", "losing": 0, "had": 0}
        if both.is_empty():
            return pl.DataFrame([lost])
        old = self._contents(both.select(pl.col(f"old_{name}").alias(name) for name in CONTENT))
        new = self._contents(both.select(CONTENT))
        had = old.select(what.counts.alias(what.column) for what in self._deciding)
        says = new.select(what.says.alias(what.column) for what in self._deciding)
        loses = had.select(pl.col(name) & ~says[name] for name in had.columns)
        names = [
            what
            for what in self._deciding
            if self._is_lost(what, orders, had[what.column], loses[what.column], cards)
        ]
        if names:
            columns = [what.column for what in names]
            lost = {
                "fields": ",".join(what.fields[0] for what in names),
                "losing": loses.select(pl.any_horizontal(columns).sum()).item(),
                "had": had.select(pl.any_horizontal(columns).sum()).item(),
            }
        return pl.DataFrame([lost])

    def _is_lost(
        self, what: Deciding, orders: list[int], had: pl.Series, loses: pl.Series, cards: pl.Series
    ) -> bool:
        losing = int(loses.sum())
        # A few cards that lose it are corrections, unless they are half of a file without it.
        has_column = not self._headers(orders).isdisjoint(what.fields)
        few = losing < FEWEST and (has_column or 2 * losing <= cards.len())
        return 2 * losing > int(had.sum()) and not few

    def _contents(self, wanted: pl.DataFrame) -> pl.DataFrame:
        columns = {what.column for what in self._deciding}
        return dense(self.shelf, wanted, as_named("content")).select(sorted(columns))

    def held(self, seen: Seen, limit_percent: float) -> list[Held]:
        """The exports that wait.

        Args:
            seen: as of `look`.
            limit_percent: an export of which all but this share was shown again later is settled.
        """
        waiting, found = self.waiting, {row[0]: row[1:] for row in self.found.iter_rows()}
        held: list[Held] = []
        shown, between = pl.Series("card_id", [], dtype=pl.String), list[int]()
        for file, orders in reversed(self.exports if waiting else []):
            if waiting.isdisjoint(orders):
                between += orders
                continue
            names, losing, had = found[orders[0]]
            cards = self._cards(orders)
            shown = pl.concat([shown, seen.sightings.of(between)]).unique()
            gone = cards.len() - int(cards.is_in(shown.implode()).sum())
            settled = 100 * gone <= limit_percent * cards.len()
            lost = tuple(names.split(","))
            held.append(Held(orders, file, self.card_type, losing, had, settled, lost))
            shown, between = pl.concat([shown, cards]), []
        return held[::-1]

    def _cards(self, orders: list[int]) -> pl.Series:
        files = [file for order in orders for file in self.shelf.files("sight", order)]
        if not files:
            return pl.Series("card_id", [], dtype=pl.String)
        return self.shelf.load(files, ["card_id"])["card_id"].unique()
