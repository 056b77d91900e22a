"""Population rows -> the mean population of every area, year, residency, sex and age group."""

from __future__ import annotations

import csv

import polars as pl

from flows.home import REFERENCE

GROUPS = ["0", "1-4", *(f"{age}-{age + 4}" for age in range(5, 85, 5)), "85+"]
KEYS = ["area_code", "residency", "sex", "age_group"]
#: The standard whose age structure splits coarser groups (0-4, 80+ ...); the split is flagged.
SPLIT_STANDARD = "CN2010"


def mean_population(rows: pl.DataFrame) -> pl.DataFrame:
    """Annual mean population.

    Args:
        rows: typed `population` input: year, area_code, sex, age_group, population, residency,
            pop_kind (`year_end`, `mid_year`, `mean`; empty means `mean`).

    Returns:
        area_code, year, residency, sex, age_group, population, method, is_split. A mean given as
        such is taken first, then the average of two year-ends, (start + end) / 2, then a mid-year
        count; one year-end alone gives no mean. Counties whose towns alone were given are summed.
    """
    rows = rows.filter(
        (pl.col("population") >= 0) & pl.col("sex").is_in(["1", "2"]) & pl.col("year").is_not_null()
    ).with_columns(pl.col("year").cast(pl.Int32), pl.col("pop_kind").fill_null("mean"))
    rows = _split_coarse(rows)
    by_kind = rows.group_by(*KEYS, "year", "pop_kind").agg(
        pl.col("population").sum(), pl.col("is_split").any()
    )
    ends = by_kind.filter(pl.col("pop_kind") == "year_end").drop("pop_kind")
    starts = ends.with_columns(pl.col("year") + 1)
    averaged = ends.join(starts, on=[*KEYS, "year"], suffix="_start").select(
        *KEYS,
        "year",
        population=(pl.col("population") + pl.col("population_start")) / 2,
        is_split=pl.col("is_split") | pl.col("is_split_start"),
        method=pl.lit("mean of two year-ends"),
        rank=pl.lit(1),
    )
    others = [
        by_kind.filter(pl.col("pop_kind") == kind).select(
            *KEYS, "year", "population", "is_split", method=pl.lit(method), rank=pl.lit(rank)
        )
        for kind, method, rank in (("mean", "mean as given", 0), ("mid_year", "mid-year", 2))
    ]
    # One method per area, year and residency, so that age groups are not mixed from two sources.
    every = pl.concat([others[0], averaged, others[1]])
    best = every.group_by("area_code", "residency", "year").agg(best=pl.col("rank").min())
    chosen = (
        every.join(best, on=["area_code", "residency", "year"])
        .filter(pl.col("rank") == pl.col("best"))
        .drop("rank", "best")
    )
    return _with_counties(chosen).sort(*KEYS, "year")


def _split_coarse(rows: pl.DataFrame) -> pl.DataFrame:
    """Spread a coarser age group over the standard 19 by the reference structure."""
    weights = _weights()
    table = []
    for text in rows["age_group"].drop_nulls().unique():
        members = _members(text)
        total = sum(weights[group] for group in members)
        table += [(text, group, weights[group] / total, len(members) > 1) for group in members]
    parts = pl.DataFrame(
        table,
        schema={
            "age_group": pl.String,
            "part": pl.String,
            "share": pl.Float64,
            "is_split": pl.Boolean,
        },
        orient="row",
    )
    return (
        rows.join(parts, on="age_group")
        .with_columns(population=pl.col("population") * pl.col("share"), age_group=pl.col("part"))
        .drop("part", "share")
    )


def _members(text: str) -> list[str]:
    """The standard groups inside `0-4`, `80+`, `65-74`; none for a text that is no age group."""
    if text in GROUPS:
        return [text]
    cleaned = text.replace("岁", "").replace("及以上", "+").replace("~", "-").replace("～", "-")
    if cleaned in GROUPS:
        return [cleaned]
    low, _, high = cleaned.rstrip("+").partition("-")
    if not low.isdigit() or (high and not high.isdigit()):
        return []
    top = 200 if cleaned.endswith("+") else int(high or low)
    starts, ends = [0, 1, *range(5, 90, 5)], [0, *range(4, 85, 5), 200]
    limits = zip(GROUPS, starts, ends, strict=True)
    return [group for group, start, end in limits if int(low) <= start and end <= top]


def _weights() -> dict[str, float]:
    with (REFERENCE / "standard_population.csv").open(encoding="utf-8", newline="") as stream:
        return {
            row["age_group"]: float(row["weight"])
            for row in csv.DictReader(stream)
            if row["standard"] == SPLIT_STANDARD
        }


def _with_counties(chosen: pl.DataFrame) -> pl.DataFrame:
    towns = chosen.filter(pl.col("area_code").str.len_chars() == 9)
    have = chosen.filter(pl.col("area_code").str.len_chars() == 6).select(
        "area_code", "year", "residency"
    )
    sums = (
        towns.with_columns(pl.col("area_code").str.slice(0, 6))
        .group_by(*KEYS, "year")
        .agg(
            pl.col("population").sum(),
            pl.col("is_split").any(),
            method=pl.lit("sum of towns"),
        )
        .join(have.unique(), on=["area_code", "year", "residency"], how="anti")
    )
    return pl.concat([chosen, sums.select(chosen.columns)])
