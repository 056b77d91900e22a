"""Events and people by area, year, residency, sex and age: what rates are made of."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb
import polars as pl

CELLS = 38  # 19 age groups of two sexes
STRATUM = ["area_code", "year", "residency", "sex", "age_group"]
PLACE = ["area_code", "year", "residency"]
AGES = ["age_group", "age_from"]


def counted_areas(draft: duckdb.DuckDBPyConnection) -> list[str]:
    """The counties whose numbers are wanted, in order."""
    return draft.sql("select area_code from work.area order by all").pl()["area_code"].to_list()


def complete_years(draft: duckdb.DuckDBPyConnection) -> list[int]:
    """The years that are over, in order."""
    found = draft.sql(
        "select distinct year from reference.period where kind = 'year' and is_complete order by 1"
    )
    return found.pl()["year"].to_list()


def events(draft: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """Official events of complete years: event, ``STRATUM``, count; counties and towns.

    Sex may be 9 and the age group ``unknown``.
    """
    return draft.sql(
        "select event, area_code, year, residency, sex, age_group, event_count as count"
        " from indicator.event_age"
    ).pl()


def people(population: pl.DataFrame, ages: pl.DataFrame) -> pl.DataFrame:
    """``STRATUM``, age_from and population of the places and years whose 38 cells are all known.

    ``ages``: age_group, age_from. A population lacking a cell would give a rate that is wrong.
    """
    known = population.filter(pl.col("population") >= 0).join(ages.select(AGES), on="age_group")
    whole = (
        known.group_by(PLACE)
        .agg(pl.len().alias("rows"), pl.struct("sex", "age_group").n_unique().alias("cells"))
        .filter((pl.col("rows") == CELLS) & (pl.col("cells") == CELLS))
    )
    return known.join(whole, on=PLACE, how="semi").select(*STRATUM, "age_from", "population")


def with_count(
    cells: pl.DataFrame, counted: pl.DataFrame, keys: Sequence[str] = STRATUM
) -> pl.DataFrame:
    """Cells of people with the count of their event in each, 0 where there is none."""
    joined = cells.join(
        counted.select(*keys, "count"), on=list(keys), how="left", maintain_order="left"
    )
    return joined.with_columns(pl.col("count").fill_null(0))
