"""Two-list capture-recapture and Chao's lower bound.

Sources: Chapman DG. Univ Calif Publ Stat 1951;1:131-60 with Seber's variance (1970); Lincoln and
Petersen as in Seber, Estimation of Animal Abundance (1982), ch. 3; log interval and lower bound:
Chao A. Biometrics 1987;43:783-91; Nour ES. J R Stat Soc A 1982;145:106-16.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .errors import CountExceedsTotalError, NoOverlapError, SmallNumbersError
from .interval import checked_counts, z_value


@dataclass(frozen=True)
class Estimate:
    """A population size with its standard error and interval (persons)."""

    population: float
    se: float
    ci_low: float
    ci_high: float


def log_interval(population: float, se: float, seen: float, level: float) -> tuple[float, float]:
    """Log-normal interval of the unseen number: never below the number seen."""
    unseen = population - seen
    if unseen <= 0:
        return population, population
    factor = float(np.exp(z_value(level) * np.sqrt(np.log1p((se / unseen) ** 2))))
    return seen + unseen / factor, seen + unseen * factor


def _checked(first: float, second: float, both: float) -> None:
    checked_counts([first, second, both])
    if both > min(first, second):
        raise CountExceedsTotalError("两名单的重合数大于名单人数", column="count")
    if both == 0:
        raise NoOverlapError("两名单没有重合的人，不能估计总数；请核对匹配", column="count")


def chapman(first: float, second: float, both: float, level: float = 0.95) -> Estimate:
    """(n1+1)(n2+1)/(m+1) - 1 with Seber's variance; complete overlap gives the count itself.

    ``first``, ``second``: persons on each list; ``both``: on both. NoOverlapError when both is 0.
    """
    _checked(first, second, both)
    value = (first + 1) * (second + 1) / (both + 1) - 1
    variance = (first + 1) * (second + 1) * (first - both) * (second - both)
    se = float(np.sqrt(variance / ((both + 1) ** 2 * (both + 2))))
    return Estimate(value, se, *log_interval(value, se, first + second - both, level))


def lincoln_petersen(first: float, second: float, both: float, level: float = 0.95) -> Estimate:
    """n1 n2 / m, variance n1 n2 (n1-m)(n2-m)/m^3 (Chandrasekar-Deming gives the same value)."""
    _checked(first, second, both)
    value = first * second / both
    se = float(np.sqrt(first * second * (first - both) * (second - both) / both**3))
    return Estimate(value, se, *log_interval(value, se, first + second - both, level))


def nour(first: float, second: float, both: float) -> float:
    """Nour's lower bound for positively dependent lists: seen + 2 m x1 x2 / (m^2 + x1 x2)."""
    _checked(first, second, both)
    product = (first - both) * (second - both)
    return first + second - both + 2 * both * product / (both**2 + product)


def chao(
    seen: float,
    once: float,
    twice: float,
    lists: int | None = None,
    *,
    bias_corrected: bool = False,
    level: float = 0.95,
) -> Estimate:
    """Chao's lower bound S + f1^2 / (2 f2), times (t-1)/t in the second term given ``lists`` t.

    ``once``/``twice``: persons on exactly one/two lists. Bias corrected: f1(f1-1)/(2(f2+1)).
    SmallNumbersError when nobody is on exactly two lists (unless bias corrected).
    """
    checked_counts([seen, once, twice])
    if twice == 0 and not bias_corrected:
        raise SmallNumbersError("没有恰好在两个名单上的人，不能计算 Chao 下限", column="count")
    factor = 1.0 if lists is None else (lists - 1) / lists
    if bias_corrected:
        unseen = factor * once * (once - 1) / (2 * (twice + 1))
    else:
        unseen = factor * once**2 / (2 * twice)
    ratio = once / max(twice, 1)
    variance = max(twice, 1) * (factor * ratio**2 / 2 + factor**2 * ratio**3 + ratio**4 / 4)
    se = float(np.sqrt(variance))
    return Estimate(seen + unseen, se, *log_interval(seen + unseen, se, seen, level))
