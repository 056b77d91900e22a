"""Death distribution methods: completeness of death registration between two censuses.

Growth balance (GGB): Hill K. Asian and Pacific Population Forum 1987;1(3):8-13. Synthetic extinct
generations (SEG): Bennett NG, Horiuchi S. Demography 1984;21:217-33. GGB-SEG: Hill K, You D,
Choi Y. Demographic Research 2009;21:235-54. Conventions follow R's DDM 1.3 (Riffe, Lima, Queiroz).
A single trim of ages is a choice: always look at the range.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .errors import AgeGroupError, InvalidOptionError, ZeroDenominatorError
from .interval import Flags, Floats, checked_counts


@dataclass(frozen=True)
class Populations:
    """Five-year age groups, the last open; annual average ``deaths``, ``years`` the interval."""

    ages: Floats
    first: Floats
    second: Floats
    deaths: Floats
    years: float


def populations(
    ages: Floats, first: Floats, second: Floats, deaths: Floats, years: float
) -> Populations:
    """Check the input: ages 0, 5, 10 ... without gaps, positive populations, years above 0."""
    order = np.argsort(ages)
    arrays = [
        np.asarray(values, dtype=np.float64)[order] for values in (ages, first, second, deaths)
    ]
    steps = np.diff(arrays[0])
    if len(steps) < 8 or arrays[0][0] != 0 or (steps != 5).any():
        raise AgeGroupError("年龄组应为 0、5、10……每 5 岁一组，最高组开放", column="age_start")
    for values, name in zip(arrays[1:], ("pop1", "pop2", "deaths"), strict=True):
        checked_counts(values, name)
    for values, name in zip(arrays[1:3], ("pop1", "pop2"), strict=True):
        if (values == 0).any():
            row = int(np.flatnonzero(values == 0)[0])
            raise ZeroDenominatorError(f"第 {row + 1} 个年龄组人口为 0", column=name, row=row)
    if not years > 0:
        raise InvalidOptionError("两次人口之间的年数应大于 0", column="years")
    return Populations(arrays[0], arrays[1], arrays[2], arrays[3], years)


def _above(values: Floats) -> Floats:
    cumulative: Floats = np.cumsum(values[::-1])[::-1]
    return cumulative


def growth_balance_points(data: Populations) -> tuple[Floats, Floats]:
    """(x, y) by age a: deaths rate above a, and birthday rate less growth rate above a."""
    lived = data.years * np.sqrt(_above(data.first) * _above(data.second))
    growth = (_above(data.second) - _above(data.first)) / lived
    birthdays = data.years * np.sqrt(data.first[:-1] * data.second[1:]) / 5
    entries = np.append(0.0, birthdays) / lived
    return data.years * _above(data.deaths) / lived, entries - growth


def trim(data: Populations, low: float, high: float) -> Flags:
    """Mask of the ages low ... high, both included."""
    inside: Flags = (data.ages >= low) & (data.ages <= high)
    if inside.sum() < 3:
        raise AgeGroupError("拟合的年龄组不足 3 个", column="age_start")
    return inside


def growth_balance(
    data: Populations, low: float, high: float, *, line: str = "sd-ratio"
) -> tuple[float, float, float]:
    """Completeness, intercept and slope of y = a + x/c over ages low ... high.

    ``line``: sd-ratio (slope sd(y)/sd(x), orthogonal in spirit, DDM's default) or ols. Completeness
    sqrt(k1 k2)/slope with k1/k2 = exp(a t), the larger of k1, k2 being 1.
    """
    inside = trim(data, low, high)
    x, y = (values[inside] for values in growth_balance_points(data))
    if line == "ols":
        slope = float(np.cov(x, y)[0, 1] / np.var(x, ddof=1))
    else:
        slope = float(np.std(y, ddof=1) / np.std(x, ddof=1))
    intercept = float(y.mean() - slope * x.mean())
    ratio = np.exp(-abs(intercept) * data.years)
    return float(np.sqrt(ratio)) / slope, intercept, slope


def extinct_generations(data: Populations, open_expectancy: float) -> Floats:
    """Completeness by age group (the open group has none: NaN, never averaged).

    N(a) = N(a+5) exp(5 r) + D exp(2.5 r) downwards from the open group's
    D (exp(e r) - (e r)^2 / 6), compared with the mean population of the age group.
    """
    if not open_expectancy > 0:
        raise InvalidOptionError("最高年龄组期望寿命应大于 0", column="open_expectancy")
    growth = np.log(data.second / data.first) / data.years
    entering = np.zeros(len(growth))
    exponent = open_expectancy * growth[-1]
    entering[-1] = data.deaths[-1] * (np.exp(exponent) - exponent**2 / 6)
    for group in range(len(growth) - 2, -1, -1):
        entering[group] = entering[group + 1] * np.exp(5 * growth[group]) + data.deaths[
            group
        ] * np.exp(2.5 * growth[group])
    estimated = 2.5 * (entering[:-1] + entering[1:])
    return np.append(estimated / np.sqrt(data.first * data.second)[:-1], np.nan)


def adjusted(data: Populations, low: float, high: float) -> Populations:
    """Populations corrected by GGB's k1 and k2, for the combined GGB-SEG."""
    _, intercept, _ = growth_balance(data, low, high)
    relative = np.exp(intercept * data.years)  # k1 / k2
    first = data.first / min(relative, 1.0)
    second = data.second * max(relative, 1.0)
    return Populations(data.ages, first, second, data.deaths, data.years)
