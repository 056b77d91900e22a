"""The history of real nights: what changed, why, and what a look back knows."""

from __future__ import annotations

import json
import shutil
from datetime import date
from pathlib import Path

import duckdb
import polars as pl
import pytest
from typer.testing import CliRunner

from flows.cli import app
from flows.home import Home
from flows.sample import write_sample
from flows.trace.numerator import numerators
from tests.evidence.county import DAY, LATER, card, cards_file, county, night, rows, state

__all__ = ["county"]
EVERY = ("indicator_value", "card_trace", "card_change", "night_basis")


@pytest.fixture(scope="module")
def changed(county: Home, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A second night: a card came, one was corrected, one deleted, one audited."""
    home = Home(tmp_path_factory.mktemp("changed") / "home")
    shutil.copytree(county.path, home.path)
    again = {"updated": "2025-06-05 08:00:00"}
    new = [
        card("f1", "合成周六", birth="1944-01-02", cause="I61.9"),
        card("b1", "合成钱二", birth="1940-03-04", cause="R99", id="330329194003040019", **again),
        card("d1", "合成李四", "H2", birth="1938-07-08", cause="R99", status="4",
             id="330329193807080017", **again),
        card("e1", "合成吴七", "H2", birth="1939-08-09", id="330329193908090013", **again),
    ]  # fmt: skip
    (home.inbox / "later.csv").write_text(cards_file(new), "utf-8")
    night(home, LATER)
    return home


def history(home: Home, *arguments: str) -> str:
    command = ["history", "--home", str(home.path), "--area", "330329", "--year", "2024"]
    done = CliRunner().invoke(app, [*command, *arguments], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


def parts(home: Home, indicator: str, *more: str) -> list[tuple[object, ...]]:
    text = history(home, "--indicator", indicator, "--from", str(DAY), "--format", "json", *more)
    return [
        (part["kind"], part["added_count"], part["removed_count"], part["difference"])
        for part in json.loads(text)
    ]


def test_only_changed_values_get_a_row(changed: Home) -> None:
    text = history(changed, "--indicator", "crude_death_rate_per_1000", "--format", "json")
    # 赵一 twice (his two numbers differ), 钱二, 孙三, 李四; then 李四's is deleted, one is audited
    # and 周六's is new.
    assert [(row["night_from"], row["night_to"], row["numerator"]) for row in json.loads(text)] == [
        (str(DAY), str(LATER), 5.0),
        (str(LATER), None, 6.0),
    ]
    same = history(changed, "--indicator", "death_reporting_coverage_percent", "--format", "json")
    assert [(row["night_from"], row["night_to"]) for row in json.loads(same)] == [(str(DAY), None)]


def test_a_difference_is_told_by_kinds_that_add_up_to_it(changed: Home) -> None:
    assert parts(changed, "crude_death_rate_per_1000") == [
        ("added", 1, 0, 1.0),
        ("status", 0, 1, -1.0),
        ("audit", 1, 0, 1.0),
        ("total", 2, 1, 1.0),
    ]
    # The share of unknown causes: one was corrected into it, one deleted out of it.
    assert parts(changed, "unknown_cause_percent") == [
        ("status", 0, 1, -1.0),
        ("corrected", 1, 0, 1.0),
        ("total", 1, 1, 0.0),
    ]


def test_a_number_that_is_no_count_of_cards_says_so(changed: Home) -> None:
    text = history(changed, "--indicator", "death_reporting_coverage_percent", "--from", str(DAY))
    assert "不按卡片分解" in text


def test_card_numbers_are_shown_only_where_asked(changed: Home) -> None:
    asked = ("--indicator", "crude_death_rate_per_1000", "--from", str(DAY))
    assert "f1" not in history(changed, *asked)
    assert "death f1" in history(changed, *asked, "--cards")


def test_a_night_before_the_first_is_refused_with_the_first(changed: Home) -> None:
    command = ["history", "--home", str(changed.path), "--area", "330329", "--year", "2024",
               "--indicator", "crude_death_rate_per_1000", "--from", "2020-01-01"]  # fmt: skip
    done = CliRunner().invoke(app, command)
    assert f"最早的一夜是 {DAY}" in str(done.exception)


def test_changes_are_counted_by_night_card_and_kind(changed: Home) -> None:
    found = rows(
        changed,
        "select night, kind, card_count, counted_before, counted_after from quality.change"
        " order by all",
    )
    assert found == [
        (DAY, "baseline", 6, 0, 5),
        (LATER, "added", 1, 0, 1),
        (LATER, "audit", 1, 0, 1),
        (LATER, "corrected", 1, 1, 1),
        (LATER, "status", 1, 1, 0),
    ]


def test_the_night_again_and_a_look_back_change_no_history(changed: Home, tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    shutil.copytree(changed.path, home.path)
    kept = [state(home, f"from state.{name} order by all") for name in EVERY]
    shown = rows(home, "from indicator.history order by all")
    night(home, LATER)
    assert rows(home, "from indicator.history order by all") == shown
    night(home, DAY)
    # The history as it stood that night: its values, none of them replaced yet.
    assert rows(home, "select distinct night_from, night_to from indicator.history") == [
        (DAY, None)
    ]
    assert rows(home, "select distinct night from quality.change") == [(DAY,)]
    assert rows(home, "select night from quality.night") == [(DAY,)]
    assert [state(home, f"from state.{name} order by all") for name in EVERY] == kept


def test_changed_fingerprints_are_named(changed: Home, tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    shutil.copytree(changed.path, home.path)
    people = (home.inbox / "people.csv").read_text("utf-8").replace(",20,", ",40,")
    (home.inbox / "people_new.csv").write_text(people, "utf-8")
    third = date(2025, 6, 10)
    night(home, third)
    text = history(
        home, "--indicator", "crude_death_rate_per_1000", "--from", str(LATER), "--format", "json"
    )
    total = json.loads(text)[-1]
    assert total["changed_fingerprints"] == "population_fingerprint"
    # Twice the people: half the rate, all of it the denominator's.
    assert total["difference"] == 0 and total["value_by_numerator"] == 0
    assert total["value_after"] == total["value_before"] / 2
    assert total["value_by_denominator"] == total["value_after"] - total["value_before"]


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Home:
    folder = tmp_path_factory.mktemp("sample")
    write_sample(folder, year=2025, deaths=120, faults=0.1, seed=5, area="330329", preset=None)
    home = Home(folder / "home")
    home.prepare()
    shutil.copytree(folder / "inbox", home.inbox, dirs_exist_ok=True)
    night(home, date(2026, 1, 21))
    return home


def test_the_cards_of_every_numerator_add_up_to_it(sample: Home) -> None:
    """Every published number whose measure names its cards, of every place, year and unit."""
    by_way: dict[str, list[str]] = {}
    for name, one in numerators().items():
        by_way.setdefault(one.way, []).append(f"'{name}'")
    names = {way: ", ".join(found) for way, found in by_way.items()}
    assert {"event", "judged", "keyed", "visit"} == names.keys()
    town = "case when left({0}town_code, 6) = {0}area_code then {0}town_code" \
           " else {0}area_code || '000' end"  # fmt: skip
    places = [
        ("event", "area_code", "null", "'registered'"),
        ("event", town.format(""), "null", "'registered'"),
        ("event", "residence_area_code", "null", "'resident'"),
        ("event", town.format("residence_"), "null", "'resident'"),
        *((way, f"{side}_area_code", f"nullif({org}, '')", "null")
          for way, side, org in (("judged", "report", "null"), ("judged", "report", "org_code"),
                                 ("keyed", "report", "org_code"),
                                 ("visit", "managing", "null"),
                                 ("visit", "managing", "managing_org_code"))),
    ]  # fmt: skip
    counted = " union all ".join(
        f"select indicator, {area} as area_code, year, {residency} as residency,"
        f" {org} as org_code, count(*) as cards from card"
        f" where indicator in ({names[way]}) and {area} is not null"
        + (f" and {org} is not null" if "org_code" in org else "")
        + " group by all"
        for way, area, org, residency in places
    )
    trace = state(sample, "select * exclude (night_from, night_to) from state.card_trace")
    columns = state(
        sample,
        "select column_name from duckdb_columns() where table_name = 'card_trace'"
        " and column_name not in ('night_from', 'night_to') order by column_index",
    )
    frame = pl.DataFrame(
        trace, schema=[str(name) for (name,) in columns], orient="row", infer_schema_length=None
    )
    with duckdb.connect(str(sample.published), read_only=True) as connection:
        connection.register("trace", frame)
        known = ", ".join(f"'{name}'" for name in numerators())
        wrong = connection.execute(
            f"""
            with card as (
                select unnest(string_split(numerators, ',')) as indicator, * from trace
                where numerators <> ''
            ),
            counted as ({counted})
            select summary.indicator, summary.area_code, summary.org_code, summary.year,
                summary.numerator, counted.cards
            from indicator.summary as summary
            left join counted
                on summary.indicator = counted.indicator
                    and summary.area_code = counted.area_code and summary.year = counted.year
                    and summary.residency is not distinct from counted.residency
                    and summary.org_code is not distinct from counted.org_code
            where summary.indicator in ({known}) and summary.numerator is not null
                and summary.numerator <> coalesce(counted.cards, 0)
            """
        ).fetchall()
        (judged,) = connection.execute(
            f"select count(*) from indicator.summary where indicator in ({known}) and numerator > 0"
        ).fetchone() or (0,)
    assert wrong == []
    assert judged > 1000
