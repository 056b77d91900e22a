"""The open tables: complete in what they show, and silent about small cells."""

from __future__ import annotations

from datetime import date

import duckdb
import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from estimators.interval import poisson_byar, wilson
from flows.home import Home
from flows.open_tables import WITHIN, open_table
from flows.sandbox import run_query
from flows.shelf.kept import Kept

TABLES = ("death", "tumour", "cardio", "diabetes")


def cases(*groups: tuple[int, int, str, str, str]) -> pl.DataFrame:
    """(how many, month, sex, age group, code) of one county and year."""
    rows = [("death", "330329", 2025, m, s, a, c, n) for n, m, s, a, c in groups]
    return pl.DataFrame(
        rows,
        schema={"card_type": pl.String, "area_code": pl.String, "year": pl.Int32,
                "month": pl.Int32, "sex": pl.String, "age_group": pl.String,
                "icd10_3": pl.String, "count": pl.Int64},
        orient="row",
    )  # fmt: skip


def of(table: pl.DataFrame, breakdown: str, *columns: str) -> list[tuple[object, ...]]:
    return table.filter(breakdown=breakdown).select(*columns, "count").rows()


def test_a_small_month_takes_the_next_smallest_with_it() -> None:
    table = open_table(
        cases(
            (3, 1, "1", "60-64", "I21"), (30, 2, "1", "60-64", "I21"), (40, 3, "1", "60-64", "I21")
        )
    )
    assert of(table, "month", "month") == [(1, None), (2, None), (3, 40)]
    assert of(table, "year") == [(73,)]


def test_rare_codes_are_counted_together() -> None:
    table = open_table(cases((30, 1, "1", "60-64", "I21"), (4, 1, "1", "60-64", "A15"),
                             (4, 1, "1", "60-64", "B20")))  # fmt: skip
    assert of(table, "cause", "icd10_3") == [("OTHER", 8), ("I21", 30)] or of(
        table, "cause", "icd10_3"
    ) == [("I21", 30), ("OTHER", 8)]
    assert "B20" not in table["icd10_3"]


def drawn(seed: int, card_type: str, year: int) -> pl.DataFrame:
    draw = np.random.default_rng([seed, year, len(card_type)])
    people = int(draw.integers(1, 300))
    return cases(*(
        (1, int(draw.integers(1, 13)), str(draw.integers(1, 3)), f"{a}-{a + 4}", f"I{code}")
        for a, code in zip(draw.choice([60, 65, 70], people), draw.geometric(0.3, people) + 20,
                           strict=True)
    )).with_columns(card_type=pl.lit(card_type), year=pl.lit(year, pl.Int32))  # fmt: skip


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_a_year_that_is_kept_is_protected_as_among_all_others(seed: int) -> None:
    parts = [drawn(seed, name, year) for name in ("death", "tumour") for year in (2023, 2024, 2025)]
    earlier = Kept()
    earlier.by_part("open", {"cases": pl.concat(parts[1:])}, WITHIN, open_table)
    parts[-1] = drawn(seed + 1, "tumour", 2025)
    tonight = {"cases": pl.concat(parts)}
    table = Kept(earlier.asked).by_part("open", tonight, WITHIN, open_table)
    whole = open_table(**tonight)
    assert table.sort(whole.columns, nulls_last=True).equals(
        whole.sort(whole.columns, nulls_last=True)
    )


@pytest.mark.parametrize("name", TABLES)
def test_no_published_count_is_between_one_and_four(
    published: duckdb.DuckDBPyConnection, name: str
) -> None:
    low, flagged, shown = published.sql(
        f"select min(count), count(*) filter (where is_suppressed), count(count) from open.{name}"
    ).fetchall()[0]
    assert low >= 5 and flagged > 0 and shown > 50
    assert published.sql(
        f"select count(*) from open.{name} where is_suppressed <> (count is null)"
    ).fetchall() == [(0,)]


@pytest.mark.parametrize("name", TABLES)
def test_no_sum_of_a_breakdown_has_one_hidden_part(
    published: duckdb.DuckDBPyConnection, name: str
) -> None:
    lonely = published.sql(
        f"select breakdown, year from open.{name} where breakdown in ('month', 'sex', 'cause')"
        " group by all having count(*) filter (where is_suppressed) = 1"
    ).fetchall()
    assert lonely == []


def test_the_years_total_counts_the_registered_dead_of_known_sex(
    published: duckdb.DuckDBPyConnection,
) -> None:
    shown = published.sql(
        "select year, count from open.death where breakdown = 'year' order by year"
    ).fetchall()
    kept = published.sql(
        "select year, count(*) from card.death where area_code = '330329' and is_counted"
        " and count_base = 'official' and sex in ('1', '2') and year < 2026"
        " group by year order by year"
    ).fetchall()
    assert shown == kept and len(kept) == 3


