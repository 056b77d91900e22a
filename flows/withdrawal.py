"""Complete exports replace their scope: what vanished from one is withdrawn in the source."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import polars as pl

from flows.cards import Kind
from flows.fields import fields
from flows.known_scope import scope_of
from flows.scope import BASES, Scope
from flows.sightings import Beside

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Held:
    """An export that takes too many cards away, or what made them count: it waits for an answer."""

    order_nos: list[int]
    source_file: str
    card_type: str
    vanishing: int
    known: int
    is_superseded: bool = False  # a later export of the same scope shows what it shows
    lost: tuple[str, ...] = ()  # fields it has nothing of, where that is why (`lost_column`)

    @property
    def said(self) -> str:
        """Why it waits."""
        if not self.lost:
            return f"{self.vanishing} / {self.known} 张卡将被撤下，等待确认。"
        names = "、".join(f"“{fields(self.card_type)[name].label_zh}”" for name in self.lost)
        lost = f"先前有此内容的 {self.known} 张卡中 {self.vanishing} 张将失去它"
        return f"缺少{names}的内容，{lost}，等待确认。"

    @property
    def option(self) -> str:
        """What lets it through."""
        return "--accept-lost-column" if self.lost else "--accept-withdrawal"


def mark_withdrawn(
    kind: Kind,
    sheets: pl.DataFrame,
    scopes: dict[str, Scope],
    limit_percent: float,
    waiting: set[int] | None = None,
) -> tuple[pl.DataFrame, list[Held]]:
    """Add `is_withdrawn` to the current cards of a kind.

    Args:
        kind: current cards with areas, and the sightings of every card in every sheet.
        sheets: rows of `state.sheet`, oldest first.
        scopes: as of `known_scopes`.
        limit_percent: more than this share vanishing holds the file.
        waiting: order numbers of the sheets that are held and left out of `kind`; None: not known.

    Returns:
        The cards; and the exports to be held, where that was not known. A card seen again after its
        withdrawal is back; what a held export shows is not yet known to those after it.
    """
    files = [
        (file, scope, _covers(scope, kind.card_type), orders)
        for file, orders in exports_of(sheets, kind.card_type)
        for scope in [scope_of(scopes, file)]
    ]
    exports = [(file, covers, orders) for file, _, covers, orders in files if covers]
    if not exports:
        return kind.frame.with_columns(is_withdrawn=pl.lit(False)), []
    seen = kind.sightings.beside(kind.frame["card_id"])
    known, withdrawn = (np.zeros(kind.frame.height, dtype=bool) for _ in range(2))
    inside: dict[Scope, Mask] = {}  # a year of nightly exports has one scope
    held: list[Held] = []
    for file, scope, covers, orders in files:
        shown = seen.shown(orders)
        if covers:
            if covers not in inside:
                inside[covers] = _inside(kind.frame, covers)
            standing = inside[covers] & known & ~withdrawn
            vanishing = standing.copy()
            vanishing[shown] = False
            counts = int(vanishing.sum()), int(standing.sum())
            too_many = 100 * counts[0] > limit_percent * counts[1] and not scope.accept_withdrawal
            if too_many if waiting is None else not waiting.isdisjoint(orders):
                held.append(Held(orders, file, kind.card_type, *counts))
                continue
            withdrawn |= inside[covers] & (seen.last < min(orders))
        known[shown] = True
    later = _shown_later(kind.frame.height, exports, seen) if held else {}
    held = [
        replace(one, is_superseded=100 * later[one.order_nos[0]] >= 100 - limit_percent)
        for one in held
    ]
    return kind.frame.with_columns(is_withdrawn=pl.Series(withdrawn)), held


def exports_of(sheets: pl.DataFrame, card_type: str) -> list[tuple[str, list[int]]]:
    """The exports of a kind, by file with the order numbers of their sheets, as they came.

    The sheets of a workbook are one export, and so are the members of a zip; what comes under the
    same name another day, or of another time or content, is another.
    """
    file, is_member = pl.col("source_file").str.split("!"), pl.col("source_file").str.contains("!")
    own = sheets.filter(pl.col("card_type") == card_type).with_columns(
        file=file.list.first(), content=pl.when(~is_member).then("sha256")
    )
    keys = ("file", "received_on", "exported_at", "content")
    return [
        (str(name), export["order_no"].to_list())
        for (name, *_), export in own.group_by(keys, maintain_order=True)
    ]


def _covers(scope: Scope, card_type: str) -> Scope | None:
    """What a complete export replaces: the same for every export of one scope; None: nothing."""
    if not scope.complete or scope.card_type not in (None, card_type):
        return None
    return replace(scope, exported_at=None, accept_withdrawal=False, accept_lost_column=False)


def _shown_later(
    height: int, exports: list[tuple[str, Scope, list[int]]], seen: Beside
) -> dict[int, float]:
    """By an export's first sheet, the share of its cards that later ones of its scope show, too.

    An export that nobody answered is followed by the next night's, which asks the same. One that
    another institution dropped under the same scope is not: no other shows its cards.
    """
    shares: dict[int, float] = {}
    shown: dict[Scope, Mask] = {}
    for _, covers, orders in reversed(exports):
        cards = seen.shown(orders)
        later = shown.setdefault(covers, np.zeros(height, dtype=bool))
        shares[orders[0]] = float(later[cards].mean()) if cards.size else 1.0
        later[cards] = True
    return shares


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
    # As a column it is as long as the frame, also where the scope names nothing.
    mask: Mask = frame.with_columns(inside=inside.fill_null(False))["inside"].to_numpy()
    return mask
