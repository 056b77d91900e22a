"""The hazards patients are compared with: the county's own life table, else the national one."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from estimators.errors import EstimatorError
from estimators.expected_hazard import from_life_table
from estimators.life_table import life_table
from flows.statistics import national
from flows.statistics.strata import with_count

#: Below this age a group without one death takes the national rate: no death there is chance.
YOUNG = 30
#: Years of life expectancy a county may differ from the nation before its deaths look unfinished.
#: Zhejiang's is three to four years higher (reference/life_table).
WIDEST_GAP = 6.0


@dataclass(frozen=True)
class Expected:
    """A hazard table (sex, year, age, hazard) and its name: ``county`` or ``china_wpp2024``."""

    table: pl.DataFrame
    name: str


def expected_hazards(
    cells: pl.DataFrame, deaths: pl.DataFrame, area_code: str, years: list[int]
) -> Expected:
    """Expected hazards for registered people of a county diagnosed in ``years``.

    ``cells``: people by stratum with age_from (``strata.people``); ``deaths``: deaths by stratum.
    The county's own table pools the years that have both. It is used when every sex has deaths in
    each age group from 30 on, the life table is not refused, and life expectancy lies within six
    years of the nation's; otherwise the national table is used.
    """
    nation = Expected(national.hazards(), "china_wpp2024")
    own = (pl.col("area_code") == area_code) & (pl.col("residency") == "registered")
    dated = pl.col("year").is_in(deaths.filter(own)["year"].unique().implode())
    wanted = own & pl.col("year").is_in(years) & dated
    pooled = (
        with_count(cells.filter(wanted), deaths)
        .group_by("sex", "age_from")
        .agg(deaths=pl.col("count").sum(), population=pl.col("population").sum())
        .rename({"age_from": "age_start"})
        .sort("sex", "age_start")
    )
    silent = pooled.filter((pl.col("age_start") >= YOUNG) & (pl.col("deaths") == 0))
    if pooled["sex"].n_unique() != 2 or silent.height:
        return nation
    try:
        table = life_table(pooled, ["sex"])
    except EstimatorError:
        return nation
    newborn = table.filter(pl.col("age_start") == 0).with_columns(
        pl.col("sex").replace_strict(national.expectancy(years[0], 0)).alias("national_ex")
    )
    gap = (newborn["ex"] - newborn["national_ex"]).abs()
    if table["refused"].count() or gap.null_count() or not (gap <= WIDEST_GAP).all():
        return nation
    usual = national.rates(national.of_year(years[0])).rename({"age_from": "age_start"})
    filled = table.join(
        usual.with_columns(pl.col("age_start").cast(pl.Float64)), on=["sex", "age_start"]
    ).with_columns(
        mx=pl.when(pl.col("deaths") > 0).then(pl.col("mx")).otherwise(pl.col("rate")),
    )
    return Expected(from_life_table(filled, years[0]), "county")
