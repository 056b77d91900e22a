"""Splink on Spark finds the pairs that splink on DuckDB finds."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

pytest.importorskip("pyspark", reason="Spark is tested in its own environment: make spark")

from pyspark.sql import SparkSession

from flows.home import Home
from flows.linkage.block import blocked, blocked_with_itself
from flows.linkage.model import model_of, scored
from flows.linkage.pairs import model_and_sides
from flows.linkage.person_list import prepared
from flows.sample.two_lists import two_lists
from flows.spark import engine, linkage
from flows.spark.session import spark_session
from tests.spark.conftest import home_at


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkSession]:
    with spark_session(Home(home_at(tmp_path_factory.mktemp("link") / "home"))) as started:
        yield started


def same(here: pl.DataFrame, spark: pl.DataFrame) -> None:
    order = ["id_a", "id_b"]
    here, spark = here.sort(order), spark.cast(dict(here.schema)).sort(order)
    assert spark.drop("probability").equals(here.drop("probability"))
    assert ((spark["probability"] - here["probability"]).abs() < 1e-8).all()


def test_pairs_of_two_lists_are_the_same(session: SparkSession) -> None:
    lists = two_lists(600, 400, slips=0.5)
    model, left, right = model_and_sides(lists.left, lists.right, learn=False)
    sides = blocked(left, right)
    here = scored([sides.left, sides.right], model, sides.columns, 0.1)
    spark = linkage.scored(session, [sides.left, sides.right], model, sides.columns, 0.1)
    assert here.height > 150
    assert here["level_name"].n_unique() > 3 and here["level_birth_date"].n_unique() > 3
    same(here, spark)


def test_duplicates_within_one_list_are_the_same(session: SparkSession) -> None:
    lists = two_lists(300, 250, slips=0.5)
    both = pl.concat([lists.left, lists.right], how="diagonal")
    people = prepared(both).with_columns(unique_id=pl.col("row") - 1, event_class=pl.lit("death"))
    sides = blocked_with_itself(people, "event_class")
    model = model_of(people, people, 0.002)
    here = scored([sides.left], model, sides.columns, 0.5)
    assert here.height > 80
    # The first of a pair is whoever splink's database lists first: both ways are one pair.
    ends = pl.min_horizontal("id_a", "id_b"), pl.max_horizontal("id_a", "id_b")
    spark = linkage.scored(session, [sides.left], model, sides.columns, 0.5)
    same(*(pairs.with_columns(id_a=ends[0], id_b=ends[1]) for pairs in (here, spark)))


@pytest.mark.parametrize(("rows", "where"), [(2, "spark"), (3, "here")])
def test_the_settings_say_which_lists_go_to_spark(
    rows: int, where: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(engine, "scored", lambda *_: pl.DataFrame({"where": ["spark"]}))
    monkeypatch.setattr(engine.Engine, "score", lambda *_: pl.DataFrame({"where": ["here"]}))
    home = Home(home_at(tmp_path / "home", settings=f"spark_link_rows = {rows}\n"))
    working = engine.SparkEngine.__new__(engine.SparkEngine)
    working.session, working.home = None, home
    two = pl.DataFrame({"name": ["合成甲", "合成乙"]})
    assert working.score([two], None, [], 0.5)["where"].to_list() == [where]
