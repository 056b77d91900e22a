"""The survival curve of one group by day: numpy arrays in, numpy arrays out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .expected_hazard import HazardTable, walk
from .interval import Flags, Floats, Integers
from .risk_set import at_risk, daily_sums


@dataclass(frozen=True)
class Cohort:
    """Arrays of one entry a patient; times in whole days since diagnosis, age in days."""

    sex: Integers
    age: Floats
    diagnosis: Floats
    entry: Floats
    leave: Floats
    dead: Flags

    def take(self, members: Integers) -> Cohort:
        """The same cohort restricted to some positions."""
        return Cohort(*(getattr(self, name)[members] for name in self.__dataclass_fields__))


@dataclass(frozen=True)
class Curve:
    """Survival by day, index t = 0 ... horizon.

    ``log_error`` is the standard error of log survival, ``at_risk`` the number just before t.
    """

    survival: Floats
    log_error: Floats
    at_risk: Floats


def by_day(days: Floats, length: int, weights: Floats | None = None) -> Floats:
    """Sum of ``weights`` (or count) of exits on day d+1, index d."""
    index = days.astype(np.int64) - 1
    return np.bincount(index, weights=weights, minlength=length)[:length].astype(np.float64)


def curve(
    cohort: Cohort,
    rows: Integers,
    table: HazardTable | None,
    method: str,
    times: Integers,
    closing: float,
) -> Curve:
    """Estimate up to the last of ``times`` (days). ``rows``: each patient's sex row of ``table``.

    The product integral steps every day for Pohar Perme, at every exit and requested time for the
    others; between steps the expected hazard is integrated by mid-day values.
    """
    horizon = int(min(cohort.leave.max(initial=0), times.max()))
    stop = np.minimum(cohort.leave, horizon)
    died = cohort.dead & (cohort.leave <= horizon) & (cohort.leave > cohort.entry)
    risk = at_risk(cohort.entry, cohort.leave, horizon)
    safe = np.where(risk > 0, risk, 1.0)
    deaths = by_day(cohort.leave[died], horizon)
    event, variance = deaths / safe, deaths / safe**2
    expected = np.zeros(horizon)
    if method == "observed" or table is None:
        alive = np.where(risk > deaths, risk - deaths, np.inf)
        variance = deaths / (safe * alive)
    elif method == "hakulinen":
        potential = np.where(cohort.dead, closing - cohort.diagnosis, cohort.leave)
        until = np.minimum(potential, horizon)
        stays = walk(table, rows, cohort.age, cohort.diagnosis, until)
        sums = daily_sums(table, stays, cohort.entry, horizon, power=-1)
        expected = _divide(sums.weighted_hazard, sums.weight)
    else:
        stays = walk(table, rows, cohort.age, cohort.diagnosis, stop)
        power = 1 if method == "pohar-perme" else 0
        sums = daily_sums(table, stays, cohort.entry, horizon, power=power)
        expected = _divide(sums.weighted_hazard, np.where(risk > 0, sums.weight, 0.0))
        if power:
            weight = np.exp(stays.cumulative[died])
            event = _divide(by_day(cohort.leave[died], horizon, weight), sums.weight_end)
            variance = _divide(by_day(cohort.leave[died], horizon, weight**2), sums.weight_end**2)
    if method == "hakulinen":
        survival = np.cumprod(1 - event) * np.exp(np.cumsum(expected))
    else:
        # each method steps where rs.surv does at its finest, so the two agree to print
        daily = np.arange(1.0, horizon + 1)
        steps = daily if method == "pohar-perme" else np.concatenate([cohort.leave, times])
        survival = _product_integral(event, expected, steps)
    log_error = np.sqrt(np.cumsum(variance))
    return Curve(np.append(1.0, survival), np.append(0.0, log_error), np.append(risk[:1], risk))


def _divide(numerator: Floats, denominator: Floats) -> Floats:
    return np.where(denominator > 0, numerator / np.where(denominator > 0, denominator, 1.0), 0.0)


def _product_integral(event: Floats, expected: Floats, ends: Floats) -> Floats:
    """prod(1 - d) over steps, where a step's expected hazard is that since the step before."""
    horizon = len(event)
    steps = np.zeros(horizon, dtype=bool)
    steps[ends[(ends > 0) & (ends <= horizon)].astype(np.int64) - 1] = True
    total = np.cumsum(expected)[steps]
    jumps = 1 - (event[steps] - np.diff(total, prepend=0.0))
    survival: Floats = np.append(1.0, np.cumprod(jumps))[np.cumsum(steps)]
    return survival
