"""Typed cards -> models -> indicators -> score -> the published file, swapped in whole."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import duckdb
import polars as pl

from flows import indicators, score, statistics
from flows.across.without_case import deaths_without_case
from flows.assemble import from_raw
from flows.comments import write_comments_zh
from flows.county.batch import with_area
from flows.county.files import publish_counties
from flows.criteria import read_criteria
from flows.draft import draft_of, pack, put, put_reference, put_typed
from flows.fields import CARDS, unpublished
from flows.freeze.since import publish_freezes
from flows.home import REFERENCE, SQL, Home
from flows.lanes import LANES, abreast
from flows.letters.follow import publish_letters
from flows.macros import write_macros
from flows.models import pieces, read_models
from flows.open_tables import write_open
from flows.place import UNRESOLVED
from flows.population import mean_population
from flows.previous import keep_previous
from flows.quality import (
    batches,
    data_state,
)
from flows.reconcile import tables as reconcile_tables
from flows.report.issued import report_elements
from flows.shelf.carried import publication
from flows.shelf.files import DamagedShelfError
from flows.shelf.kept import Kept, kept_of
from flows.shelf.parts import Parts, parts_of
from flows.shelf.results import TABLE as RESULTS
from flows.tasks.build import tasks
from flows.tasks.limits import limits
from flows.tonight import Tonight
from flows.trace.night import publish_history
from flows.tumour import indicators as tumour_indicators
from flows.tumour import traceback
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
    given = _given(tonight)
    tables = _tables(tonight, population, kept)
    with draft_of(home.published, home.key_to_publish, cards.tables) as draft:
        put_typed(draft, frames, parts, home.key)
        put_reference(draft, frames, population, tonight.places, as_of)
        create = tonight.engine.creator(draft, parts, cards.carried)
        of_models, build = pieces(draft, SQL, {*given, RESULTS}, create)

        def make(lane: duckdb.DuckDBPyConnection, name: str) -> None:
            if name in of_models:
                build(lane, name)
            elif name in given:
                put(lane, name, given[name]())
            elif name == RESULTS:
                results.write(lane)
            elif name == PACKED:
                pack(lane)
            else:
                tables(lane, name)

        after = of_models | {name: [] for name in (*given, RESULTS)}
        after |= {PACKED: [*after]} | {name: [*before, PACKED] for name, before in AFTER.items()}
        # What lies in memory whole is registered on the draft alone.
        abreast(draft, after, make, 1 if tonight.engine.holds_whole_cards else LANES)
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


def _given(tonight: Tonight) -> dict[str, Callable[[], pl.DataFrame]]:
    """The tables of `quality` that the night knows beside the cards; the long ones come last.

    Of those made side by side only one reads the store.
    """
    home, frames, matches = tonight.home, tonight.frames, tonight.death_matches
    decided = traceback.decisions(tonight.store)
    batches = _batches(tonight)
    return {
        "quality.finding": lambda: tonight.findings,
        "quality.task": lambda: _tasks(tonight),
        "quality.traceback": lambda: traceback.traceback_list(matches, frames["tumour"], decided),
        "quality.report_element": lambda: report_elements(home, frames["evidence"], tonight.as_of),
        "quality.death_without_case": lambda: _deaths_without_case(tonight),
        "quality.rule": lambda: tonight.rules,
        "quality.batch": lambda: batches,
        "quality.data_state": lambda: data_state(_card_sheets(tonight), tonight.scopes),
        "quality.unresolved_value": lambda: _unresolved(tonight),
        "quality.death_match": lambda: traceback.match_table(matches),
        "quality.duplicate_candidate": lambda: tonight.duplicates,
    }


PACKED = "packed"  # when the models and what they read are there
#: What is made of the models' tables, and what each must wait for. Only one at a time may use the
#: store, which freezes, letters and the history do.
AFTER = {
    "freezes": [],
    "open": [],
    "reconcile": [],
    "indicators": [],
    "statistics": ["indicators"],
    "tumour": ["statistics"],
    "score": ["indicators"],
    "letters": ["freezes", "indicators"],
    "history": ["letters"],
}


def _tables(
    tonight: Tonight, population: pl.DataFrame, kept: Kept
) -> Callable[[duckdb.DuckDBPyConnection, str], None]:
    frames, as_of = tonight.frames, tonight.as_of
    files = criteria_files(tonight.home)
    county = tonight.places.only_county if tonight.places else None

    def made(lane: duckdb.DuckDBPyConnection, name: str) -> None:
        match name:
            case "freezes":
                publish_freezes(tonight.store, lane, as_of)
            case "open":
                write_open(lane, kept)
            case "reconcile":
                reconcile_tables.build(lane, frames, county)
            case "indicators":
                indicators.build(lane, SQL, kept)
            case "statistics":
                statistics.build(lane, frames, population, as_of)
            case "tumour":
                tumour_indicators.build(lane)
            case "score":
                sets = [read_criteria(file) for file in files]
                score.score(lane, sets, as_of, tonight.home.settings.area)
            case "letters":
                publish_letters(tonight, lane)
            case "history":
                tonight.traced = publish_history(tonight, lane, files)

    return made


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


def _tasks(tonight: Tonight) -> pl.DataFrame:
    """What is due; the night's summary counts it."""
    assert tonight.places is not None
    tonight.tasks = tasks(
        {name: tonight.kinds[name] for name in CARDS},
        tonight.frames["institution"],
        tonight.places,
        limits(tonight.home.path / "deadline.csv"),
        tonight.as_of,
    )
    return tonight.tasks


def _deaths_without_case(tonight: Tonight) -> pl.DataFrame:
    """Deaths to look into; nothing is made from them."""
    frames = {name: tonight.frames[name] for name in (*CARDS, "institution")}
    area = tonight.places.home_areas if tonight.places else None
    return deaths_without_case(tonight.store, frames, tonight.death_matches, area or None)


def _card_sheets(tonight: Tonight) -> pl.DataFrame:
    """Sheets of data: a returned letter says nothing of how new the cards are."""
    return tonight.sheets.filter(pl.col("card_type") != "letter")


def _batches(tonight: Tonight) -> pl.DataFrame:
    """Received files, each with the county or city that all its rows belong to."""
    assert tonight.places is not None
    rows = batches(tonight.store, tonight.as_of, tonight.waiting)
    places = tonight.places
    return with_area(rows, tonight.kinds, tonight.sheets, places.org_area, places.only_county)


def _unresolved(tonight: Tonight) -> pl.DataFrame:
    """Institutions and areas no dictionary knows, with how many rows name them.

    An address that names no known area is somebody's address: its file, field and number only.
    """
    lists = [
        _without_addresses(kind.unresolved, kind.card_type)
        for kind in tonight.kinds.values()
        if kind.unresolved.height
    ]
    return pl.concat([pl.DataFrame(schema=UNRESOLVED), *lists])


def _without_addresses(unresolved: pl.DataFrame, card_type: str) -> pl.DataFrame:
    is_hidden = pl.col("field").is_in(sorted(unpublished(card_type)))
    value = pl.when(is_hidden).then(None).otherwise("value").alias("value")
    return (
        unresolved.with_columns(value)
        .group_by("source_file", "field", "value", maintain_order=True)
        .agg(pl.col("row_count").sum())
        .cast(UNRESOLVED)
    )
