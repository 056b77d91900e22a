"""Complete exports replace their scope: what vanished from one is withdrawn in the source."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from flows.cards import Kind
from flows.home import Home
from flows.scope import BASES, Scope, ScopeError, read_scope


@dataclass(frozen=True)
class Held:
    """A complete export from which too many cards vanished: it waits for a person's word."""

    order_nos: list[int]
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
    own = sheets.filter(pl.col("card_type") == kind.card_type).with_columns(
        file=pl.col("source_file").str.split("!").list.first()
    )
    # The sheets of a workbook and the members of a zip are one export.
    exports = [
        (str(file), scope, export["order_no"])
        for (file,), export in own.group_by("file", maintain_order=True)
        for scope in [scope_of(home, str(file))]
        if scope.complete and scope.card_type in (None, kind.card_type)
    ]
    if not exports:
        return kind.frame.with_columns(is_withdrawn=pl.lit(False)), []
    cards = _seen(kind).with_columns(is_withdrawn=pl.lit(False))
    held: list[Held] = []
    for file, scope, orders in exports:
        order = int(orders.min())  # type: ignore[arg-type]
        here = kind.sightings.filter(pl.col("order_no").is_in(orders.implode()))["card_id"]
        inside = _inside(scope) & (pl.col("first_seen") < order)
        standing = cards.filter(inside & ~pl.col("is_withdrawn"))
        vanishing = standing.filter(~pl.col("card_id").is_in(here.implode()))
        share = 100 * vanishing.height / standing.height if standing.height else 0.0
        if share > limit_percent and not scope.accept_withdrawal:
            held.append(
                Held(orders.to_list(), file, kind.card_type, vanishing.height, standing.height)
            )
            continue
        gone = inside & (pl.col("last_seen") < order)
        cards = cards.with_columns(is_withdrawn=pl.col("is_withdrawn") | gone.fill_null(False))
    return kind.frame.with_columns(cards["is_withdrawn"]), held


def _seen(kind: Kind) -> pl.DataFrame:
    """What a scope looks at, of every card, with the first and the last sheet that showed it."""
    days = [name for name, data_type in kind.frame.schema.items() if data_type.is_temporal()]
    seen = kind.sightings.group_by("card_id").agg(
        first_seen=pl.col("order_no").min(), last_seen=pl.col("order_no").max()
    )
    return kind.frame.select("card_id", *BASES.values(), *days).join(
        seen, on="card_id", how="left", maintain_order="left"
    )


def scope_of(home: Home, file: str) -> Scope:
    """The scope of an inbox file, or of the archive it lies in."""
    try:
        return read_scope(home.inbox / file.split("!", 1)[0])
    except ScopeError:
        return Scope()  # ingest has said so; without a scope the file is an increment


def _inside(scope: Scope) -> pl.Expr:
    inside = pl.lit(True)
    if scope.area_code:
        inside = inside & (pl.col(BASES[scope.basis]) == scope.area_code[:6]).fill_null(False)
    day = pl.col(scope.date_field or "event_date").cast(pl.Date)
    if scope.first:
        inside = inside & (day >= scope.first).fill_null(False)
    if scope.last:
        inside = inside & (day <= scope.last).fill_null(False)
    return inside
