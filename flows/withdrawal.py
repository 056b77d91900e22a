"""Complete exports replace their scope: what vanished from one is withdrawn in the source."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import polars as pl

from flows.cards import Kind
from flows.home import Home
from flows.scope import BASES, Scope, ScopeError, read_scope


@dataclass(frozen=True)
class Held:
    """A complete export from which too many cards vanished: it waits for a person's word."""

    order_no: int
    source_file: str
    card_type: str
    vanishing: int
    known: int


def mark_withdrawn(
    kind: Kind, sheets: pl.DataFrame, home: Home, limit_percent: float
) -> tuple[pl.DataFrame, list[Held]]:
    """Add `is_withdrawn` to the current cards of a kind.

    Args:
        kind: current cards with areas, and the sightings of every card in every sheet.
        sheets: rows of `state.sheet`, oldest first.
        home: where the scope files lie.
        limit_percent: more than this share vanishing holds the file.

    Returns:
        The cards; and the exports to be held. A card seen again after its withdrawal is back.
    """
    cards = kind.frame
    seen = kind.sightings.group_by("card_id").agg(
        first_seen=pl.col("order_no").min(), last_seen=pl.col("order_no").max()
    )
    cards = cards.join(seen, on="card_id", how="left", maintain_order="left").with_columns(
        is_withdrawn=pl.lit(False)
    )
    held: list[Held] = []
    for sheet in sheets.filter(pl.col("card_type") == kind.card_type).iter_rows(named=True):
        scope = _scope(home, sheet["source_file"])
        if not scope.complete or scope.card_type not in (None, kind.card_type):
            continue
        order = sheet["order_no"]
        here = kind.sightings.filter(pl.col("order_no") == order)["card_id"]
        inside = _inside(scope, kind.card_type) & (pl.col("first_seen") < order)
        standing = cards.filter(inside & ~pl.col("is_withdrawn"))
        vanishing = standing.filter(~pl.col("card_id").is_in(here.implode()))
        share = 100 * vanishing.height / standing.height if standing.height else 0.0
        if share > limit_percent and not scope.accept_withdrawal:
            held.append(
                Held(order, sheet["source_file"], kind.card_type, vanishing.height, standing.height)
            )
            continue
        gone = inside & (pl.col("last_seen") < order)
        cards = cards.with_columns(is_withdrawn=pl.col("is_withdrawn") | gone.fill_null(False))
    return cards.drop("first_seen", "last_seen"), held


def _scope(home: Home, source_file: str) -> Scope:
    path = Path(source_file.split("!", 1)[0])
    try:
        return read_scope(home.inbox / path)
    except ScopeError:
        return Scope()  # ingest has said so; without a scope the file is an increment


def _inside(scope: Scope, card_type: str) -> pl.Expr:
    inside = pl.lit(True)
    if scope.area_code:
        inside = inside & (pl.col(BASES[scope.basis]) == scope.area_code[:6]).fill_null(False)
    day = pl.col(scope.date_field or "event_date").cast(pl.Date)
    if scope.first:
        inside = inside & (day >= scope.first).fill_null(False)
    if scope.last:
        inside = inside & (day <= scope.last).fill_null(False)
    return inside
