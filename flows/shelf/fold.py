"""Sightings folded: of what many exports have shown, the rows that can still matter.

A complete export a night shows two hundred thousand known cards again. Each is a row on the shelf,
and a year of them would be read every night to find that the last one counts.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

import polars as pl

from flows.cards import contested, decisive, is_late
from flows.shelf.files import OWNER, SIGHT, DamagedShelfError, Shelf
from flows.shelf.sheet import owned, put_sheets
from flows.sightings import CARDS, PAIRS, RUNS, Sightings

#: So many rows at least are folded at a time, at least half as many as there are cards, and only
#: where cards have been shown twice on average.
LEAST = 100_000
#: What was exported so shortly before the newest export stays beside the fold: a source that lags
#: behind the others is then not late for it every night.
RECENT = timedelta(days=2)
CONTESTED: dict[str, Any] = {"card_id": pl.String}
#: The parts of a fold as they are kept, under a sum of its sheets; `runs`, which name them, last.
PARTS = {"rows": SIGHT, "owners": OWNER, "cards": CARDS, "contested": CONTESTED, "runs": RUNS}


@dataclass(frozen=True)
class Fold:
    """What some sheets of one kind have shown."""

    rows: pl.DataFrame  # as of `cards.decisive`, as they came
    owners: pl.DataFrame  # the contents that stand in these sheets
    cards: pl.DataFrame
    contested: pl.DataFrame  # ids that one file gives to different cards
    runs: pl.DataFrame

    @cached_property
    def orders(self) -> set[int]:
        """The sheets."""
        return set(self.runs["order_no"])

    def add(self, rows: pl.DataFrame) -> Fold:
        """Fold the sightings of more sheets, whole, which are not late for this fold."""
        whole = pl.concat([self.rows, rows])
        seen = Sightings(self.cards, self.runs, pl.DataFrame(schema=PAIRS)).add(rows)
        return Fold(
            decisive(whole).sort("order_no", "source_row"),
            pl.concat([self.owners, owned(rows)]),
            seen.cards,
            pl.concat([self.contested, contested(rows).to_frame()]).unique(),
            seen.runs,
        )


EMPTY = Fold(*(pl.DataFrame(schema=schema) for schema in PARTS.values()))


@dataclass(frozen=True)
class Seen:
    """What the sheets of a kind have shown."""

    fold: Fold
    recent: pl.DataFrame  # as of SIGHT: of the sheets that are not folded
    is_kept: bool  # the fold is the one on the shelf, or of a look back, which keeps none

    @property
    def rows(self) -> pl.DataFrame:
        """Sightings, as they came, of which `cards.newest` makes what it makes of all."""
        rows = pl.concat([self.fold.rows, self.recent])
        if rows["order_no"].is_sorted():
            return rows
        return rows.sort("order_no", "source_row")

    @property
    def sightings(self) -> Sightings:
        """Which sheet showed which card."""
        return Sightings(self.fold.cards, self.fold.runs, self.recent.select(list(PAIRS)))


def read(
    shelf: Shelf, card_type: str, sheets: pl.DataFrame, waiting: set[int] | None = None
) -> Seen:
    """What the sheets of one kind have shown; those that are not on the shelf yet are put there.

    Args:
        shelf: of the rule set in force.
        card_type: the kind.
        sheets: its rows of `state.sheet`, oldest first.
        waiting: order numbers of sheets that are left out.
    """
    shelf.know(sheets["order_no"])
    last = _kept(shelf, card_type)
    wanted = sheets.filter(~pl.col("order_no").is_in(sorted(waiting or ())))
    # By the day of the export: then no sheet is late for those before it.
    every: list[int] = wanted.sort("exported_at", "order_no")["order_no"].to_list()
    newest = wanted["exported_at"].max()
    until = newest - RECENT if isinstance(newest, datetime) else datetime.min
    fold = last if last.orders.issubset(every) else EMPTY
    there = [order for order in every if order not in fold.orders and shelf.knows(order)]
    fold, recent = _gather(shelf, fold, there, EMPTY.rows, until)
    missing = [sheet for sheet in sheets.to_dicts() if not shelf.knows(sheet["order_no"])]
    if missing:
        own = {sheet["order_no"] for sheet in missing}
        _require_unknown(own, fold, recent)
        put_sheets(shelf, missing, pl.concat([fold.owners, owned(recent)]))
        new = [order for order in every if order in own]
        fold, recent = _gather(shelf, fold, new, recent, until)
    if is_late(fold.rows, recent):
        fold, recent = _gather(shelf, EMPTY, every, EMPTY.rows, until)
    # A look back knows fewer sheets than the fold that is kept: it stays for tomorrow.
    looks_back = not last.orders.issubset(sheets["order_no"])
    return Seen(fold, recent, looks_back or fold.orders == last.orders)


def keep(shelf: Shelf, card_type: str, seen: Seen) -> None:
    """Leave the fold to the next night, once it is known which sheets count."""
    if seen.is_kept:
        return
    basis = _sum_of(seen.fold.runs)
    for part in PARTS:
        rows = getattr(seen.fold, part)
        shelf.keep(rows, f"fold-{card_type}-{part}", "" if part == "runs" else basis)


def _gather(
    shelf: Shelf, fold: Fold, orders: list[int], recent: pl.DataFrame, until: datetime
) -> tuple[Fold, pl.DataFrame]:
    """Read sheets beside a fold; where it pays, more is folded on the way.

    Args:
        shelf: where they stand.
        fold: so far.
        orders: of the sheets, as they were exported.
        recent: sightings that are not folded.
        until: what was exported later stays beside the fold.

    Returns:
        The fold, and the sightings beside it. While any of these is late for it none is folded.
    """
    parts, height, enough = [recent], recent.height, max(LEAST, fold.cards.height // 2)
    for rows in _batches(shelf, orders):
        parts.append(rows)
        height += rows.height
        if height <= enough:
            continue
        recent = pl.concat(parts)
        is_old = pl.col("exported_at") <= until
        old = recent.filter(is_old)
        shown = pl.concat([fold.cards["card_id"], old["card_id"]]).n_unique()
        if fold.rows.height + old.height < 2 * shown or is_late(fold.rows, recent):
            parts, enough = [recent], 2 * height
            continue
        fold, recent = fold.add(old), recent.filter(~is_old)
        parts, height, enough = [recent], recent.height, max(LEAST, fold.cards.height // 2)
        enough = max(enough, 2 * height)
    return fold, pl.concat(parts)


def _require_unknown(orders: set[int], fold: Fold, recent: pl.DataFrame) -> None:
    """A sheet that others point into was on the shelf: put there again it may be numbered anew.

    Raises:
        DamagedShelfError: part of the shelf was removed.
    """
    places = pl.concat([fold.rows["content_order"], recent["content_order"]])
    if orders & fold.orders or places.is_in(list(orders)).any():
        raise DamagedShelfError("sheet")


def _batches(shelf: Shelf, orders: list[int]) -> Iterator[pl.DataFrame]:
    """The sightings of sheets, whole sheets at a time, small ones together."""
    files, height = [], 0
    for order in orders:
        files += shelf.files("sight", order)
        height += shelf.facts(order).census.row_count
        if height > LEAST:
            yield shelf.load(files)
            files, height = [], 0
    if files:
        yield shelf.load(files)


def _kept(shelf: Shelf, card_type: str) -> Fold:
    """The fold that the last night left; an empty one where there is none, or not all of it."""
    runs = shelf.kept(f"fold-{card_type}-runs")
    if runs is None:
        return EMPTY
    basis = _sum_of(runs)
    kept = {part: shelf.kept(f"fold-{card_type}-{part}", basis) for part in PARTS if part != "runs"}
    parts = {part: rows for part, rows in kept.items() if rows is not None}
    return Fold(**parts, runs=runs) if len(parts) == len(kept) else EMPTY


def _sum_of(runs: pl.DataFrame) -> str:
    """A sum of what sheets have shown, by runs of cards."""
    return hashlib.sha256(runs.write_csv().encode()).hexdigest()[:24]
