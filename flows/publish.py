"""Typed cards -> models -> indicators -> score -> the published file, swapped in whole."""

from __future__ import annotations

from pathlib import Path

import duckdb

from flows.assemble import from_raw
from flows.comments import write_comments_zh
from flows.county.files import publish_counties
from flows.data_state import last_months
from flows.draft import draft_of, put, put_typed, reference_tables
from flows.fields import CARDS
from flows.home import REFERENCE, SQL, Home
from flows.lanes import MIXED_LANES, abreast
from flows.macros import write_macros
from flows.made_tables import given, pieces, waits
from flows.models import pieces as model_pieces
from flows.models import read_models
from flows.population import mean_population
from flows.previous import keep_previous
from flows.shelf.carried import publication
from flows.shelf.files import DamagedShelfError
from flows.shelf.kept import kept_of
from flows.shelf.parts import Parts, parts_of
from flows.shelf.results import TABLE as RESULTS
from flows.tonight import Tonight
from flows.validate import validate


def publish(tonight: Tonight) -> None:
    """Typed cards -> models -> indicators -> score -> the published file, swapped in whole."""
    try:
        _publish(tonight)
    except DamagedShelfError:
        from_raw(tonight)
        validate(tonight)
        _publish(tonight)
    tonight.kinds, tonight.frames = {}, {}  # no later step needs cards, and they are heavy


def _publish(tonight: Tonight) -> None:
    assert tonight.places is not None and tonight.shelf is not None
    home, frames, as_of = tonight.home, tonight.frames, tonight.as_of
    parts = _parts(tonight)
    population = mean_population(frames["population"])
    keep_previous(home)
    models = read_models(SQL)
    results, name = tonight.rule_results, tonight.published_as
    cards = publication(home, tonight.shelf, parts, models, results, name)
    kept = kept_of(tonight.shelf)
    known = given(tonight)
    until, stopped = last_months(tonight.sheets_that_count, tonight.scopes, as_of)
    others = pieces(tonight, population, kept, criteria_files(home), stopped)
    card_count = sum(frames[kind].height for kind in CARDS)
    with draft_of(home.published, home.key_to_publish, cards.tables, card_count) as draft:
        put_typed(draft, frames, parts)
        known |= reference_tables(draft, frames, population, tonight.places, as_of, until)
        create = tonight.engine.creator(draft, parts, cards.carried)
        of_models, build = model_pieces(draft, SQL, {*known, RESULTS}, create)

        def make(lane: duckdb.DuckDBPyConnection, piece: str) -> None:
            if piece in of_models:
                build(lane, piece)
            elif piece in known:
                put(lane, piece, known[piece]())
            elif piece == RESULTS:
                results.write(lane)
            else:
                others[piece](lane)

        after = of_models | {table: [] for table in (*known, RESULTS)}
        # What lies in memory whole is registered on the draft alone.
        lanes = 1 if tonight.engine.holds_whole_cards else MIXED_LANES
        abreast(draft, after | waits(after), make, lanes)
        if tonight.press and cards.differ:
            tonight.press.warm()  # what follows until the pages leaves a processor idle
        write_macros(draft)
        write_comments_zh(draft)
        tonight.score = draft.sql(
            "select * from score.item order by criteria_set, area_code, year, item_no"
        ).pl()
    cards.remember()
    kept.remember(tonight.shelf)
    tonight.written_counties = publish_counties(home, tonight.say)


def criteria_files(home: Home) -> list[Path]:
    """The criteria files of the settings, the home's own folder before the shipped one."""
    found = []
    for name in home.settings.criteria:
        own, shipped = (
            home.path / "criteria" / f"{name}.csv",
            REFERENCE / "criteria" / f"{name}.csv",
        )
        found.append(own if own.exists() else shipped)
    return found


def _parts(tonight: Tonight) -> dict[str, Parts]:
    """The cards that lie on the shelf, by kind."""
    assert tonight.shelf is not None
    if tonight.engine.holds_whole_cards:
        return {}
    return {name: parts_of(tonight.shelf, tonight.kinds[name]) for name in CARDS}
