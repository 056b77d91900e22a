"""Log-linear Poisson regression of a rate on year, in straight lines joined at whole years.

Source: Kim HJ, Fay MP, Feuer EJ, Midthune DN. Stat Med 2000;19:335-51 (joinpoints on a grid).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations, pairwise

import numpy as np
from scipy.special import gammaln, xlogy

from .errors import SmallNumbersError
from .interval import Floats

EDGE = 2  # observed years before the first and after the last joinpoint, and between two


@dataclass(frozen=True)
class Fit:
    """A joined log-linear fit; ``slopes`` per year by segment, ``covariance`` of the slopes."""

    joinpoints: tuple[int, ...]
    slopes: Floats
    covariance: Floats
    log_likelihood: float
    fitted: Floats
    dispersion: float


def joined(year: Floats, joinpoints: tuple[int, ...]) -> Floats:
    """Design: 1, year since the start, and (year - joinpoint)+ for each joinpoint."""
    hinges = [np.maximum(year - joint, 0.0) for joint in joinpoints]
    return np.column_stack([np.ones(len(year)), year - year[0], *hinges])


def fit(year: Floats, count: Floats, population: Floats, joinpoints: tuple[int, ...] = ()) -> Fit:
    """Poisson fit with given joinpoints; covariance widened by Pearson dispersion above 1."""
    design = joined(year, joinpoints)
    offset = np.log(population)
    beta = np.zeros(design.shape[1])
    beta[0] = np.log(count.sum() / population.sum())
    information = np.eye(len(beta))
    for _ in range(100):
        mean = np.exp(np.clip(design @ beta + offset, -30, 30))
        information = design.T @ (design * mean[:, None])
        step = np.linalg.solve(information + 1e-12 * np.eye(len(beta)), design.T @ (count - mean))
        beta += np.clip(step, -1, 1)
        if np.abs(step).max() < 1e-11:
            break
    mean = np.exp(design @ beta + offset)
    free = len(year) - len(beta)
    pearson = float(((count - mean) ** 2 / mean).sum())
    dispersion = max(pearson / free, 1.0) if free > 0 else 1.0
    cumulate = np.tril(np.ones((len(beta) - 1, len(beta) - 1)))  # hinges add up to slopes
    covariance = np.linalg.inv(information)[1:, 1:] * dispersion
    likelihood = float((xlogy(count, mean) - mean - gammaln(count + 1)).sum())
    return Fit(
        joinpoints,
        cumulate @ beta[1:],
        cumulate @ covariance @ cumulate.T,
        likelihood,
        mean,
        dispersion,
    )


def candidates(year: Floats, number: int) -> list[tuple[int, ...]]:
    """Sets of whole-year joinpoints with 2 observed years outside and between them."""
    inner = [int(y) for y in year[EDGE:-EDGE]]
    position = {int(y): i for i, y in enumerate(year)}
    return [
        joints
        for joints in combinations(inner, number)
        if all(position[b] - position[a] > EDGE for a, b in pairwise(joints))
    ]


def best_fit(year: Floats, count: Floats, population: Floats, number: int) -> Fit:
    """The most likely fit with ``number`` joinpoints."""
    fits = [fit(year, count, population, joints) for joints in candidates(year, number)]
    if not fits:
        raise SmallNumbersError(f"年份太少，放不下 {number} 个转折点", column="year")
    return max(fits, key=lambda one: one.log_likelihood)
