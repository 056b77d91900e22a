"""Annual percent change (APC) by segment, and the average over segments (AAPC).

Source: Clegg LX et al. Stat Med 2009;28:3670-82; fits and joinpoints in ``piecewise`` and
``joinpoint``.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from .errors import InvalidOptionError, InvalidValueError, SmallNumbersError, ZeroDenominatorError
from .interval import Floats, checked_counts, z_value
from .joinpoint import choose_by_bic, choose_by_permutation, most_joinpoints
from .piecewise import Fit, best_fit
from .rate import require


def series(frame: pl.DataFrame) -> tuple[Floats, Floats, Floats]:
    """Year, count and population sorted by year; repeated years or zero population raise."""
    require(frame, "year", "count", "population")
    ordered = frame.sort("year")
    year, count, population = (
        checked_counts(ordered[name].cast(pl.Float64).to_numpy(), name)
        for name in ("year", "count", "population")
    )
    if len(year) < 3:
        raise SmallNumbersError(f"只有 {len(year)} 年数据，至少需要 3 年", column="year")
    if (np.diff(year) == 0).any():
        raise InvalidValueError("同一年份重复出现，请先合计", column="year")
    if (population == 0).any():
        row = int(np.flatnonzero(population == 0)[0])
        raise ZeroDenominatorError(f"{year[row]:.0f} 年人口为 0", column="population", row=row)
    if count.sum() == 0:
        raise SmallNumbersError("各年事件数都为 0，没有趋势可言", column="count")
    return year, count, population


def trend(
    frame: pl.DataFrame,
    *,
    joinpoints: str | int = 0,
    choice: str = "bic",
    level: float = 0.95,
    seed: int = 0,
) -> pl.DataFrame:
    """Rows segment, year_from, year_to, apc_percent, ci_low, ci_high, aapc_percent.

    ``frame``: year, count, population. ``joinpoints``: a number, or auto, chosen by ``choice`` bic
    or permutation (``joinpoint.choose_by_permutation``, reproducible by ``seed``). APC =
    100 (exp(slope) - 1) percent a year; AAPC weighs slopes by segment length and is repeated.
    """
    year, count, population = series(frame)
    if joinpoints == "auto":
        most = most_joinpoints(len(year))
        if choice == "permutation":
            number = choose_by_permutation(year, count, population, most, seed=seed)
            one = best_fit(year, count, population, number)
        elif choice == "bic":
            one = choose_by_bic(year, count, population, most)
        else:
            raise InvalidOptionError("choice 应为 bic 或 permutation", column="choice")
    elif str(joinpoints).isdigit():
        one = best_fit(year, count, population, int(joinpoints))
    else:
        raise InvalidOptionError("joinpoints 应为非负整数或 auto", column="joinpoints")
    edges = [int(year[0]), *one.joinpoints, int(year[-1])]
    lengths = np.diff(edges)
    average = percent_change(float(one.slopes @ lengths / lengths.sum()))
    half = z_value(level) * np.sqrt(np.diagonal(one.covariance))
    low, high = percent_change(one.slopes - half), percent_change(one.slopes + half)
    return pl.DataFrame(
        {
            "segment": np.arange(1, len(lengths) + 1),
            "year_from": edges[:-1],
            "year_to": edges[1:],
            "apc_percent": percent_change(one.slopes),
            "ci_low": low,
            "ci_high": high,
            "aapc_percent": np.full(len(lengths), average),
        }
    )


def average_change(
    one: Fit, first: int, last: int, level: float = 0.95
) -> tuple[float, float, float]:
    """AAPC over years first ... last of a fit, with its interval (percent a year)."""
    edges = np.array([first, *one.joinpoints, last], dtype=np.float64)
    weights = np.diff(edges) / (last - first)
    middle = float(weights @ one.slopes)
    half = z_value(level) * float(np.sqrt(weights @ one.covariance @ weights))
    low, value, high = (percent_change(x) for x in (middle - half, middle, middle + half))
    return float(value), float(low), float(high)


def percent_change(slope: Floats | float) -> Floats:
    """100 (exp(slope) - 1)."""
    return np.asarray(100 * np.expm1(slope), dtype=np.float64)
