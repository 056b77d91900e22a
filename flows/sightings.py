"""Which sheets showed which cards, held as runs of cards and not a row a card and export."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

#: Every card that counted sheets have shown, once: the number of its row is the card's.
CARDS: dict[str, Any] = {"card_id": pl.String, "last_seen": pl.Int64}
#: A sheet showed the cards of the numbers `first` to `last`, that included.
RUNS: dict[str, Any] = {"order_no": pl.Int64, "first": pl.Int64, "last": pl.Int64}
PAIRS: dict[str, Any] = {"card_id": pl.String, "order_no": pl.Int64}
Numbers = npt.NDArray[np.uint32] | npt.NDArray[np.int64]


@dataclass(frozen=True)
class Sightings:
    """Which sheet, by order_no, showed which cards.

    A complete export shows what the one before showed, and a few cards more: of cards numbered as
    they came that is a run or a few, where a row a card would be as long as the export every night.
    """

    cards: pl.DataFrame  # as of CARDS
    runs: pl.DataFrame  # as of RUNS
    pairs: pl.DataFrame  # as of PAIRS: of other sheets than `runs`, a row a row of theirs

    def of(self, orders: Iterable[int]) -> pl.Series:
        """The ids of the cards that any of some sheets showed, each once."""
        wanted = pl.col("order_no").is_in(list(orders))
        counted = self.cards["card_id"].gather(np.unique(_numbers(self.runs.filter(wanted))))
        return pl.concat([counted, self.pairs.filter(wanted)["card_id"]]).unique()

    def beside(self, card_ids: pl.Series) -> Beside:
        """The same by the rows of cards: of all that some sheet has shown, each once.

        Raises:
            ValueError: `card_ids` are not all cards of these sightings, or others.
        """
        rows = card_ids.to_frame("card_id").with_row_index("row")
        counted = self.cards.join(rows, on="card_id", how="left", maintain_order="left")
        paired = self.pairs.join(rows, on="card_id")
        if counted["row"].null_count() or paired.height < self.pairs.height:
            raise ValueError("a sheet has shown a card that is not there")
        row_of, pair_rows = counted["row"].to_numpy(), paired["row"].to_numpy()
        last = np.full(len(card_ids), np.iinfo(np.int64).min)
        last[row_of] = counted["last_seen"]
        np.maximum.at(last, pair_rows, paired["order_no"].to_numpy())
        if (last == np.iinfo(np.int64).min).any():
            raise ValueError("no sheet has shown a card that is there")
        runs = {int(order): part for (order,), part in self.runs.group_by("order_no")}
        pairs = {
            int(order): part["row"].to_numpy() for (order,), part in paired.group_by("order_no")
        }
        return Beside(last, row_of, runs, pairs)

    def add(self, rows: pl.DataFrame) -> Sightings:
        """Count sheets that were not counted yet: rows with card_id and order_no."""
        seen = rows.group_by("card_id", maintain_order=True).agg(last_seen=pl.col("order_no").max())
        known = self.cards.join(seen, on="card_id", how="left", maintain_order="left").select(
            "card_id", last_seen=pl.max_horizontal("last_seen", "last_seen_right")
        )
        new = seen.join(known, on="card_id", how="anti", maintain_order="left")
        cards = pl.concat([known, new])
        numbered = cards.select("card_id").with_row_index("number")
        shown = rows.select("order_no", "card_id").join(numbered, on="card_id")
        return Sightings(cards, pl.concat([self.runs, _runs(shown)]), self.pairs)


@dataclass(frozen=True)
class Beside:
    """Sightings by the rows of cards."""

    last: npt.NDArray[np.int64]  # the last sheet that showed a card
    row_of: Numbers  # the row of a card's number
    runs: dict[int, pl.DataFrame]
    pairs: dict[int, Numbers]

    def shown(self, orders: Iterable[int]) -> Numbers:
        """The rows of the cards that some sheets showed, a row maybe twice."""
        counted = [self.row_of[_numbers(self.runs[one])] for one in orders if one in self.runs]
        paired = [self.pairs[one] for one in orders if one in self.pairs]
        return np.concatenate([np.array([], dtype=np.uint32), *counted, *paired])


def sightings_of(rows: pl.DataFrame) -> Sightings:
    """Sightings of rows with card_id and order_no, as they are."""
    nothing = pl.DataFrame(schema=CARDS), pl.DataFrame(schema=RUNS)
    return Sightings(*nothing, rows.select(list(PAIRS)))


NO_SIGHTINGS = sightings_of(pl.DataFrame(schema=PAIRS))


def _numbers(runs: pl.DataFrame) -> Numbers:
    """All numbers that lie in some runs, one run after the other."""
    first, length = runs["first"].to_numpy(), (runs["last"] - runs["first"] + 1).to_numpy()
    before = np.cumsum(length) - length
    numbers: Numbers = np.repeat(first - before, length) + np.arange(length.sum())
    return numbers


def _runs(shown: pl.DataFrame) -> pl.DataFrame:
    """order_no and number -> as of RUNS."""
    sheet, number = pl.col("order_no"), pl.col("number").cast(pl.Int64)
    follows = (sheet == sheet.shift()) & (number == number.shift() + 1)
    rows = shown.select(sheet, number).unique().sort("order_no", "number")
    return (
        rows.group_by(sheet, run=(~follows.fill_null(False)).cum_sum(), maintain_order=True)
        .agg(first=pl.col("number").first(), last=pl.col("number").last())
        .select(list(RUNS))
    )