def test_only_complete_years_and_no_town_are_given_away(
    published: duckdb.DuckDBPyConnection,
) -> None:
    for name in TABLES:
        years, length = published.sql(
            f"select max(year), max(length(area_code)) from open.{name}"
        ).fetchall()[0]
        assert years < date(2026, 1, 31).year and length == 6


def test_linked_breakdowns_keep_a_big_county_useful() -> None:
    draw = np.random.default_rng(1)
    codes = [f"I{number:02d}" for number in range(60)]
    chance = 1 / np.arange(1, 61)
    table = open_table(
        cases(*(
            (1, int(draw.integers(1, 13)), str(draw.integers(1, 3)), f"{a}-{a + 4}", str(c))
            for a, c in zip(draw.choice(range(50, 85, 5), 3000),
                            draw.choice(codes, 3000, p=chance / chance.sum()), strict=True)
        ))
    )  # fmt: skip
    shown = {name: own["count"].sum() / 3000 for (name,), own in table.group_by("breakdown")}
    assert shown["month"] == shown["cause"] == shown["age_sex"] == 1
    assert shown["month_cause"] > 0.8 and shown["age_sex_cause"] > 0.7


def test_every_published_table_and_column_says_in_chinese_what_it_is(
    published: duckdb.DuckDBPyConnection,
) -> None:
    silent = published.sql(
        "select schema_name || '.' || table_name from duckdb_tables()"
        " where not regexp_matches(coalesce(comment, ''), '[一-龥]')"
        " union all select schema_name || '.' || table_name || '.' || column_name"
        " from duckdb_columns() where not internal"
        " and not regexp_matches(coalesce(comment, ''), '[一-龥]') order by 1"
    ).fetchall()
    assert silent == []


def test_macros_say_in_chinese_what_they_do(county: Home) -> None:
    found = run_query(
        county.path,
        "select function_name, comment from duckdb_functions()"
        " where schema_name = 'main' and not internal and function_type like '%macro%'",
    )
    assert found.height >= 10
    assert found.filter(~pl.col("comment").fill_null("").str.contains("[一-龥]")).is_empty()


@pytest.mark.parametrize(
    ("cards", "indicator"),
    [
        ("death", "crude_death_rate_per_1000"),
        ("tumour", "cancer_incidence_per_100k"),
        ("stroke", "stroke_incidence_per_100k"),
        ("coronary", "coronary_incidence_per_100k"),
        ("diabetes", "diabetes_incidence_per_100k"),
    ],
)
@pytest.mark.parametrize("residency", ["registered", "resident"])
def test_rate_by_gives_the_numerator_and_people_of_the_indicator(
    county: Home, cards: str, indicator: str, residency: str
) -> None:
    made = run_query(
        county.path,
        f'select cast("分组" as integer) as year, "例数", "人口"'
        f" from rate_by(year, '{cards}', residency_is := '{residency}')",
    )
    kept = run_query(
        county.path,
        "select year, cast(numerator as bigint), round(denominator) from indicator.summary"
        f" where indicator = '{indicator}' and residency = '{residency}'"
        " and length(area_code) = 6 and denominator is not null order by year",
    )
    assert kept.height == 3
    assert made.rows() == kept.rows()


def test_standardised_rate_is_that_of_the_estimators(county: Home) -> None:
    made = run_query(
        county.path,
        'select "标化率", "区间下限", "区间上限" from standardised_rate(\'death\')',
    )
    kept = run_query(
        county.path,
        "select rate_china2000_per_100k, rate_china2000_per_100k_low, rate_china2000_per_100k_high"
        " from indicator.cause_of_death where residency = 'registered' and sex = 0"
        " and cause_group = 'ALL' order by year",
    )
    assert made.height == kept.height == 3
    for ours, theirs in zip(made.rows(), kept.rows(), strict=True):
        assert ours == pytest.approx(theirs, rel=0.002)


@pytest.mark.parametrize(
    ("call", "value"),
    [
        ("age_group(0)", "0"),
        ("age_group(4)", "1-4"),
        ("age_group(84)", "80-84"),
        ("age_group(103)", "85+"),
        ("age_group(null)", None),
        ("has_code('I46.1', 'I20-I25, I46.1')", True),
        ("has_code('I46.9', 'I20-I25, I46.1')", False),
        ("has_code('I25.9', 'I20-I25')", True),
        ("has_code(null, '')", True),
        ("icd_block('C15.9')", "C15-C26"),
        ("icd_chapter('I21.0')", "IX"),
        ("round(wilson_low(95, 100), 6)", round(float(wilson(95, 100)[0]), 6)),
        ("round(wilson_high(95, 100), 6)", round(float(wilson(95, 100)[1]), 6)),
        ("round(byar_low(10), 6)", round(float(poisson_byar(10)[0]), 6)),
        ("round(byar_high(10), 6)", round(float(poisson_byar(10)[1]), 6)),
        ("byar_low(0)", 0.0),
    ],
)
def test_a_scalar_macro(county: Home, call: str, value: object) -> None:
    assert run_query(county.path, f"select {call} as value")["value"].to_list() == [value]
