"""Which cards may be asked about: exported lately, and shown lately."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from flows.cards import Kind
from flows.data_state import data_until
from flows.home import Settings


@dataclass(frozen=True)
class Freshness:
    """How new the cards of every kind are on a night."""

    data_until: dict[str, date]  # card_type -> day of its newest export
    old: list[str]  # card types with an export that is too old to ask about
    recent: pl.DataFrame  # card_type, card_id: shown by an export of the last days

    def until(self, as_of: date) -> date:
        """数据截至: the oldest of the exports that are asked about."""
        used = [day for name, day in self.data_until.items() if name not in self.old]
        return min(used, default=as_of)


def freshness(
    kinds: dict[str, Kind], sheets: pl.DataFrame, as_of: date, settings: Settings
) -> Freshness:
    """Judge exports and cards by the day of the night.

    Args:
        kinds: with the sightings of every card.
        sheets: rows of `state.sheet`.
        as_of: the night. An export that says a later day is as new as can be.
        settings: letter_export_days, letter_seen_days.
    """
    until = data_until(sheets, as_of)
    recent = [pl.DataFrame(schema={"card_type": pl.String, "card_id": pl.String})]
    first_seen = as_of - timedelta(days=settings.letter_seen_days)
    for card_type in until:
        own = sheets.filter(pl.col("card_type") == card_type).select(
            "order_no", exported_on=pl.col("exported_at").dt.date()
        )
        late = own.filter(pl.col("exported_on") >= first_seen)["order_no"]
        shown = kinds[card_type].sightings.of(late).to_frame()
        recent.append(shown.select(pl.lit(card_type).alias("card_type"), "card_id"))
    limit = timedelta(days=settings.letter_export_days)
    old = [card_type for card_type, day in until.items() if as_of - day > limit]
    kept = pl.concat(recent).filter(~pl.col("card_type").is_in(old))
    return Freshness(until, old, kept)
