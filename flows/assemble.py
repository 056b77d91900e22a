"""Raw -> the current version of every card, typed, placed, with persons and withdrawals."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial

import polars as pl

from flows.cards import Kind, build_kind, in_force
from flows.events import count_cards
from flows.fields import CARDS, INPUTS
from flows.history import last_night
from flows.home import REFERENCE, UserError
from flows.known_scope import known_scopes
from flows.lanes import MIXED_LANES
from flows.linkage.decision import decisions
from flows.lost_column import Losses
from flows.person import add_person_id
from flows.place import Places
from flows.reconcile.lists import reconcile
from flows.sheet_text import read_kind, sheets_of
from flows.shelf import fold
from flows.shelf.current import shelved_kind
from flows.shelf.files import DamagedShelfError, shelf_of
from flows.store import Store
from flows.tonight import Tonight
from flows.tumour import traceback
from flows.withdrawal import Held, mark_withdrawn


def as_last_night(store: Store, *, whole: bool = False) -> Tonight:
    """What the last good night assembled, for work that needs the cards themselves.

    Args:
        store: raw and state.
        whole: all columns of the cards, not only those that a night reads.

    Raises:
        UserError: no night has run.
    """
    as_of = last_night(store)
    if as_of is None:
        raise UserError("还没有运行过夜间流程，请先运行 zhikong night。")
    tonight = Tonight(store, as_of, is_whole=whole)
    tonight.sheets = sheets_of(store, as_of)
    assemble(tonight)
    return tonight


def assemble(tonight: Tonight, beside: Callable[[Kind], None] | None = None) -> None:
    """Raw -> the current version of every card, typed, placed, with persons and withdrawals.

    Args:
        tonight: its sheets are known.
        beside: done with every kind as soon as it is there, while others and persons are made; it
            must not read what is made of a kind later.
    """
    try:
        _assemble(tonight, beside)
    except DamagedShelfError:
        from_raw(tonight)


def from_raw(tonight: Tonight) -> None:
    """Assemble without the shelf, of which a file is damaged; it is made again on the way."""
    assert tonight.shelf is not None
    tonight.say("上次留下的中间结果有损坏，已改从原始库重算；原始库不受影响。")
    tonight.shelf.forget()
    _assemble(tonight)


def _assemble(tonight: Tonight, beside: Callable[[Kind], None] | None = None) -> None:
    tonight.kinds, tonight.frames, tonight.held, tonight.left_out = {}, {}, [], set()
    tonight.scopes = known_scopes(tonight.store)
    for name in ("institution", "area", "population"):
        text = read_kind(tonight.store, name, tonight.sheets, set())
        tonight.kinds[name] = build_kind(text, name, None)
        tonight.frames[name] = in_force(tonight.kinds[name])
    counties = _counties(tonight)
    home_area = tonight.home.settings.area or (counties[0] if len(counties) == 1 else None)
    tonight.places = Places(
        tonight.frames["area"], tonight.frames["institution"], home_area, counties
    )
    tonight.shelf = shelf_of(tonight.store, tonight.places, tonight.frames)
    names = [name for name in (*INPUTS, *CARDS) if name not in tonight.kinds]
    others: list[Future[None]] = []
    with ThreadPoolExecutor(MIXED_LANES) as lanes:  # no kind hangs on another
        made = lanes.map(partial(_current, tonight), names)
        for name, (kind, held) in zip(names, made, strict=True):
            tonight.kinds[name], tonight.frames[name] = kind, in_force(kind)
            tonight.held += [item for item in held if not item.is_superseded]
            tonight.left_out |= {order_no for item in held for order_no in item.order_nos}
            tonight.say(f"{name}：{tonight.frames[name].height} 条")
            if beside is not None:
                others.append(lanes.submit(beside, kind))
        _count(tonight)
        for other in others:
            other.result()


def _current(tonight: Tonight, name: str) -> tuple[Kind, list[Held]]:
    """One kind; an export that would take too much away is held and left out."""
    if name not in CARDS:
        text = read_kind(tonight.store, name, tonight.sheets, set())
        return build_kind(text, name, tonight.places), []
    assert tonight.shelf is not None
    limit = tonight.home.settings.vanish_limit_percent
    whole = tonight.is_whole or tonight.engine.holds_whole_cards
    losses = Losses(tonight.shelf, name, tonight.sheets, tonight.scopes)
    kind, seen = shelved_kind(tonight.shelf, name, tonight.sheets, losses.waiting, whole=whole)
    if losses.look(seen):
        kind, seen = shelved_kind(tonight.shelf, name, tonight.sheets, losses.waiting, whole=whole)
    waiting, held = losses.waiting, losses.held(seen, limit)
    sheets = tonight.sheets.filter(~pl.col("order_no").is_in(waiting)) if held else tonight.sheets
    kind.frame, withdrawing = mark_withdrawn(kind, sheets, tonight.scopes, limit)
    if withdrawing:
        waiting |= {order_no for item in withdrawing for order_no in item.order_nos}
        kind, seen = shelved_kind(tonight.shelf, name, tonight.sheets, waiting, whole=whole)
        kind.frame, _ = mark_withdrawn(kind, sheets, tonight.scopes, limit, waiting)
    fold.keep(tonight.shelf, name, seen)
    return kind, [*held, *withdrawing]


def _counties(tonight: Tonight) -> list[str]:
    """The counties that the populations are of."""
    areas = tonight.frames["population"]["area_code"].drop_nulls()
    return [str(code) for code in areas.str.slice(0, 6).unique().sort()]


def _count(tonight: Tonight) -> None:
    people = {name: tonight.frames[name] for name in (*CARDS, "tumour_death", "survey_case")}
    people = add_person_id(people, tonight.home.key, decisions(tonight.store))
    categories = (
        pl.read_csv(REFERENCE / "cancer_group.csv")["icd10_category"].unique().sort().to_list()
    )
    for name in CARDS:
        people[name] = count_cards(people[name], name, categories)
        if name == "tumour":
            decided = traceback.decisions(tonight.store)
            people[name] = traceback.with_state(people[name], decided)
        tonight.kinds[name].frame = people[name]
    cards = {name: people[name] for name in CARDS}
    home_areas = tonight.places.home_areas if tonight.places else None
    with ThreadPoolExecutor(1) as beside:  # neither uses both processors for long
        matches = beside.submit(
            traceback.match_deaths,
            people["death"],
            people["tumour"],
            categories,
            traceback.pair_decisions(tonight.store),
            home_areas,
        )
        people["survey_case"], tonight.list_faults = reconcile(
            tonight.store,
            tonight.kinds["survey_case"],
            people["survey_case"],
            cards,
            home_areas,
        )
        tonight.death_matches = matches.result()
    tonight.frames |= people
