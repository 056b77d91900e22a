"""The published tables that no SELECT makes, and what the making of each must wait for."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fnmatch import fnmatchcase
from pathlib import Path

import duckdb
import polars as pl

from flows import indicators, score, statistics
from flows.across.without_case import deaths_without_case
from flows.county.batch import with_area
from flows.criteria import read_criteria
from flows.data_state import data_state
from flows.fields import CARDS, unpublished
from flows.freeze.since import publish_freezes
from flows.home import SQL
from flows.letters.follow import publish_letters
from flows.open_tables import write_open
from flows.place import UNRESOLVED
from flows.publishable import names_a_place
from flows.quality import batches
from flows.reconcile import tables as reconcile_tables
from flows.report.issued import report_elements
from flows.shelf.kept import Kept
from flows.tasks.build import tasks
from flows.tasks.limits import limits
from flows.tonight import Tonight
from flows.trace.night import publish_history, trace_cards
from flows.tumour import traceback
from flows.tumour.indicators import write_age, write_quality

#: Piece of work -> what it reads of all that is made beside it: tables (`fnmatch`), and pieces that
#: write several; all wait for `reference`. What others wait for, and what is long, comes first.
WAITS: dict[str, tuple[str, ...]] = {
    "indicators": ("measure.*", "work.*"),
    "survival": ("work.area", "indicator.event_age"),
    "trace": ("work.event", "work.first_visit", "work.judgement", "work.keyed_card"),
    "cancer_quality": ("indicators", "survival", "work.*"),
    "letters": ("indicators", "quality.*"),
    "cancer_age": ("work.cancer_tally", "work.population"),
    "open": ("work.area", "work.event"),
    "share_shift": ("card.*", "work.*"),
    "nowcast": ("work.area",),
    "silence": (),
    "heaping": ("work.area",),
    "completeness": ("indicator.event_age",),
    "funnel": ("indicator.event_age",),
    "trend": ("indicators",),
    "history": ("indicators", "trace", "quality.rule"),
    "score": ("indicators", "indicator.*", "quality.*"),
    "reconcile": ("work.listed_case",),
    "freezes": ("card.*",),
}
LISTS = "reference.*"


def waits(tables: Iterable[str]) -> dict[str, list[str]]:
    """`WAITS` with every table by its name.

    Args:
        tables: those of the models and of `given`.
    """
    known = [*WAITS, *tables]
    return {
        piece: [name for name in known if any(fnmatchcase(name, one) for one in (*reads, LISTS))]
        for piece, reads in WAITS.items()
    }


def pieces(
    tonight: Tonight,
    population: pl.DataFrame,
    kept: Kept,
    criteria: list[Path],
    stopped: list[str],
) -> dict[str, Callable[[duckdb.DuckDBPyConnection], None]]:
    """What does the work of each piece of `WAITS` on a connection to the draft.

    Args:
        tonight: as validated.
        population: the mean population.
        kept: what earlier nights made of the same numbers.
        criteria: the files of the sets in force.
        stopped: kinds of cards as of `last_months`.
    """
    frames, as_of = tonight.frames, tonight.as_of
    county = tonight.places.only_county if tonight.places else None
    area = tonight.home.settings.area
    sets = [read_criteria(file) for file in criteria]

    def trace(draft: duckdb.DuckDBPyConnection) -> None:
        tonight.traced_cards = trace_cards(tonight, draft)

    def history(draft: duckdb.DuckDBPyConnection) -> None:
        tonight.traced = publish_history(tonight, draft, criteria, tonight.traced_cards)

    return {
        "indicators": lambda draft: indicators.build(draft, SQL, kept, stopped),
        "trace": trace,
        "history": history,
        "cancer_quality": write_quality,
        "cancer_age": write_age,
        "letters": lambda draft: publish_letters(tonight, draft),
        "open": lambda draft: write_open(draft, kept),
        "score": lambda draft: score.score(draft, sets, as_of, area),
        "reconcile": lambda draft: reconcile_tables.build(draft, frames, county),
        "freezes": lambda draft: publish_freezes(tonight.store, draft, as_of),
        **statistics.pieces(frames, population, as_of),
    }


def given(tonight: Tonight) -> dict[str, Callable[[], pl.DataFrame]]:
    """The tables of `quality` that the night knows beside the cards; the long ones come last."""
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
        "quality.data_state": lambda: data_state(
            _card_sheets(tonight),
            tonight.scopes,
            tonight.as_of,
            home.settings.letter_export_days,
        ),
        "quality.unresolved_value": lambda: _unresolved(tonight),
        "quality.death_match": lambda: traceback.match_table(matches),
        "quality.duplicate_candidate": lambda: tonight.duplicates,
    }


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
    return tonight.sheets_that_count.filter(pl.col("card_type") != "letter")


def _batches(tonight: Tonight) -> pl.DataFrame:
    """Received files, each with the county or city that all its rows belong to."""
    assert tonight.places is not None
    rows = batches(tonight.store, tonight.as_of, tonight.waiting)
    places = tonight.places
    return with_area(rows, tonight.kinds, tonight.sheets, places.org_area, places.only_county)


def _unresolved(tonight: Tonight) -> pl.DataFrame:
    """Institutions and areas no dictionary knows, with how many rows name them.

    An address that names no known area is somebody's address, and what is neither a code nor the
    name of a place stands in the wrong column: their file, field and number only.
    """
    lists = [
        _without_addresses(kind.unresolved, kind.card_type)
        for kind in tonight.kinds.values()
        if kind.unresolved.height
    ]
    return pl.concat([pl.DataFrame(schema=UNRESOLVED), *lists])


def _without_addresses(unresolved: pl.DataFrame, card_type: str) -> pl.DataFrame:
    is_hidden = pl.col("field").is_in(sorted(unpublished(card_type)))
    value = pl.when(~is_hidden & names_a_place(pl.col("value"))).then("value").alias("value")
    return (
        unresolved.with_columns(value)
        .group_by("source_file", "field", "value", maintain_order=True)
        .agg(pl.col("row_count").sum())
        .cast(UNRESOLVED)
    )
