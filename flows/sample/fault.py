"""Planting labelled faults: each breaks one rule on one otherwise sound card."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import polars as pl

from flows.sample.cards import Cards
from flows.sample.county import County
from flows.sample.draw import Flags, Ints
from flows.sample.tables import CARDS
from flows.sample.workflow import FINAL

PLACE_WORDS = ("county", "city", "province", "town")
TRIES = 400  # cards looked at before a rule is given up for want of a suitable one

Card = dict[str, str | None]


@dataclass(frozen=True)
class Fault:
    """One planted fault: the fields that were changed and the rules that must speak."""

    card_type: str
    row: int
    rule_id: str
    implies: tuple[str, ...]
    change: dict[str, str]
    card_id: str


class Catalogue(Protocol):
    """What planting needs to know of the rules (`rules_of_validators` gives the real one)."""

    def rules(self, card_type: str, province: str) -> list[tuple[str, tuple[str, ...]]]:
        """Rules in force that can be planted, each with the rules it implies."""

    def needs(self, rule_id: str) -> dict[str, tuple[str | None, ...]]:
        """Field -> values a card must have; `age` -> (lowest, highest)."""

    def fits(self, rule_id: str, card: Card) -> bool:
        """Whether the fault can be planted on this sound card."""

    def plant(self, rule_id: str, card: Card) -> Card:
        """The card with the fault."""


class RulesOfValidators:
    """The examples that every rule in `validators` declares."""

    def rules(self, card_type: str, province: str) -> list[tuple[str, tuple[str, ...]]]:
        """Leave out what never becomes a finding, and what speaks of another province."""
        from validators.catalogue import rules
        from validators.example import CHANGES

        found = []
        for rule in rules(card_type):
            facts, rule_id = rule.facts, rule.rule_id
            if facts.channel == "statistic" or facts.jurisdiction not in ("", province):
                continue
            if rule_id not in CHANGES or facts.valid_to is not None:
                continue
            # Examples with areas are written for a home in Zhejiang.
            speaks_of_places = any(
                word in name for name in CHANGES[rule_id] for word in PLACE_WORDS
            )
            if speaks_of_places and province != "33":
                continue
            found.append((rule_id, tuple(rule.implies)))
        return found

    def needs(self, rule_id: str) -> dict[str, tuple[str | None, ...]]:
        """As declared beside the example."""
        from validators.example import NEEDS

        return NEEDS[rule_id]

    def fits(self, rule_id: str, card: Card) -> bool:
        """As declared beside the example."""
        from validators.example import fits

        return fits(rule_id, card)

    def plant(self, rule_id: str, card: Card) -> Card:
        """Work out the change for this card."""
        from validators.example import plant

        return plant(rule_id, card)


def plant_all(
    rng: np.random.Generator,
    place: County,
    cards: dict[str, Cards],
    spared: set[str],
    rate: float,
    catalogue: Catalogue,
) -> list[Fault]:
    """Choose rules and cards and work out the changes; the cards themselves stay as they are.

    Args:
        rng: source of chance.
        place: the county.
        cards: sound cards.
        spared: card ids that must stay sound (they stand on survey lists).
        rate: faults per card.
        catalogue: the rules.

    Returns:
        About rate x cards faults, at most one a card, over all rules in turn.
    """
    total = round(rate * sum(len(card.frame) for card in cards.values()))
    rules = [
        (name, *rule) for name in CARDS for rule in catalogue.rules(name, place.province_code[:2])
    ]
    if not total or not rules:
        return []
    free = {name: _free(card, spared) for name, card in cards.items()}
    faults: list[Fault] = []
    hopeless: set[str] = set()
    while len(faults) < total and len(hopeless) < len(rules):
        for position in rng.permutation(len(rules)):
            name, rule_id, implies = rules[position]
            if rule_id in hopeless or len(faults) >= total:
                continue
            fault = _one(rng, cards[name], free[name], name, rule_id, implies, catalogue)
            if fault is None:
                hopeless.add(rule_id)
                continue
            free[name][fault.row] = False
            faults.append(fault)
    return sorted(faults, key=lambda fault: (CARDS.index(fault.card_type), fault.row))


def _free(cards: Cards, spared: set[str]) -> Flags:
    listed = cards.frame["card_id"].is_in(pl.Series(sorted(spared), dtype=pl.String).implode())
    free: Flags = (cards.state == FINAL) & ~listed.to_numpy()
    return free


def _one(
    rng: np.random.Generator,
    cards: Cards,
    free: Flags,
    name: str,
    rule_id: str,
    implies: tuple[str, ...],
    catalogue: Catalogue,
) -> Fault | None:
    rows = _suitable(cards, free, catalogue.needs(rule_id))
    for row in rng.permutation(rows)[:TRIES]:
        card: Card = {key: value or None for key, value in cards.frame.row(row, named=True).items()}
        if not catalogue.fits(rule_id, card):
            continue
        made = catalogue.plant(rule_id, card)
        change = {key: made[key] or "" for key in made if made[key] != card.get(key)}
        if change:
            return Fault(name, int(row), rule_id, implies, change, made.get("card_id") or "")
    return None


def _suitable(cards: Cards, free: Flags, needs: dict[str, tuple[str | None, ...]]) -> Ints:
    """Rows that may fit, found on whole columns; `fits` then looks at single cards."""
    good = free.copy()
    for name, values in needs.items():
        if name == "age":
            age = (cards.event_day - cards.people["birth_day"].to_numpy()) / 365.2425
            low, high = float(str(values[0])), float(str(values[1]))
            good &= (age > low - 0.02) & (age < high + 1.02)
        elif values == ("*",):
            good &= (cards.frame[name] != "").to_numpy()
        else:
            wanted = [value or "" for value in values]
            good &= cards.frame[name].is_in(wanted).to_numpy()
    return np.flatnonzero(good)


def with_faults(frame: pl.DataFrame, faults: list[Fault]) -> pl.DataFrame:
    """The frame with the changes of its faults laid over it, as text."""
    by_field: dict[str, dict[int, str]] = {}
    for fault in faults:
        for name, value in fault.change.items():
            by_field.setdefault(name, {})[fault.row] = value
    return frame.with_columns(
        frame[name].scatter(pl.Series(list(rows)), pl.Series(list(rows.values())))
        for name, rows in by_field.items()
        if name in frame.columns
    )


def truth(faults: list[Fault]) -> pl.DataFrame:
    """The rows of truth.csv."""
    return pl.DataFrame(
        {
            "card": [fault.card_type for fault in faults],
            "card_id": [fault.card_id for fault in faults],
            "rule_id": [fault.rule_id for fault in faults],
            "implies": [";".join(fault.implies) for fault in faults],
        },
        schema=dict.fromkeys(("card", "card_id", "rule_id", "implies"), pl.String),
    )
