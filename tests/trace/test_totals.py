"""Only cards of which something changed are compared, and never one too few."""

from __future__ import annotations

import re
import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from flows import fields
from flows.home import SQL, Home
from flows.models import ModelError
from flows.trace import interval, totals
from flows.trace.card import cards_tonight
from flows.trace.interval import CARDS
from flows.trace.night import to_compare
from flows.trace.numerator import WAYS, numerators
from tests.evidence.county import LATER, card, cards_file, county, home, night
from tests.evidence.county import state as county_state
from tests.sql.model_tables import built
from tests.trace.test_history import DEATHS, FIRST, VALUE, death_table, keep, state

__all__ = ["county", "home"]


def frames_of(models: duckdb.DuckDBPyConnection) -> dict[str, pl.DataFrame]:
    return {name: models.sql(f"select * from typed.{name}").pl() for name in fields.CARDS}


def changes(
    connection: duckdb.DuckDBPyConnection,
    models: duckdb.DuckDBPyConnection,
    last: totals.Totals | None,
) -> tuple[int, pl.DataFrame]:
    """How many cards are compared, and what is found of them."""
    frames = frames_of(models)
    compared, found = 0, []
    now = totals.of_night(models, frames)
    for part, where in to_compare(models, connection, frames, now, last):
        compared += part.height
        cards = cards_tonight(models, part, where)
        day = FIRST + timedelta(days=1)
        found.append(interval.changes(connection, CARDS, cards, day, where("card_type")))
    return compared, pl.concat(found).sort("card_type", "card_id")


def deaths_with(deaths: list[tuple[Any, ...]]) -> duckdb.DuckDBPyConnection:
    units = "org_code | area_code | org_level | reports_death\nH1 | 330329 | 3 | 1"
    return built({"typed.death": death_table(deaths), "reference.institution": units})


@given(st.lists(DEATHS, min_size=2, max_size=2))
@settings(max_examples=8, deadline=None)
def test_the_changes_are_those_of_all_cards_compared(nights: list[list[tuple[Any, ...]]]) -> None:
    with state() as connection:
        with deaths_with(nights[0]) as models:
            last = totals.of_night(models, frames_of(models))
            _, cards = changes(connection, models, None)
            now = cards.filter("is").select(
                *CARDS.keys, *(pl.col(f"now_{name}").alias(name) for name in CARDS.texts)
            )
            keep(connection, FIRST, now, pl.DataFrame(schema=VALUE))
        with deaths_with(nights[1]) as models:
            compared, ours = changes(connection, models, last)
            assert_frame_equal(ours, changes(connection, models, None)[1])
            assert compared <= len(nights[1])
            unchanged = changes(connection, models, totals.of_night(models, frames_of(models)))
            assert unchanged[0] == 0


@pytest.mark.parametrize("way", WAYS)
def test_all_that_a_numerator_reads_of_a_card_is_in_the_total_of_its_bucket(way: str) -> None:
    table, type_column = WAYS[way]
    told = " ".join(one.predicate for one in numerators().values() if one.way == way)
    text = "card_id | card_status | county_audit_time | managing_org_code\n" + "\n".join(
        f"c{number} | 0 | 2024-01-02 00:00:00 | H1" for number in range(3)
    )
    with built({f"typed.{name}": text for name in ("death", "tumour")}) as models:
        before = totals.of_night(models, frames_of(models))
        columns = models.sql(f"describe {table}").fetchall()
        read = [(name, kind) for name, kind, *_ in columns if re.search(rf"\b{name}\b", told)]
        assert len(read) >= 1
        models.execute("begin")
        for name, kind in read:
            if name == type_column:
                continue  # the card would be another
            other = {"BOOLEAN": f"not coalesce({name}, false)", "VARCHAR": "'Z99'"}[kind]
            models.execute(f"update {table} set {name} = {other} where card_id = 'c1'")
            (mine,) = models.sql(
                f"select distinct {totals.bucket(column=type_column)} from {table}"
                f" where card_id = 'c1' and {type_column} = 'tumour'"
            ).fetchone() or (None,)
            after = totals.of_night(models, frames_of(models))
            assert mine in totals.others(after, before), name
            models.execute("rollback")
            models.execute("begin")


@pytest.mark.parametrize("table", ["reference.home", "work.institution"])
def test_a_predicate_that_reads_more_than_the_card_is_refused(tmp_path: Path, table: str) -> None:
    neighbour = SQL / "measure/first_visit_timely_percent.sql"
    text = neighbour.read_text("utf-8").replace(
        "is_due and", f"is_due and 1 = (select 1 from {table}) and"
    )
    (tmp_path / "measure").mkdir()
    (tmp_path / "measure" / neighbour.name).write_text(text, "utf-8")
    with pytest.raises(ModelError, match="first_visit_timely_percent"):
        numerators(tmp_path)


@pytest.mark.parametrize("column", ["area_code", "report_area_code"])
def test_a_place_of_a_card_is_in_the_total_of_its_bucket(column: str) -> None:
    with deaths_with([("2023-01-01", "330329", "330329", "R99", "official", True, False, "0", "3")]
                     * 3) as models:  # fmt: skip
        frames = frames_of(models)
        before = totals.of_night(models, frames)
        moved = frames | {"death": frames["death"].with_columns(pl.lit("330302").alias(column))}
        buckets = totals.others(totals.of_night(models, moved), before)
        assert totals.cards_of(models, moved, buckets).height == 3


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Of every night that is run, whether it had totals to go by."""
    seen: list[bool] = []

    def watched(*given: Any) -> Any:
        seen.append(given[-1] is not None)
        return to_compare(*given)

    monkeypatch.setattr("flows.trace.night.to_compare", watched)
    return seen


def traced(home: Home) -> list[list[tuple[object, ...]]]:
    tables = ("card_trace", "card_change", "night_basis")
    return [county_state(home, f"from state.{name} order by all") for name in tables]


LATE = [
    card("f1", "合成周六", birth="1944-01-02", cause="I61.9"),
    card("b1", "合成钱二", birth="1940-03-04", cause="R99", id="330329194003040019",
         updated="2025-06-05 08:00:00"),
]  # fmt: skip


def test_a_night_with_totals_leaves_what_a_full_one_leaves(
    home: Home, tmp_path: Path, known: list[bool]
) -> None:
    (home.inbox / "later.csv").write_text(cards_file(LATE), "utf-8")
    full = Home(shutil.copytree(home.path, tmp_path / "full"))
    shutil.rmtree(full.shelf)
    for one in (home, full):
        night(one, LATER)
    assert known == [True, False]
    assert traced(home) == traced(full)


def test_a_night_run_again_does_not_go_by_its_own_totals(home: Home, known: list[bool]) -> None:
    (home.inbox / "later.csv").write_text(cards_file(LATE), "utf-8")
    for _ in range(2):
        night(home, LATER)
    assert known == [True, False]


def test_totals_that_are_damaged_or_of_another_night_are_not_gone_by(
    home: Home, known: list[bool]
) -> None:
    (kept,) = home.shelf.rglob("traced")
    before = kept.read_bytes()
    (home.inbox / "later.csv").write_text(cards_file(LATE), "utf-8")
    night(home, LATER)
    kept.write_bytes(before)
    night(home, LATER + timedelta(days=1))
    kept.write_bytes(kept.read_bytes()[:-40])
    night(home, LATER + timedelta(days=2))
    night(home, LATER + timedelta(days=3))
    assert known == [True, False, False, True]
