"""People joined or kept apart by decisions, before they are given their person_id."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import polars as pl

from flows.linkage.decision import DIFFERENT, SAME, CardKey


class Groups:
    """Things joined into groups, with pairs that must never share one."""

    def __init__(self, apart: Iterable[tuple[str, str]]) -> None:
        """Start with everything alone.

        Args:
            apart: pairs to keep apart.
        """
        self.parent: dict[str, str] = {}
        self.apart = list(apart)

    def root(self, thing: str) -> str:
        """The least member of the group."""
        while (parent := self.parent.get(thing, thing)) != thing:
            thing = parent
        return thing

    def join(self, one: str, other: str) -> None:
        """Make one group of two, unless that would bring a pair together that is kept apart."""
        first, second = sorted((self.root(one), self.root(other)))
        if first == second:
            return
        for left, right in self.apart:
            if {self.root(left), self.root(right)} == {first, second}:
                return
        self.parent[second] = first


def with_decisions(
    decided: pl.DataFrame, identities: Mapping[CardKey, str]
) -> tuple[dict[CardKey, str], dict[str, str]]:
    """What decisions change of who is who.

    Args:
        decided: as of `decisions`.
        identities: what each card named in a decision is known by; cards that no longer exist are
            not there, and their decisions rest.

    Returns:
        Cards that leave the others of their identity, with an identity of their own; and
        identities that are the same person as another, with that other one. `different` goes
        before `same`, and a newer `same` before an older one.
    """
    newest = decided.sort("decided_at", *decided.columns[:4], descending=True)
    rows = [
        ((type_a, card_a), (type_b, card_b), decision)
        for type_a, card_a, type_b, card_b, decision in newest.select(
            *decided.columns[:4], "decision"
        ).iter_rows()
    ]
    rows = [row for row in rows if row[0] in identities and row[1] in identities]
    same = [(a, b) for a, b, decision in rows if decision == SAME]
    different = [(a, b) for a, b, decision in rows if decision == DIFFERENT]
    cards = Groups((_text(a), _text(b)) for a, b in different)
    for a, b in same:
        cards.join(_text(a), _text(b))
    # Of two cards that share an identity and are different people the second leaves it, and those
    # that were said to be the same as it go along.
    own: dict[CardKey, str] = {}
    for a, b in different:
        if own.get(a, identities[a]) == own.get(b, identities[b]):
            leaving = cards.root(_text(max(a, b)))
            for card in identities:
                if cards.root(_text(card)) == leaving:
                    own[card] = f"apart:{leaving}"
    known = {card: own.get(card, identity) for card, identity in identities.items()}
    people = Groups((known[a], known[b]) for a, b in different)
    for a, b in same:
        people.join(known[a], known[b])
    joined = {identity: people.root(identity) for identity in sorted(set(known.values()))}
    return own, {old: new for old, new in joined.items() if old != new}


def _text(card: CardKey) -> str:
    return "|".join(card)
