"""Typed cards -> models -> indicators -> score -> the published file, swapped in whole."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl

from flows import indicators, letters, models, score, statistics
from flows.criteria import read_criteria
from flows.draft import draft_of, put, put_reference, put_typed
from flows.fields import CARDS
from flows.home import REFERENCE, SQL, Home
from flows.place import UNRESOLVED
from flows.population import mean_population
from flows.quality import (
    batches,
    data_state,
)
from flows.tonight import Tonight
from flows.tumour import indicators as tumour_indicators
from flows.tumour import traceback


def publish(tonight: Tonight) -> None:
    """Typed cards -> models -> indicators -> score -> the published file, swapped in whole."""
    assert tonight.places is not None
    frames = tonight.frames
    _prepare_letters(tonight)
    population = mean_population(frames["population"])
    with draft_of(tonight.home.published) as draft:
        put_typed(draft, frames)
        put_reference(draft, frames, population, tonight.places, tonight.as_of)
        put(draft, "quality.rule", tonight.rules)
        put(draft, "quality.finding", tonight.findings)
        put(draft, "quality.rule_result", tonight.rule_results)
        put(draft, "quality.batch", batches(tonight.store, tonight.as_of, tonight.waiting))
        put(draft, "quality.data_state", data_state(tonight.sheets, tonight.home))
        put(draft, "quality.unresolved_value", _unresolved(tonight))
        put(draft, "quality.letter", _letter_rows(tonight))
        decided = traceback.decisions(tonight.store)
        traced = traceback.traceback_list(tonight.death_matches, frames["tumour"], decided)
        put(draft, "quality.traceback", traced)
        put(draft, "quality.death_match", traceback.match_table(tonight.death_matches))
        models.build(draft, SQL)
        indicators.build(draft, SQL)
        statistics.build(draft, frames, population, tonight.as_of)
        tumour_indicators.build(draft)
        sets = [read_criteria(file) for file in criteria_files(tonight.home)]
        score.score(draft, sets, tonight.as_of, tonight.home.settings.area)
        tonight.score = draft.sql(
            "select * from score.item order by criteria_set, area_code, year, item_no"
        ).pl()


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


def _unresolved(tonight: Tonight) -> pl.DataFrame:
    """Institutions and areas no dictionary knows, with how many rows name them."""
    lists = [kind.unresolved for kind in tonight.kinds.values() if kind.unresolved.height]
    return pl.concat([pl.DataFrame(schema=UNRESOLVED), *lists])


def _prepare_letters(tonight: Tonight) -> None:
    tonight.letters = letters.write_letters(
        tonight.home.outbox,
        tonight.findings,
        tonight.rules,
        {name: tonight.frames[name] for name in CARDS},
        tonight.frames["institution"],
        tonight.as_of,
        tonight.home.settings.contact_zh,
    )


def _letter_rows(tonight: Tonight) -> pl.DataFrame:
    rows = [
        (letter.org_code, tonight.as_of, letter.finding_count, "outbox", "draft", 0, None)
        for letter in tonight.letters
    ]
    schema: dict[str, Any] = {
        "org_code": pl.String,
        "night": pl.Date,
        "finding_count": pl.Int64,
        "channel": pl.String,
        "status": pl.String,
        "attempts": pl.Int32,
        "sent_at": pl.Datetime("us"),
    }
    return pl.DataFrame(rows, schema=schema, orient="row")
