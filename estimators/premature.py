"""Premature mortality: the probability of dying between 30 and 70 from the four main NCDs (40q30).

Source: WHO NCD Global Monitoring Framework, indicator 1 (2014): 5qx = 5 M / (1 + 2.5 M) for the
eight age groups 30-34 ... 65-69, 40q30 = 1 - prod(1 - 5qx); causes I00-I99, C00-C97, E10-E14,
J30-J98 (the caller selects the deaths).
"""

from __future__ import annotations

import numpy as np
import polars as pl

from .errors import AgeGroupError
from .interval import checked_counts, poisson_exact, z_value
from .life_table import age_grid, checked_underreporting, matrix

AGES = np.arange(30.0, 70.0, 5.0)
NO_POPULATION = "有年龄组人口为 0 或缺失，不计算早死概率"
TOO_MANY_DEATHS = "有年龄组死亡数大于人口数，不计算早死概率"


def premature_mortality(
    frame: pl.DataFrame, by: list[str] | None = None, *, level: float = 0.95
) -> pl.DataFrame:
    """40q30 by group: ``by`` + deaths, value, ci_low, ci_high (0-1), refused.

    ``frame``: ``by`` columns, age_start (exactly 30, 35 ... 65; other ages are ignored), deaths,
    population; optionally underreporting (share missed). The interval is built on the cumulative
    hazard H = -ln(1 - 40q30) with Chiang's variance of 5qx, log-normal so it stays within 0-1; no
    deaths at all give 0 with the exact upper limit at the largest weight. Zero or missing
    population: nulls and the reason. Raises AgeGroupError when one of the eight groups is absent.
    """
    by = by or []
    if frame.height == 0:
        names = ("deaths", "value", "ci_low", "ci_high")
        return frame.select(*by).with_columns(
            *(pl.lit(None, pl.Float64).alias(name) for name in names),
            pl.lit(None, pl.String).alias("refused"),
        )
    needed = frame.filter(pl.col("age_start").cast(pl.Float64).is_in(AGES.tolist()))
    extra = ["underreporting"] if "underreporting" in frame.columns else []
    ages, groups = age_grid(needed, by, ["deaths", "population", *extra])
    if len(ages) != len(AGES):
        raise AgeGroupError("需要 30、35……65 岁 8 个年龄组，一个不能少", column="age_start")
    deaths = checked_counts(matrix(groups, "deaths", np.nan), "deaths")
    people = checked_counts(matrix(groups, "population", 0.0), "population")
    reported = np.ones_like(deaths)
    if extra:
        reported -= checked_underreporting(matrix(groups, "underreporting", np.nan))
    safe = np.where(people > 0, people, 1.0)
    rates = deaths / reported / safe
    q = np.minimum(5 * rates / (1 + 2.5 * rates), 1 - 1e-12)
    hazard = -np.log1p(-q).sum(axis=1)
    # Var(q) = q^2 (1-q) / D; the hazard -ln(1-q) has derivative 1/(1-q)
    variance = np.where(deaths > 0, q**2 / (np.where(deaths > 0, deaths, 1.0) * (1 - q)), 0.0)
    some = hazard > 0
    with np.errstate(over="ignore"):  # of groups that are refused below
        spread = np.exp(
            z_value(level) * np.sqrt(variance.sum(axis=1)) / np.where(some, hazard, 1.0)
        )
    upper_zero = (5 / safe / reported).max(axis=1) * poisson_exact(0, level)[1]
    low = np.where(some, hazard / spread, 0.0)
    high = np.where(some, hazard * spread, upper_zero)
    empty = pl.Series((people == 0).any(axis=1))
    excess = pl.Series((deaths > people).any(axis=1))
    refused = (
        pl.when(empty)
        .then(pl.lit(NO_POPULATION))
        .when(excess)
        .then(pl.lit(TOO_MANY_DEATHS))
        .alias("refused")
    )
    values = {"value": hazard, "ci_low": low, "ci_high": high}
    result = groups.select(*by, "first_row").with_columns(
        pl.Series("deaths", deaths.sum(axis=1)),
        *(pl.Series(name, -np.expm1(-numbers)) for name, numbers in values.items()),
        refused,
    )
    known = pl.when(pl.col("refused").is_null())
    return result.with_columns(known.then(pl.col(list(values)))).drop("first_row")
