"""A kind of card with what the other parts need to know of its rows."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from flows.sample.draw import Ints
from flows.sample.tables import fields


@dataclass(frozen=True)
class Cards:
    """One kind of card with what the other parts need to know of each row."""

    frame: pl.DataFrame
    """Canonical text, columns of field.csv in its order; an empty text is an empty cell."""
    people: pl.DataFrame
    event_day: Ints
    state: Ints


def complete(frame: pl.DataFrame, card_type: str) -> pl.DataFrame:
    """All fields of a card in the order of field.csv; those not given are empty."""
    return frame.select(
        (pl.col(name) if name in frame.columns else pl.lit("").alias(name))
        for name in fields(card_type)
    )
