"""Direct standardisation of rates over many strata at once.

Source of the formulas: Dobson AJ et al. Stat Med 1991;10:457-62 (with Byar or exact limits of the
total count); Fay MP, Feuer EJ. Stat Med 1997;16:791-801 (gamma, w_M = max w_i/n_i). The refusal
below ten events follows Public Health England's PHEindicatormethods (phe_dsr).
"""

from __future__ import annotations

import numpy as np
import polars as pl
from scipy.special import gammaincinv

from .errors import AgeGroupError, InvalidOptionError
from .interval import Floats, checked_counts, poisson_byar, poisson_exact, tails
from .rate import require

TOO_FEW = "事件数少于 {minimum}，不计算标化率"
NO_POPULATION = "有年龄组人口为 0 或缺失，不计算标化率"
AGE_GROUPS_DIFFER = "缺少年龄组或权重之和为 0，不计算标化率"


def _dobson(
    rate: Floats, variance: Floats, total: Floats, exact: tuple[Floats, Floats], level: float
) -> tuple[Floats, Floats]:
    """Limits rate +/- sqrt(V/D)(limit of D - D); Byar's limits, exact ones below 10 events."""
    byar = poisson_byar(total, level)
    few = total < 10
    scale = np.sqrt(variance / np.where(total > 0, total, 1.0))
    # with one very heavy stratum the normal scaling can pass below zero
    low = np.maximum(rate + scale * (np.where(few, exact[0], byar[0]) - total), 0.0)
    high = rate + scale * (np.where(few, exact[1], byar[1]) - total)
    return low, high


def _gamma(rate: Floats, variance: Floats, widest: Floats, level: float) -> tuple[Floats, Floats]:
    """Fay-Feuer limits; ``widest`` is max(w_i/n_i). A rate of 0 has a lower limit of 0."""
    lower_tail, upper_tail = tails(level)
    some, widest = rate > 0, np.where(widest > 0, widest, 1.0)
    mean, spread = np.where(some, rate, 1.0), np.where(some, variance, 1.0)
    low = spread / mean * gammaincinv(mean**2 / spread, lower_tail)
    shifted, shifted_spread = rate + widest, variance + widest**2
    high = shifted_spread / shifted * gammaincinv(shifted**2 / shifted_spread, upper_tail)
    return np.where(some, low, 0.0), high


def _strata(frame: pl.DataFrame, by: list[str]) -> pl.DataFrame:
    """The input columns checked and typed; repeated age groups within a group raise."""
    require(frame, *by, "age_group", "count", "population", "weight")
    strata = frame.select(
        *by,
        "age_group",
        *(pl.col(c).cast(pl.Float64) for c in ("count", "population", "weight")),
    )
    checked_counts(strata["count"].fill_null(np.nan).to_numpy(), "count")
    checked_counts(strata["weight"].fill_null(np.nan).to_numpy(), "weight")
    checked_counts(strata["population"].fill_null(0.0).fill_nan(0.0).to_numpy(), "population")
    keys = strata.select(*by, "age_group")
    if keys.n_unique() < keys.height:
        row = int(keys.is_duplicated().arg_true()[0])
        raise AgeGroupError(f"第 {row + 1} 行的年龄组在同一组内重复", column="age_group", row=row)
    return strata


def _totals(strata: pl.DataFrame, by: list[str]) -> pl.DataFrame:
    """Sums by group; ``rate``, ``variance`` and ``widest`` still to be divided by the weights.

    What is not a sum is computed by row first: an expression inside a group costs ten times more.
    """
    known = pl.col("population").fill_nan(None)
    used = (pl.col("weight") > 0) | (pl.col("count") > 0)
    usable = pl.when(known > 0).then(known)
    share = pl.col("weight") / usable
    rows = strata.select(
        *by,
        "count",
        "weight",
        known.alias("population"),
        known.is_null().alias("unknown"),
        (used & usable.is_null()).alias("gap"),
        share.alias("widest"),
        (share * pl.col("count")).alias("rate"),
        (share * share * pl.col("count")).alias("variance"),
    )
    totals = [
        pl.len().alias("groups"),
        pl.col("count", "population", "rate", "variance").sum(),
        pl.col("weight").sum().alias("weights"),
        pl.col("widest", "unknown", "gap").max(),
    ]
    groups = rows.group_by(by, maintain_order=True).agg(totals) if by else rows.select(totals)
    return groups.with_columns(pl.when(~pl.col("unknown")).then(pl.col("population")))


def standardise(
    frame: pl.DataFrame,
    by: list[str],
    *,
    per: float = 100_000,
    method: str = "dobson",
    level: float = 0.95,
    minimum_count: int = 10,
) -> pl.DataFrame:
    """Crude and directly standardised rates, one row a group, in the order groups first appear.

    ``frame`` is long: the ``by`` columns, age_group, count (events), population (person-years) and
    weight (any scale). Returns ``by`` + count, population, crude_rate, crude_ci_low,
    crude_ci_high (exact Poisson), standardised_rate, ci_low, ci_high (all per ``per``), refused.

    ``refused`` is null, or says why the standardised columns are null: fewer than
    ``minimum_count`` events (0 switches this off; a count of 0 then gives rate 0 with the gamma
    upper limit), an age group of positive weight with zero or missing population, or a group
    lacking age groups that others have. The crude columns are null where the population is zero or
    partly missing. Raises named errors for negative, missing or NaN counts and repeated age groups.
    """
    if method not in ("dobson", "gamma"):
        raise InvalidOptionError(f"method 不认识 {method}，可选：dobson、gamma", column="method")
    strata = _strata(frame, by)
    groups = _totals(strata, by)
    refused = (
        pl.when((pl.col("groups") < strata["age_group"].n_unique()) | ~(pl.col("weights") > 0))
        .then(pl.lit(AGE_GROUPS_DIFFER))
        .when(pl.col("gap"))
        .then(pl.lit(NO_POPULATION))
        .when(pl.col("count") < minimum_count)
        .then(pl.lit(TOO_FEW.format(minimum=minimum_count)))
    )
    groups = groups.with_columns(refused.alias("refused"))

    count = groups["count"].to_numpy()
    weights = np.where(groups["weights"] > 0, groups["weights"], 1.0)
    rate = groups["rate"].to_numpy() / weights
    variance = groups["variance"].to_numpy() / weights**2
    widest = groups["widest"].fill_null(0.0).to_numpy() / weights
    exact_low, exact_high = poisson_exact(count, level)
    if method == "dobson":
        low, high = _dobson(rate, variance, count, (exact_low, exact_high), level)
    else:
        low, high = _gamma(rate, variance, widest, level)
    nothing = count == 0
    if nothing.any():  # no events: the gamma upper limit is exact for either method
        low[nothing], high[nothing] = _gamma(
            rate[nothing], variance[nothing], widest[nothing], level
        )

    crude = pl.when(pl.col("population") > 0)
    allowed = pl.when(pl.col("refused").is_null())
    return groups.select(
        *by,
        "count",
        "population",
        crude.then(pl.col("count") / pl.col("population") * per).alias("crude_rate"),
        crude.then(pl.Series(exact_low) / pl.col("population") * per).alias("crude_ci_low"),
        crude.then(pl.Series(exact_high) / pl.col("population") * per).alias("crude_ci_high"),
        allowed.then(pl.Series(rate * per)).alias("standardised_rate"),
        allowed.then(pl.Series(low * per)).alias("ci_low"),
        allowed.then(pl.Series(high * per)).alias("ci_high"),
        "refused",
    )
