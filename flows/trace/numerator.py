"""Which cards make a numerator: the line `numerator_cards` of each measure's header.

It names one of four ways in which a card is placed and what must be true of it there. That the
cards so found add up to the published numerator is proved by a test for every measure; numerators
that are no count of cards (institutions, listed cases, life tables, corrected numbers) have no such
line.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import polars as pl

from flows.home import SQL
from flows.indicators import measures
from flows.models import ModelError

#: Way -> the table with one row a card that its predicate is about, and its column of card types.
WAYS = {
    "event": ("work.event", "card_type"),  # by home: registered or actual, county or town
    "judged": ("work.judgement", "card_type"),  # by the institution that reported
    "keyed": ("work.keyed_card", "card_type"),  # the same
    "visit": ("work.first_visit", "source_card_type"),  # by the institution that manages
}
BITS = 60  # a mask is a 64-bit number


@dataclass(frozen=True)
class Numerator:
    """Of one indicator: the way its cards are placed, and what counts them."""

    indicator: str
    way: str
    predicate: str


@cache
def numerators(folder: Path = SQL) -> dict[str, Numerator]:
    """The indicators whose numerator is a count of cards; raises ModelError for an unknown way."""
    found = {}
    for name, model in measures(folder).items():
        if not (line := model.facts.get("numerator_cards")):
            continue
        way, _, predicate = line.partition(":")
        if way not in WAYS or not predicate.strip():
            raise ModelError(f"measure.{name}: numerator_cards names no way of {', '.join(WAYS)}")
        found[name] = Numerator(name, way, predicate.strip())
    return found


@dataclass(frozen=True)
class Mask:
    """One column of bits: which cards are in the numerators of `indicators`."""

    column: str
    way: str
    indicators: tuple[str, ...]
    sql: str  # one row a card: card_type, card_id, mask, its area_code and org_code


def masks(ways: tuple[str, ...] = tuple(WAYS)) -> list[Mask]:
    """The columns of bits of some ways; the tables they read are those of the night's draft."""
    made = []
    for way in ways:
        table, type_column = WAYS[way]
        own = [one for one in numerators().values() if one.way == way]
        for place in range(0, len(own), BITS):
            part = own[place : place + BITS]
            bits = " | ".join(
                f"(case when {one.predicate} then {1 << bit} else 0 end)::ubigint"
                for bit, one in enumerate(part)
            )
            sql = (
                f"select {type_column} as card_type, card_id, {bits} as mask, area_code,"
                f" {'org_code' if way != 'event' else 'null as org_code'} from {table}"
            )
            names = tuple(one.indicator for one in part)
            made.append(Mask(f"{way}_{place // BITS}", way, names, sql))
    return made


def spelled(bits: pl.DataFrame, columns: list[Mask]) -> pl.Series:
    """The indicators of each row's bits, comma separated in the order of their names."""
    names = [mask.column for mask in columns]
    distinct = bits.select(names).unique()
    texts = [
        ",".join(
            sorted(
                indicator
                for mask in columns
                for bit, indicator in enumerate(mask.indicators)
                if (row[mask.column] or 0) >> bit & 1
            )
        )
        for row in distinct.iter_rows(named=True)
    ]
    table = distinct.with_columns(numerators=pl.Series(texts, dtype=pl.String))
    joined = bits.select(names).join(
        table, on=names, how="left", nulls_equal=True, maintain_order="left"
    )
    return joined["numerators"]
