"""How many to draw, which clusters, and with what probability: samples in several stages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import stdtrit

from .errors import InvalidOptionError, InvalidValueError, SmallNumbersError
from .interval import Floats, Integers, checked_counts, tails, z_value


@dataclass(frozen=True)
class SampleSize:
    """The steps of a sample-size calculation, in elements (cases, people)."""

    quantile: float  # z, or t where degrees of freedom were given
    half_width: float  # absolute, 0-1
    simple: float  # simple random sampling, endless population
    finite: float  # with the finite population
    designed: float  # times the design effect, at most the population
    required: int  # divided by the expected response, rounded up


def sample_size(
    expected: float,
    precision: float,
    *,
    relative: bool = False,
    level: float = 0.95,
    design_effect: float = 1.0,
    population: float | None = None,
    response: float = 1.0,
    degrees: float | None = None,
) -> SampleSize:
    """Elements needed to estimate a proportion within +/- ``precision``.

    n0 = q^2 p(1-p)/d^2; n = deff n0 / (1 + (n0-1)/N); q is the normal quantile, or that of t on
    ``degrees`` of freedom (clusters less strata), which a survey of few clusters is judged by.
    ``precision`` is absolute (0-1), or a share of ``expected`` when ``relative``. Raises
    InvalidOptionError for options out of range. Source: Cochran WG. Sampling Techniques, 3rd ed.
    1977, eq. 4.1-4.3; Kish L. Survey Sampling 1965, 5.4 (design effect).
    """
    _within("expected", expected, 0, 1)
    _within("response", response, 0, 1, closed=True)
    half = precision * expected if relative else precision
    _within("precision", half, 0, 1)
    if design_effect <= 0:
        raise InvalidOptionError("设计效应应大于 0", column="design_effect")
    if population is not None and population < 1:
        raise InvalidOptionError("总体至少为 1", column="population")
    if degrees is not None and degrees < 1:
        raise SmallNumbersError("群数减层数至少为 1，才能计算误差", column="degrees")
    q = z_value(level) if degrees is None else float(stdtrit(degrees, tails(level)[1]))
    simple = q**2 * expected * (1 - expected) / half**2
    finite = simple if population is None else simple / (1 + (simple - 1) / population)
    designed = finite * design_effect
    if population is not None:
        designed = min(designed, population)
    # 1e-9: a whole number must not be rounded up because of its last binary digit
    return SampleSize(q, half, simple, finite, designed, int(np.ceil(designed / response - 1e-9)))


def half_width(
    expected: float,
    count: float,
    *,
    level: float = 0.95,
    design_effect: float = 1.0,
    population: float | None = None,
    degrees: float | None = None,
) -> float:
    """The absolute precision that ``count`` elements promise: ``sample_size`` turned round."""
    _within("expected", expected, 0, 1)
    if count <= 0:
        raise SmallNumbersError("样本量应大于 0", column="count")
    q = z_value(level) if degrees is None else float(stdtrit(degrees, tails(level)[1]))
    effective = count / design_effect
    if population is not None:
        if effective >= population:
            return 0.0
        # finite = n0 / (1 + (n0-1)/N) solved for n0
        effective = effective * (1 - 1 / population) / (1 - effective / population)
    return float(q * np.sqrt(expected * (1 - expected) / effective))


def allocate(
    total: int, sizes: ArrayLike, *, least: int = 2, most: Sequence[int] | None = None
) -> Integers:
    """Share ``total`` clusters over strata in proportion to ``sizes``, largest remainders first.

    Every stratum gets ``least`` (two are needed to see the variation within it), but never more
    than ``most``. Raises InvalidOptionError when ``total`` is less than that asks for.
    """
    weights = checked_counts(sizes, "size")
    limits = np.asarray(most if most is not None else [total] * weights.size, dtype=np.int64)
    given = np.minimum(least, limits)
    if total < given.sum():
        raise InvalidOptionError(
            f"抽取总数 {total} 少于各层至少抽取数之和 {int(given.sum())}", column="total"
        )
    total = min(total, int(limits.sum()))
    share = weights / weights.sum() if weights.sum() > 0 else np.full(weights.size, 1.0)
    while given.sum() < total:
        # the stratum that is furthest behind its share, among those with clusters left
        behind = np.where(given < limits, share * total - given, -np.inf)
        given[int(np.argmax(behind))] += 1
    return given


def inclusion_probabilities(sizes: ArrayLike, count: int) -> Floats:
    """Probabilities proportional to size that sum to ``count``; 1 for certainty units.

    A unit of a size above total/count is taken with certainty, the rest is shared anew until none
    is above. Source: Sarndal C-E, Swensson B, Wretman J. Model Assisted Survey Sampling 1992, 3.6.
    Raises InvalidOptionError when fewer than ``count`` units have a size.
    """
    weights = checked_counts(sizes, "size")
    if not 0 < count <= int((weights > 0).sum()):
        raise InvalidOptionError(
            f"要抽 {count} 个单位，有规模的单位只有 {int((weights > 0).sum())} 个", column="count"
        )
    certain = np.zeros(weights.size, dtype=bool)
    while True:
        rest = count - int(certain.sum())
        open_total = weights[~certain].sum()
        chance = np.where(certain, 1.0, 0.0)
        if rest and open_total > 0:
            chance = np.where(certain, 1.0, rest * weights / open_total)
        over = ~certain & (chance >= 1 - 1e-12)
        if not over.any():
            return chance
        certain |= over


def systematic_pps(chances: ArrayLike, generator: np.random.Generator) -> Integers:
    """Positions drawn systematically with these inclusion probabilities, in their order.

    One random start in [0, 1) and a step of 1 along the summed probabilities: as many units as the
    probabilities sum to, certainty units always among them. Source: Madow WG. Ann Math Statist
    1949;20:333-54. Raises InvalidValueError where the probabilities do not sum to a whole number.
    """
    chance = checked_counts(chances, "chance")
    if (chance > 1 + 1e-9).any() or abs(chance.sum() - round(chance.sum())) > 1e-6:
        raise InvalidValueError("入样概率应不大于 1 且合计为整数", column="chance")
    certain = chance >= 1 - 1e-9
    wanted = round(float(chance[~certain].sum()))
    drawn = np.flatnonzero(certain)
    if wanted:
        place = np.flatnonzero(~certain & (chance > 0))
        upper = np.cumsum(chance[place])
        upper *= wanted / upper[-1]
        ticks = generator.random() + np.arange(wanted)
        hits = np.minimum(np.searchsorted(upper, ticks, side="right"), place.size - 1)
        drawn = np.concatenate([drawn, place[hits]])
    return np.sort(drawn).astype(np.int64)


def systematic_serials(total: int, count: int, generator: np.random.Generator) -> Integers:
    """``count`` serial numbers of 1..``total`` at a fractional interval; all of them if too few."""
    if total < 0 or count < 0:
        raise InvalidOptionError("总数和抽取数不能为负", column="total")
    if count >= total:
        return np.arange(1, total + 1, dtype=np.int64)
    step = total / count if count else 0.0
    places = np.floor(generator.random() * step + step * np.arange(count))
    return np.asarray(places, dtype=np.int64) + 1


def _within(name: str, value: float, low: float, high: float, *, closed: bool = False) -> None:
    if not low < value < high and not (closed and value == high):
        raise InvalidOptionError(f"应在 {low:g} 与 {high:g} 之间，现为 {value:g}", column=name)
