"""The night on Spark: every table is that of the night on one machine."""

from __future__ import annotations

from pathlib import Path

import duckdb
import polars as pl
import pytest

pytest.importorskip("pyspark", reason="Spark is tested in its own environment: make spark")

from flows import models
from flows.home import SQL
from tests.spark.conftest import COUNTIES, Compared
from tests.spark.same import differences

MODELS = models.read_models(SQL)


def tables(file: Path) -> dict[str, pl.DataFrame]:
    with duckdb.connect(str(file), read_only=True) as opened:
        names = opened.execute(
            "select schema_name || '.' || table_name from duckdb_tables() order by all"
        ).fetchall()
        return {name: opened.sql(f"select * from {name}").pl() for (name,) in names}


@pytest.mark.parametrize("name", MODELS)
def test_a_model_runs_on_spark_with_the_same_result(compared: Compared, name: str) -> None:
    here, spark = compared.models[name]
    assert differences(here, spark) == []


def test_the_sample_has_rows_in_most_models_and_all_counties(compared: Compared) -> None:
    """Equal empty tables would show nothing."""
    empty = {name for name, (here, _) in compared.models.items() if here.is_empty()}
    assert empty <= {
        "card.tumour_death", "indicator.running_year", "measure.annual_report_element_count",
        "quality.list_match", "quality.list_tally",
        *(name for name in MODELS if name.startswith("measure.corrected_")),
    }, empty  # fmt: skip
    deaths, _ = compared.models["card.death"]
    assert set(COUNTIES) <= set(deaths["area_code"].unique())


@pytest.mark.parametrize("card_type", ["death", "tumour", "cardio", "diabetes"])
def test_the_rules_say_the_same_on_spark(compared: Compared, card_type: str) -> None:
    here, spark = compared.judged[card_type]
    assert here.findings.height > 20
    assert spark.findings.equals(here.findings)
    assert spark.results.equals(here.results)
    assert spark.broken == here.broken == []


def test_every_published_table_is_the_same(compared: Compared) -> None:
    here, spark = (
        tables(place / "surveillance.duckdb") for place in (compared.here, compared.spark)
    )
    assert here.keys() == spark.keys()
    assert len(here) > 80
    found = {name: differences(here[name], spark[name]) for name in here}
    assert {name: what for name, what in found.items() if what} == {}
    assert here["indicator.summary"]["value"].count() > 1000
