"""The statistics of a whole night: on a synthetic county, on nothing, and once more."""

from __future__ import annotations

import shutil
from datetime import date

import duckdb
import polars as pl
import pytest

from flows.home import Home
from flows.plain import run_plain
from flows.sample import write_sample

NIGHT = date(2026, 1, 31)
#: Table -> grain.
TABLES = {
    "indicator.survival": "area_code, period, sex, group_code, time_years, method",
    "indicator.survival_exclusion": "area_code, period, reason_zh",
    "indicator.trend": "area_code, residency, indicator, segment",
    "indicator.nowcast": "area_code, residency, card_type, month",
    "indicator.completeness": "area_code, period, residency, sex, method",
    "indicator.funnel": "area_code, year, residency, indicator, standardisation",
    "quality.silence": "org_code, card_type",
    "quality.heaping": "kind, card_type, area_code, org_code, year",
}


def quiet(line: str) -> None:
    """Say nothing."""


def tables(home: Home) -> dict[str, pl.DataFrame]:
    with duckdb.connect(str(home.published), read_only=True) as connection:
        return {name: connection.sql(f"from {name}").pl() for name in TABLES}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    place = Home(tmp_path_factory.mktemp("home"))
    place.prepare()
    sample = tmp_path_factory.mktemp("sample")
    write_sample(sample, year=2025, deaths=300, faults=0.05, seed=5, area="330329", preset=None)
    shutil.copytree(sample / "inbox", place.inbox, dirs_exist_ok=True)
    run_plain(place, NIGHT, quiet)
    return place


@pytest.fixture(scope="module")
def made(home: Home) -> dict[str, pl.DataFrame]:
    return tables(home)


def test_every_table_has_rows_of_its_grain(made):
    for name, grain in TABLES.items():
        assert made[name].height > 0, name
        assert made[name].select(grain.split(", ")).is_duplicated().sum() == 0, name


def test_no_table_holds_a_number_that_is_none(made):
    for name, table in made.items():
        for column in table.select(pl.col(pl.Float64)).iter_columns():
            assert not column.is_nan().any(), (name, column.name)
            assert not column.is_infinite().any(), (name, column.name)


@pytest.mark.parametrize(
    ("table", "value"),
    [
        ("indicator.survival", "survival"),
        ("indicator.trend", "apc_percent"),
        ("indicator.nowcast", "expected"),
    ],
)
def test_a_row_has_its_number_or_the_reason_why_not(made, table, value):
    rows = made[table]
    assert rows.filter(pl.col(value).is_null() & pl.col("reason_zh").is_null()).is_empty()


def test_three_diagnosis_years_give_observed_survival_and_no_five_year_survival(made):
    rows = made["indicator.survival"]
    assert set(rows["period"]) == {"2023-2025"}
    said = rows.filter(pl.col("survival").is_not_null())
    assert said.height > 0
    assert set(said["method"]) == {"observed"}
    assert set(said["time_years"]) == {1}


def test_the_comments_are_chinese_for_every_column(home):
    with duckdb.connect(str(home.published), read_only=True) as connection:
        names = ", ".join(f"'{name}'" for name in TABLES)
        rows = connection.execute(
            "select schema_name || '.' || table_name, column_name, comment from duckdb_columns()"
            f" where schema_name || '.' || table_name in ({names})"
        ).fetchall()
    assert {table for table, _, _ in rows} == TABLES.keys()
    assert [row for row in rows if not row[2]] == []


def test_a_second_night_of_the_same_day_changes_no_statistic(home, made):
    run_plain(home, NIGHT, quiet)
    again = tables(home)
    assert [name for name in TABLES if not again[name].equals(made[name])] == []


def test_an_empty_inbox_gives_every_table_without_rows(tmp_path):
    home = Home(tmp_path)
    home.prepare()
    run_plain(home, NIGHT, quiet)
    assert {name: table.height for name, table in tables(home).items()} == dict.fromkeys(TABLES, 0)
