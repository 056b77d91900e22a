"""An export that lost a column which decides what counts: it waits for a person's word.

The newest version of a card counts, and without its date, code, area or audit it counts no longer:
one column left out at the platform would take a year's deaths away.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import polars as pl

from flows.cards import Kind, deciding, is_lost
from flows.known_scope import scope_of
from flows.scope import Scope
from flows.sheet_text import Census
from flows.withdrawal import Held, exports_of


def held_for_lost_columns(
    kind: Kind,
    sheets: pl.DataFrame,
    census_of: Callable[[int], Census],
    scopes: dict[str, Scope],
    limit_percent: float,
) -> list[Held]:
    """The exports that have nothing of a column which the cards they show had before.

    Args:
        kind: current cards, with the sightings of every card in every sheet.
        sheets: rows of `state.sheet`, oldest first.
        census_of: by order number, what a sheet fills.
        scopes: as of `known_scopes`.
        limit_percent: an export is held where more than this share of its cards had it before.

    Returns:
        Held exports: `vanishing` of `known` cards that it shows would lose what they had. A first
        export without the column takes nothing away.
    """
    exports = exports_of(sheets, kind.card_type)
    groups = deciding(kind.card_type)
    lost = {
        order: [names for names in groups if is_lost(census_of(order), names, kind.card_type)]
        for _, orders in exports
        for order in orders
    }
    if not any(lost.values()):
        return []
    seen = kind.sightings.beside(kind.frame["card_id"])
    had = {names: np.zeros(kind.frame.height, dtype=bool) for names in groups}
    held: list[Held] = []
    for file, orders in exports:
        shown = {order: np.unique(seen.shown([order])) for order in orders}
        losing = np.zeros(kind.frame.height, dtype=bool)
        fields = dict[str, None]()
        for order in orders:
            for names in lost[order]:
                rows = shown[order][had[names][shown[order]]]
                losing[rows] = True
                fields |= {names[0]: None} if rows.size else {}
        counts = int(losing.sum()), np.unique(seen.shown(orders)).size
        if 100 * counts[0] > limit_percent * counts[1]:
            if not scope_of(scopes, file).accept_withdrawal:
                held.append(Held(orders, file, kind.card_type, *counts, lost=tuple(fields)))
                continue
        for order in orders:
            for names in groups:
                had[names][shown[order]] = names not in lost[order]
    return [
        replace(one, is_superseded=_shown_later(one, exports, seen.shown) >= 100 - limit_percent)
        for one in held
    ]


def _shown_later(
    one: Held,
    exports: list[tuple[str, list[int]]],
    shown: Callable[[list[int]], np.ndarray[tuple[int], np.dtype[np.integer]]],
) -> float:
    """Of the cards of an export, how many in a hundred later ones show again, which settle it."""
    files = [file for file, _ in exports]
    after = [order for _, orders in exports[files.index(one.source_file) + 1 :] for order in orders]
    cards = np.unique(shown(one.order_nos))
    return 100 * float(np.isin(cards, shown(after)).mean()) if cards.size else 100.0
