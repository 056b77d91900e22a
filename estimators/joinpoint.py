"""How many joinpoints: least BIC, or the sequential permutation test.

Sources: Kim HJ et al. Stat Med 2000;19:335-51 (permutation: log rates, weighted by the counts, are
fitted by least squares and residuals of the simpler model are permuted); Kim HJ, Yu B, Feuer EJ.
Stat Sin 2009;19:597-609 (BIC).
"""

from __future__ import annotations

import numpy as np

from .errors import SmallNumbersError
from .interval import Floats
from .piecewise import Fit, best_fit, candidates, joined

MOST_JOINPOINTS = ((7, 0), (12, 1), (17, 2), (22, 3), (10**6, 4))  # years of data below -> most


def most_joinpoints(years: int) -> int:
    """Largest number of joinpoints to consider for so many years of data."""
    return next(most for below, most in MOST_JOINPOINTS if years < below)


def choose_by_bic(year: Floats, count: Floats, population: Floats, most: int) -> Fit:
    """The number of joinpoints with the least BIC; each joinpoint costs two parameters."""
    fits = [best_fit(year, count, population, number) for number in range(most + 1)]
    penalty = np.log(len(year))
    return min(fits, key=lambda f: penalty * (2 + 2 * len(f.joinpoints)) - 2 * f.log_likelihood)


def residual_makers(year: Floats, weight: Floats, number: int) -> Floats:
    """Stack of matrices M with |M z|^2 the weighted residual sum for each set of joinpoints."""
    root = np.sqrt(weight)
    makers = []
    for joints in candidates(year, number):
        basis, _ = np.linalg.qr(joined(year, joints) * root[:, None])
        makers.append(np.eye(len(year)) - basis @ basis.T)
    if not makers:
        raise SmallNumbersError(f"年份太少，放不下 {number} 个转折点", column="year")
    return np.array(makers)


def least_residuals(makers: Floats, scaled: Floats) -> Floats:
    """Least residual sum of squares over joinpoint sets, for each row of ``scaled``."""
    best = np.full(len(scaled), np.inf)
    for maker in makers:
        best = np.minimum(best, ((scaled @ maker) ** 2).sum(axis=1))
    return best


def permutation_p_value(
    year: Floats,
    log_rate: Floats,
    weight: Floats,
    null: int,
    alternative: int,
    *,
    permutations: int,
    generator: np.random.Generator,
) -> float:
    """P value of ``null`` against ``alternative`` joinpoints (the observed order counts once)."""
    root = np.sqrt(weight)
    scaled = root * log_rate
    simple, richer = (residual_makers(year, weight, k) for k in (null, alternative))
    sums = np.array([((maker @ scaled) ** 2).sum() for maker in simple])
    residual = simple[int(sums.argmin())] @ scaled
    fitted = scaled - residual
    orders = np.array([generator.permutation(len(year)) for _ in range(permutations)])
    samples = np.vstack([scaled, fitted + residual[orders]])
    ratio = least_residuals(simple, samples) / np.maximum(least_residuals(richer, samples), 1e-300)
    return float((ratio >= ratio[0] * (1 - 1e-12)).mean())


def choose_by_permutation(
    year: Floats,
    count: Floats,
    population: Floats,
    most: int,
    *,
    alpha: float = 0.05,
    permutations: int = 999,
    seed: int = 0,
) -> int:
    """Number of joinpoints (0 ... ``most``) by testing fewest against most, closing in one by one.

    Each test uses ``alpha`` / ``most``. Years without events raise: their log rate is infinite.
    """
    if (count == 0).any():
        row = int(np.flatnonzero(count == 0)[0])
        raise SmallNumbersError(
            f"{year[row]:.0f} 年事件数为 0，置换检验不能取对数，请改用 BIC", column="count", row=row
        )
    generator = np.random.default_rng(seed)
    log_rate = np.log(count / population)
    fewest, largest = 0, most
    while fewest < largest:
        p = permutation_p_value(
            year,
            log_rate,
            count,
            fewest,
            largest,
            permutations=permutations,
            generator=generator,
        )
        if p < alpha / most:
            fewest += 1
        else:
            largest -= 1
    return fewest
