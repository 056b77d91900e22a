"""Intervals for counts, proportions and ratios, vectorised over numpy arrays.

Every function takes scalars or arrays (broadcast together), returns ``(low, high)`` as float arrays
of the broadcast shape, in the unit of its input (counts, 0-1, or a ratio), and raises a named error
for a negative or non-finite count, a zero total or a count above its total. The frame versions in
``rate.py`` give null instead of raising where a denominator is zero or missing.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import betaincinv, gammaincinv, ndtri

from .errors import (
    CountExceedsTotalError,
    InvalidOptionError,
    InvalidValueError,
    NegativeCountError,
    ZeroDenominatorError,
)

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Integers = NDArray[np.int64]


def tails(level: float) -> tuple[float, float]:
    """The two tail probabilities of a two-sided interval, e.g. 0.95 -> (0.025, 0.975)."""
    if not 0 < level < 1:
        raise InvalidOptionError(f"置信水平应在 0 与 1 之间，现为 {level}", column="level")
    return (1 - level) / 2, (1 + level) / 2


def z_value(level: float) -> float:
    """The standard normal quantile of a two-sided interval, e.g. 0.95 -> 1.959964."""
    return float(ndtri(tails(level)[1]))


def checked_counts(values: ArrayLike, column: str = "count") -> Floats:
    """``values`` as a float array; non-finite or negative entries raise with their position."""
    array = np.asarray(values, dtype=np.float64)
    flat = array.reshape(-1)
    if not np.isfinite(flat).all():
        row = int(np.flatnonzero(~np.isfinite(flat))[0])
        raise InvalidValueError(f"第 {row + 1} 个值缺失或不是有限数字", column=column, row=row)
    if (flat < 0).any():
        row = int(np.flatnonzero(flat < 0)[0])
        raise NegativeCountError(
            f"第 {row + 1} 个值为负数（{flat[row]:g}）", column=column, row=row
        )
    return array


def checked_pair(count: ArrayLike, total: ArrayLike) -> tuple[Floats, Floats]:
    """Count and total as float arrays of one shape, with 0 <= count <= total and total > 0."""
    counts, totals = np.broadcast_arrays(checked_counts(count), checked_counts(total, "total"))
    zero = np.flatnonzero(totals.reshape(-1) == 0)
    if zero.size:
        row = int(zero[0])
        raise ZeroDenominatorError(f"第 {row + 1} 个分母为 0", column="total", row=row)
    above = np.flatnonzero(counts.reshape(-1) > totals.reshape(-1))
    if above.size:
        row = int(above[0])
        raise CountExceedsTotalError(f"第 {row + 1} 个分子大于分母", column="count", row=row)
    return counts, totals


def poisson_exact(count: ArrayLike, level: float = 0.95) -> tuple[Floats, Floats]:
    """Exact (Garwood) limits of a Poisson mean, in events.

    low = chi2(a/2, 2x)/2, high = chi2(1-a/2, 2x+2)/2; a count of 0 gives (0, 3.6889) at 95 %.
    Source: Garwood F. Biometrika 1936;28:437-42; Ulm K. Am J Epidemiol 1990;131:373-5.
    """
    lower_tail, upper_tail = tails(level)
    counts = checked_counts(count)
    # chi2.ppf(p, 2x)/2 is the gamma quantile, without the cost of importing scipy.stats
    positive = np.where(counts > 0, counts, 1.0)
    low = np.where(counts > 0, gammaincinv(positive, lower_tail), 0.0)
    return low, np.asarray(gammaincinv(counts + 1, upper_tail), dtype=np.float64)


def poisson_byar(count: ArrayLike, level: float = 0.95) -> tuple[Floats, Floats]:
    """Byar's approximation to the exact Poisson limits, in events; 0 gives a lower limit of 0.

    x(1 - 1/(9x) - z/(3 sqrt x))^3, upper limit with x+1.
    Source: Breslow NE, Day NE. Statistical Methods in Cancer Research II. IARC 1987, eq. 2.13.
    """
    z = z_value(level)
    counts = checked_counts(count)
    positive = np.where(counts > 0, counts, 1.0)
    base = np.maximum(1 - 1 / (9 * positive) - z / (3 * np.sqrt(positive)), 0.0)
    low = np.where(counts > 0, positive * base**3, 0.0)
    above = counts + 1
    return low, above * (1 - 1 / (9 * above) + z / (3 * np.sqrt(above))) ** 3


def wilson(count: ArrayLike, total: ArrayLike, level: float = 0.95) -> tuple[Floats, Floats]:
    """Wilson score limits of a proportion (0-1).

    Source: Wilson EB. J Am Stat Assoc 1927;22:209-12.
    """
    counts, totals = checked_pair(count, total)
    z = z_value(level)
    proportion = counts / totals
    centre = proportion + z**2 / (2 * totals)
    half = z * np.sqrt(proportion * (1 - proportion) / totals + z**2 / (4 * totals**2))
    scale = 1 + z**2 / totals
    # at 0 and at 1 the limit is exact; rounding must not push it past the estimate
    low = np.where(counts == 0, 0.0, np.minimum((centre - half) / scale, proportion))
    high = np.where(counts == totals, 1.0, np.maximum((centre + half) / scale, proportion))
    return low, high


def clopper_pearson(
    count: ArrayLike, total: ArrayLike, level: float = 0.95
) -> tuple[Floats, Floats]:
    """Exact binomial limits of a proportion (0-1).

    Source: Clopper CJ, Pearson ES. Biometrika 1934;26:404-13.
    """
    lower_tail, upper_tail = tails(level)
    counts, totals = checked_pair(count, total)
    rest = totals - counts
    low = betaincinv(np.where(counts > 0, counts, 1.0), rest + 1, lower_tail)
    high = betaincinv(counts + 1, np.where(rest > 0, rest, 1.0), upper_tail)
    return np.where(counts > 0, low, 0.0), np.where(rest > 0, high, 1.0)


def ratio_interval(
    count_a: ArrayLike, count_b: ArrayLike, level: float = 0.95
) -> tuple[Floats, Floats]:
    """Exact limits of the ratio of two Poisson counts, a/b (e.g. mortality to incidence).

    Given a+b, a is binomial with p = R/(1+R); the Clopper-Pearson limits of p give those of R.
    b = 0 gives an upper limit of +inf (documented); a = b = 0 raises ZeroDenominatorError.
    Source: Przyborowski J, Wilenski H. Biometrika 1940;31:313-23.
    """
    first, second = np.broadcast_arrays(
        checked_counts(count_a, "count_a"), checked_counts(count_b, "count_b")
    )
    share_low, share_high = clopper_pearson(first, first + second, level)
    with np.errstate(divide="ignore"):
        return share_low / (1 - share_low), share_high / (1 - share_high)
