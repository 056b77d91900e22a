"""Of the card tables a night writes what changed, and leaves what a full night would write."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

import polars as pl
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from flows.draft import draft_of, put_typed
from flows.fields import CARDS
from flows.home import SQL, Home
from flows.models import read_models
from flows.night import STEPS
from flows.publish import _parts
from flows.shelf import carried, verdict
from flows.shelf.carried import Publication, publication
from flows.shelf.parts import Carried, in_parts
from flows.store import opened
from flows.tonight import Tonight
from flows.validate import validate
from tests.shelf.test_random_histories import DELIVERY, FIRST, assembled, close, deliver, new_home
from tests.trust.picture import KEY, published_tables

NIGHT = date(2026, 1, 31)
TABLES = {f"card.{name}" for name in CARDS}


@contextmanager
def before_publishing(home: Home, night: date) -> Iterator[tuple[Tonight, Publication]]:
    with opened(home) as store:
        tonight = Tonight(store, night)
        for name in ("receive", "assemble", "validate"):
            STEPS[name](tonight)
        assert tonight.shelf is not None
        given = _parts(tonight), read_models(SQL), tonight.rule_results, tonight.published_as
        yield tonight, publication(home, tonight.shelf, *given)


def run(home: Home, night: date) -> None:
    with opened(home) as store:
        tonight = Tonight(store, night)
        for step in STEPS.values():
            step(tonight)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """Forty deaths, published."""
    monkeypatch.setenv("ZHIKONG_KEY", KEY)
    home = new_home(tmp_path / "home")
    deliver(home, 0, "cards", [(f"d{number}", {}) for number in range(40)])
    run(home, NIGHT)
    return home


def changed(home: Home, number: int, cards: list[tuple[str, dict[str, str]]]) -> Publication:
    deliver(home, number, "cards", cards)
    with before_publishing(home, NIGHT + timedelta(days=number)) as (_, tonight):
        return tonight


def test_a_night_differs_where_a_card_is_new_and_not_where_none_came(home: Home) -> None:
    assert changed(home, 1, [("new", {})]).differ
    run(home, NIGHT + timedelta(days=1))
    with before_publishing(home, NIGHT + timedelta(days=2)) as (_, tonight):
        assert tonight.carried and not tonight.differ


def test_only_cards_that_are_new_or_corrected_are_written(home: Home) -> None:
    one = changed(home, 1, [("d3", {"cause": "C349"}), ("new", {})]).carried["card.death"]
    assert one.anew.held["card_id"].sort().to_list() == ["d3", "new"]
    assert one.gone["card_id"].to_list() == ["d3"]


def test_nothing_is_written_when_nothing_changed(home: Home) -> None:
    with before_publishing(home, NIGHT + timedelta(days=1)) as (_, tonight):
        assert set(tonight.carried) == TABLES
        assert {one.anew.held.height for one in tonight.carried.values()} == {0}


def test_carried_tables_are_those_of_a_full_night(home: Home, tmp_path: Path) -> None:
    deliver(home, 1, "cards", [("d3", {"cause": "C349"}), ("d4", {"status": "5"}), ("new", {})])
    other = Home(shutil.copytree(home.path, tmp_path / "other"))
    shutil.rmtree(other.shelf)
    for one in (home, other):
        run(one, NIGHT + timedelta(days=1))
    ours, theirs = published_tables(home.published), published_tables(other.published)
    assert ours == theirs
    assert ours["card.death"].startswith("(40,")  # one came, one is closed


def kept_tables(
    tonight: Tonight, published: Path, carried: dict[str, Carried], *more: str
) -> dict[str, str]:
    """Publish the card tables and the results of rules alone."""
    parts = _parts(tonight)
    with draft_of(published, None, [*carried, *more]) as draft:
        put_typed(draft, tonight.frames, parts)
        draft.execute("create schema if not exists card")
        for name in sorted(TABLES):
            in_parts(parts, carried)(draft, read_models(SQL)[name])
        draft.execute("create schema if not exists quality")
        tonight.rule_results.write(draft)
    made = published_tables(published)  # with carried ones come those of the program
    return {name: rows for name, rows in made.items() if not name.startswith("reference.")}


@settings(
    max_examples=8,
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),  # a smaller history would take minutes
)
@given(deliveries=st.lists(DELIVERY, min_size=2, max_size=4))
def test_after_any_history_carried_tables_are_those_written_whole(
    deliveries: list[tuple[str, object]],
) -> None:
    with TemporaryDirectory() as folder:
        home = new_home(Path(folder) / "home")
        for number, (what, said) in enumerate(deliveries):
            deliver(home, number, what, said)
            with opened(home) as store:
                tonight = assembled(store, FIRST + timedelta(days=number))
                assert tonight.shelf is not None
                given = _parts(tonight), read_models(SQL)
                cards = publication(
                    home, tonight.shelf, *given, tonight.rule_results, tonight.published_as
                )
                ours = kept_tables(tonight, home.published, cards.carried, *cards.tables)
                cards.remember()
                with patch("flows.validate.last_results", return_value=None):
                    validate(tonight)
                assert ours == kept_tables(tonight, Path(folder) / "whole.duckdb", {})
                close(tonight)


def test_a_file_that_others_wrote_to_is_not_carried_over(home: Home) -> None:
    with home.published.open("ab") as stream:
        stream.write(b"\0")
    with before_publishing(home, NIGHT + timedelta(days=1)) as (_, tonight):
        assert tonight.carried == {}


def test_a_file_with_another_key_is_not_carried_over(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Home, "key_to_publish", "another")
    with before_publishing(home, NIGHT + timedelta(days=1)) as (_, tonight):
        assert tonight.carried == {}


def test_a_table_of_which_a_quarter_was_replaced_is_written_whole(home: Home) -> None:
    ten = [(f"d{number}", {"cause": "C349"}) for number in range(10)]
    assert "card.death" in changed(home, 1, ten).carried
    assert "card.death" not in changed(home, 2, [("d11", {"cause": "C349"})]).carried


def test_every_column_that_a_model_names_is_in_the_sum(home: Home) -> None:
    model = read_models(SQL)["card.death"]
    with before_publishing(home, NIGHT) as (tonight, _):
        held = _parts(tonight)["death"].held
    sums = carried._sums(held, model)["sum"]
    named = [name for name in held.columns if f"death.{name}," in model.sql]
    assert len(named) > 30
    for name in [*named, "is_withdrawn", "content_no", "content_order"]:
        first = pl.int_range(pl.len()) == 0
        other = {pl.String: "x", pl.Boolean: None}.get(held.schema[name], 7)
        was_null = held[name][0] is None
        value = pl.lit(other if was_null else None).cast(held.schema[name])
        if was_null and other is None:
            value = pl.lit(True)
        told = held.with_columns(pl.when(first).then(value).otherwise(name).alias(name))
        assert (carried._sums(told, model)["sum"] != sums).arg_true().to_list() == [0], name


@pytest.mark.parametrize(
    ("card", "month"),
    [(("d3", {"cause": "C349"}), "2024-06"), (("new", {"death": "2025-01-12"}), "2025-01")],
)
def test_results_are_counted_of_months_with_other_cards(
    home: Home, card: tuple[str, dict[str, str]], month: str
) -> None:
    deliver(home, 1, "cards", [card])
    with before_publishing(home, NIGHT + timedelta(days=1)) as (tonight, _):
        assert tonight.rule_results.rows["month"].drop_nulls().unique().to_list() == [month]


def test_results_of_a_rule_that_crashes_tonight_are_taken_out(home: Home, tmp_path: Path) -> None:
    def crashed(*_: object) -> tuple[pl.DataFrame, pl.DataFrame, list[str]]:
        return (
            pl.DataFrame(schema=verdict.FAILING),
            pl.DataFrame(schema={"row_index": pl.UInt32}),
            ["death.sex.missing"],
        )

    with (
        patch("flows.shelf.verdict._again", crashed),
        before_publishing(home, NIGHT + timedelta(days=1)) as (tonight, cards),
    ):
        assert "quality.rule_result" in cards.tables
        ours = kept_tables(tonight, home.published, cards.carried, *cards.tables)
        with patch("flows.validate.last_results", return_value=None):
            validate(tonight)
        assert ours == kept_tables(tonight, tmp_path / "whole.duckdb", {})
        told = tonight.rule_results.rows.filter(pl.col("rule_id") == "death.sex.missing")
        assert told["status"].to_list() == ["broken"]


def test_results_are_counted_again_where_another_file_excuses_a_card(tmp_path: Path) -> None:
    card = ("n0", {"name": "", "audit": ""})
    months = {"name": "2024-03-01", "audit": "2024-04-01"}  # two exports that lost a column each
    no_name, no_audit = (
        [(f"{lost}{number}", {lost: "", "death": day}) for number in range(20)]
        for lost, day in months.items()
    )
    home = new_home(tmp_path / "home")
    deliver(home, 0, "cards", [card, ("other", {"death": "2024-02-01"})])
    deliver(home, 1, "cards", [card, *no_name])
    run(home, NIGHT)
    deliver(home, 2, "cards", [card, *no_audit])
    with before_publishing(home, NIGHT) as (tonight, cards):  # the same night once more
        assert "quality.rule_result" in cards.tables
        ours = kept_tables(tonight, home.published, cards.carried, *cards.tables)
        with patch("flows.validate.last_results", return_value=None):
            validate(tonight)
        assert ours == kept_tables(tonight, tmp_path / "whole.duckdb", {})
