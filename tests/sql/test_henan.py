"""Two real registries against the figures their data's author printed (README there)."""

from __future__ import annotations

from pathlib import Path

import duckdb
import polars as pl
import pytest

from flows import indicators, models
from tests.sql.model_tables import ROOT, database, typed_columns

HENAN = ROOT.parent / "shared/real/henan"
pytestmark = pytest.mark.skipif(
    not HENAN.exists(), reason="../shared/real/henan is not here: real registry records"
)
PERIODS = """
    period | kind | year | date_from  | date_to    | population_year | is_complete
    Y2016  | year | 2016 | 2016-01-01 | 2016-12-31 | 2016            | true
    Y2021  | year | 2021 | 2021-01-01 | 2021-12-31 | 2021            | true
"""
HOME = """
    as_of      | area_code
    2022-12-31 |
"""
AGE_GROUPS = {0: "0", 1: "1-4", 85: "85+"}


def registry_rows(file: Path, date_column: str) -> pl.DataFrame:
    """A national-layout file with our names: codes in one spelling, age in completed years."""
    birth, day = pl.col("birth_date"), pl.col("event_date")
    birthday_to_come = day.dt.strftime("%m%d") < birth.dt.strftime("%m%d")
    return (
        pl.read_csv(file, infer_schema=False)
        .with_row_index("number")
        .with_columns(
            card_id=pl.col("number").cast(pl.String),
            birth_date=pl.col("birthda").str.to_date("%Y-%m-%d", strict=False),
            event_date=pl.col(date_column).str.to_date("%Y-%m-%d", strict=False),
            icd10=pl.col("icd10").str.strip_chars().str.to_uppercase(),
        )
        .with_columns(
            year=day.dt.year(),
            age_years=day.dt.year() - birth.dt.year() - birthday_to_come.cast(pl.Int32),
        )
        .rename(
            {"areacode": "area_code", "basi": "diagnosis_basis_national", "topo": "topography"}
            | {"morp": "morphology", "beha": "behaviour"}
        )
    )


def insert(
    connection: duckdb.DuckDBPyConnection, kind: str, frame: pl.DataFrame, **constant: str
) -> None:
    """Rows into typed.<kind>: the columns both have, and constants."""
    known = typed_columns(kind)
    frame = frame.with_columns(pl.lit(value).alias(name) for name, value in constant.items())
    frame = frame.select(name for name in frame.columns if name in known)
    connection.register("henan", frame)
    connection.execute(f"insert into typed.{kind} by name select * from henan")
    connection.unregister("henan")


@pytest.fixture(scope="module")
def henan() -> duckdb.DuckDBPyConnection:
    connection = database({"reference.period": PERIODS, "reference.home": HOME})
    cases = registry_rows(HENAN / "FB.csv", "inciden")
    deaths = registry_rows(HENAN / "SW.csv", "deathda")
    usable = {"card_status": "0", "audit_status": "3", "count_base": "official"}
    insert(connection, "tumour", cases, **usable, is_counted="true", is_withdrawn="false")
    insert(connection, "tumour_death", deaths.with_columns(death_date=pl.col("event_date")))
    people = pl.read_csv(HENAN / "POP.csv", schema_overrides={"areacode": pl.String})
    start = pl.col("age_group_start")
    spelled = start.cast(pl.String) + "-" + (start + 4).cast(pl.String)
    people = people.select(
        pl.col("areacode").alias("area_code"),
        "year",
        pl.lit("registered").alias("residency"),
        pl.col("sex").cast(pl.String),
        start.replace_strict(AGE_GROUPS, default=spelled, return_dtype=pl.String).alias(
            "age_group"
        ),
        pl.col("population").cast(pl.Float64),
    )
    connection.register("people", people)
    connection.execute("insert into reference.population by name select * from people")
    models.build(connection, ROOT / "sql")
    indicators.build(connection, ROOT / "sql")
    return connection


def printed(value: float, digits: str) -> str:
    """``value`` with as many decimals as the printed figure has."""
    return f"{value:.{len(digits.partition('.')[2])}f}"


def tabled(value: float, digits: str) -> str:
    """As the package tables it: rounded to two decimals, then shown with three digits."""
    return printed(round(value, 2), digits)


#: As printed for 410103, 2021, both sexes: cases, crude, China 2000, Segi, M/I, MV %.
PRINTED = {
    "101": ("38", "5.53", "3.74", "3.79", "0.53", "73.7"),  # oral cavity and pharynx
    "102": ("5", "0.73", "0.71", "0.71", "0.40", "40.0"),  # nasopharynx
    "103": ("59", "8.58", "4.53", "4.85", "0.98", "74.6"),  # oesophagus
    "104": ("123", "17.9", "11.1", "11.2", "0.67", "71.5"),  # stomach
    "105": ("236", "34.3", "20.6", "20.2", "0.44", "77.5"),  # colorectum
}


@pytest.mark.parametrize("group_code", PRINTED)
def test_a_site_group_has_the_printed_figures(
    henan: duckdb.DuckDBPyConnection, group_code: str
) -> None:
    found = henan.execute(
        "select case_count, crude_rate_per_100k, rate_china2000_per_100k, rate_segi_per_100k,"
        " mortality_incidence_ratio, morphologically_verified_percent from indicator.cancer"
        " where area_code = '410103' and year = 2021 and sex = '0' and residency = 'registered'"
        " and grouping = 'big' and group_code = ?",
        [group_code],
    ).fetchall()[0]
    expected = PRINTED[group_code]
    assert tuple(tabled(v, text) for v, text in zip(found, expected, strict=True)) == expected


#: All sites, recalculated independently of us on the same rows: cases, deaths, M/I, MV, DCO, UB,
#: crude, China 2000, Segi, cumulative 0-74 in percent.
ALL_SITES = {
    "410103": "2658 1081 0.407 75.85 0.90 2.11 386.70 267.48 255.75 27.37",
    "411721": "2192 1470 0.671 70.57 2.28 0.50 248.52 188.94 191.71 20.90",
}


@pytest.mark.parametrize("area_code", ALL_SITES)
def test_all_sites_have_the_recalculated_figures(
    henan: duckdb.DuckDBPyConnection, area_code: str
) -> None:
    found = henan.execute(
        "select case_count, death_count, mortality_incidence_ratio,"
        " morphologically_verified_percent, death_certificate_only_percent,"
        " unspecified_site_percent, crude_rate_per_100k, rate_china2000_per_100k,"
        " rate_segi_per_100k, cumulative_rate_0_74 * 100 from indicator.cancer"
        " where area_code = ? and sex = '0' and residency = 'registered'"
        " and grouping = 'big' and group_code = 'ALL'",
        [area_code],
    ).fetchall()[0]
    expected = ALL_SITES[area_code].split()
    assert [printed(v, text) for v, text in zip(found, expected, strict=True)] == expected


def test_the_summary_says_the_deaths_are_the_registrys_own(
    henan: duckdb.DuckDBPyConnection,
) -> None:
    found = henan.execute(
        "select round(value, 3), method from indicator.summary where area_code = '410103'"
        " and indicator = 'mortality_incidence_ratio' and residency = 'registered'"
    ).fetchall()
    assert found == [(0.407, "exact conditional binomial; registry_deaths")]


def test_registry_deaths_never_make_a_crude_death_rate(henan: duckdb.DuckDBPyConnection) -> None:
    found = henan.execute(
        "select count(*) from indicator.summary where indicator = 'crude_death_rate_per_1000'"
    ).fetchall()
    assert found == [(0,)]
