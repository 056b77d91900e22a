"""The national life tables that are shipped: expected hazards and central rates."""

from __future__ import annotations

from functools import cache

import polars as pl

from flows.home import REFERENCE

OPEN_AGE = 85  # the oldest age group of our cards and populations
PERIOD = 5  # years a table speaks for


@cache
def hazards() -> pl.DataFrame:
    """sex, year, age, hazard a year by single ages (China, World Population Prospects 2024)."""
    return pl.read_csv(REFERENCE / "life_table" / "china_wpp2024.csv").drop("qx")


@cache
def abridged() -> pl.DataFrame:
    """sex, year, age, hazard, qx, lx, ex by age groups; years are the starts of five."""
    return pl.read_csv(REFERENCE / "life_table" / "china_wpp2024_abridged.csv").with_columns(
        pl.col("sex").cast(pl.String)
    )


@cache
def nearest_periods(year: int) -> tuple[int, int, float]:
    """The periods whose middles lie around the middle of ``year``, and the weight of the second.

    Beyond the first or last middle both are that period.
    """
    starts = abridged()["year"].unique().sort().to_list()
    position = year + 0.5 - PERIOD / 2
    before = max((start for start in starts if start <= position), default=starts[0])
    after = min((start for start in starts if start >= position), default=starts[-1])
    return before, after, (position - before) / (after - before) if after > before else 0.0


@cache
def of_year(year: int) -> pl.DataFrame:
    """sex, age, hazard, qx, ex in the middle of ``year``, between the middles of two periods.

    Hazards and qx by their logarithms, life expectancy in a straight line: the table of one period
    would make a step of ten per cent in the deaths expected from one year to the next.
    """
    before, after, weight = nearest_periods(year)
    columns = ["hazard", "qx", "ex"]
    first, second = (
        abridged().filter(pl.col("year") == start).select("sex", "age", *columns)
        for start in (before, after)
    )

    def between(name: str) -> pl.Expr:
        one, other = pl.col(name), pl.col(f"{name}_after")
        if name == "ex":
            return one * (1 - weight) + other * weight
        return (one.log() * (1 - weight) + other.log() * weight).exp()

    both = first.join(second, on=["sex", "age"], suffix="_after", maintain_order="left")
    return both.select("sex", "age", *(between(name).alias(name) for name in columns))


def rates(table: pl.DataFrame) -> pl.DataFrame:
    """sex, age_from, rate of the 19 age groups; the open one has 1/e85 (stationary population).

    ``table``: ``of_year``, or one period of ``abridged``.
    """
    is_open = pl.col("age") == OPEN_AGE
    return table.filter(pl.col("age") <= OPEN_AGE).select(
        "sex",
        age_from=pl.col("age").cast(pl.Int64),
        rate=pl.when(is_open).then(1 / pl.col("ex")).otherwise(pl.col("hazard")),
    )


@cache
def child_mortality(year: int) -> dict[str, float]:
    """5q0 as a probability by sex (0, 1, 2)."""
    young = of_year(year).filter(pl.col("age") < 5).group_by("sex")
    found = young.agg(value=1 - (1 - pl.col("qx")).product())
    return dict(found.select("sex", "value").iter_rows())


def expectancy(year: int, age: int) -> dict[str, float]:
    """Life expectancy at an age by sex (0, 1, 2)."""
    rows = of_year(year).filter(pl.col("age") == age)
    return dict(rows.select("sex", "ex").iter_rows())
