"""Which cards make a numerator: the line `numerator_cards` of each measure's header.

It names one of four ways in which a card is placed and what must be true of it there, told from the
card's row and from shipped tables alone. That the cards so found add up to the published numerator
is proved by a test for every measure; numerators that are no count of cards (institutions, listed
cases, life tables, corrected numbers) have no such line.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import polars as pl

from flows.draft import SHIPPED
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
#: What is true of some cards, in SQL about a table whose column of card types has the given name.
Where = Callable[[str], str]


@dataclass(frozen=True)
class Numerator:
    """Of one indicator: the way its cards are placed, and what counts them."""

    indicator: str
    way: str
    predicate: str


@cache
def numerators(folder: Path = SQL) -> dict[str, Numerator]:
    """The indicators whose numerator is a count of cards.

    Raises:
        ModelError: an unknown way, or a predicate that reads a table which is not shipped.
    """
    found = {}
    for name, model in measures(folder).items():
        if not (line := model.facts.get("numerator_cards")):
            continue
        way, _, predicate = line.partition(":")
        if way not in WAYS or not predicate.strip():
            raise ModelError(f"measure.{name}: numerator_cards names no way of {', '.join(WAYS)}")
        if set(re.findall(r"\bfrom\s+([\w.]+)", predicate)) - {f"reference.{x}" for x in SHIPPED}:
            raise ModelError(f"measure.{name}: numerator_cards reads more than shipped tables")
        found[name] = Numerator(name, way, predicate.strip())
    return found


@dataclass(frozen=True)
class Mask:
    """One column of bits: which cards are in the numerators of `indicators`."""

    column: str
    way: str
    indicators: tuple[str, ...]
    bits: str  # an expression about a row of the way's table

    def sql(self, where: Where) -> str:
        """One row a card of some: card_type, card_id, mask, its area_code and org_code."""
        table, type_column = WAYS[self.way]
        return (
            f"select {type_column} as card_type, card_id, {self.bits} as mask, area_code,"
            f" {'org_code' if self.way != 'event' else 'null as org_code'}"
            f" from (select * from {table} where {where(type_column)})"
        )


def masks(ways: tuple[str, ...] = tuple(WAYS)) -> list[Mask]:
    """The columns of bits of some ways; the tables they read are those of the night's draft."""
    made = []
    for way in ways:
        own = [one for one in numerators().values() if one.way == way]
        for place in range(0, len(own), BITS):
            part = own[place : place + BITS]
            flags: dict[str, int] = {}  # what several indicators count is looked at once
            for bit, one in enumerate(part):
                flags[one.predicate] = flags.get(one.predicate, 0) | 1 << bit
            bits = " | ".join(
                f"(case when {predicate} then {flag} else 0 end)::ubigint"
                for predicate, flag in flags.items()
            )
            names = tuple(one.indicator for one in part)
            made.append(Mask(f"{way}_{place // BITS}", way, names, bits))
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
