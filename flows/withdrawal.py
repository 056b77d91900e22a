"""Complete exports replace their scope: what vanished from one is withdrawn in the source."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import polars as pl

from flows.cards import Kind
from flows.known_scope import scope_of
from flows.scope import BASES, Scope

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Held:
    """A complete export from which too many cards vanished: it waits for a person's word."""

    order_nos: list[int]
    source_file: str
    card_type: str
    vanishing: int
    known: int


def mark_withdrawn(
    kind: Kind, sheets: pl.DataFrame, scopes: dict[str, Scope], limit_percent: float
) -> tuple[pl.DataFrame, list[Held]]:
    """Add `is_withdrawn` to the current cards of a kind.

    Args:
        kind: current cards with areas, and the sightings of every card in every sheet.
        sheets: rows of `state.sheet`, oldest first.
        scopes: as of `known_scopes`.
        limit_percent: more than this share vanishing holds the file.

    Returns:
        The cards; and the exports to be held. A card seen again after its withdrawal is back.
    """
    own = sheets.filter(pl.col("card_type") == kind.card_type).with_columns(
        file=pl.col("source_file").str.split("!").list.first()
    )
    # The sheets of a workbook and the members of a zip are one export.
    exports = [
        (str(file), scope, export["order_no"])
        for (file,), export in own.group_by("file", maintain_order=True)
        for scope in [scope_of(scopes, str(file))]
        if scope.complete and scope.card_type in (None, kind.card_type)
    ]
    if not exports:
        return kind.frame.with_columns(is_withdrawn=pl.lit(False)), []
    seen = kind.sightings.beside(kind.frame["card_id"])
    withdrawn = np.zeros(kind.frame.height, dtype=bool)
    inside: dict[Scope, Mask] = {}  # a year of nightly exports has one scope
    held: list[Held] = []
    for file, scope, orders in exports:
        order = int(orders.min())  # type: ignore[arg-type]
        covers = replace(scope, exported_at=None, accept_withdrawal=False)
        if covers not in inside:
            inside[covers] = _inside(kind.frame, covers)
        standing = inside[covers] & (seen.first < order) & ~withdrawn
        known = int(standing.sum())
        standing[seen.shown(orders)] = False
        vanishing = int(standing.sum())
        share = 100 * vanishing / known if known else 0.0
        if share > limit_percent and not scope.accept_withdrawal:
            held.append(Held(orders.to_list(), file, kind.card_type, vanishing, known))
            continue
        withdrawn |= inside[covers] & (seen.last < order)
    return kind.frame.with_columns(is_withdrawn=pl.Series(withdrawn)), held


def _inside(frame: pl.DataFrame, scope: Scope) -> Mask:
    """Which cards an export covers."""
    inside = pl.lit(True)
    if scope.area_code:
        # 330000 is the province, 330300 the city; provinces write a county as 33032900.
        prefix = re.sub(r"(00)+$", "", scope.area_code)
        inside = inside & pl.col(BASES[scope.basis]).str.starts_with(prefix)
    day = pl.col(scope.date_field or "event_date").cast(pl.Date)
    if scope.first:
        inside = inside & (day >= scope.first)
    if scope.last:
        inside = inside & (day <= scope.last)
    mask: Mask = frame.with_columns(inside=inside.fill_null(False))["inside"].to_numpy()
    return mask
