"""Profile-likelihood intervals of a population size under log-linear models.

Source: Cormack RM. Biometrics 1992;48:567-76: for each N the unseen cell is set to N - n, the model
is refitted to all 2^k cells, and the multinomial likelihood is profiled (as R's Rcapture does).
"""

from __future__ import annotations

import numpy as np
from scipy.special import gammaln, xlogy

from .interval import Flags, Floats, z_value
from .loglinear import design, poisson_fit

REFINEMENTS = 45


class Profile:
    """The profile log-likelihood of N for a set of models fitted to one table."""

    def __init__(self, counts: Floats, mask: Flags, lists: int) -> None:
        """``counts``: observed cells; ``mask``: models x design columns."""
        self.matrix = design(lists)[0]
        self.counts = counts
        self.mask = mask
        self.seen = float(counts.sum())
        self.start: Floats | None = None

    def value(self, population: Floats) -> Floats:
        """Multinomial log-likelihood (up to a constant) at one N per model."""
        unseen = np.maximum(population - self.seen, 0.0)
        cells = np.column_stack(
            [np.broadcast_to(self.counts, (len(unseen), len(self.counts))), unseen]
        )
        beta, _, _ = poisson_fit(self.matrix, cells, self.mask, self.start)
        self.start = beta
        share = np.exp(np.clip(beta @ self.matrix.T, -30, 30))
        share /= share.sum(axis=1, keepdims=True)
        likelihood: Floats = (
            gammaln(population + 1) - gammaln(unseen + 1) + xlogy(cells, share).sum(axis=1)
        )
        return likelihood


def profile_interval(
    counts: Floats, mask: Flags, lists: int, unseen: Floats, level: float = 0.95
) -> tuple[Floats, Floats, Floats]:
    """Maximum, lower and upper limit of N, one entry a model.

    ``unseen`` are the Poisson estimates, used as the starting scale. The likelihood is unimodal in
    N; the limits are where it falls by z^2/2. An upper limit beyond 1e6 times the scale is +inf.
    """
    profile = Profile(counts, mask, lists)
    seen = profile.seen
    scale = np.maximum(unseen, 1.0)
    low, high = np.zeros_like(scale), 4 * scale
    golden = (np.sqrt(5) - 1) / 2
    for _ in range(REFINEMENTS):
        left, right = high - golden * (high - low), low + golden * (high - low)
        rising = profile.value(seen + left) < profile.value(seen + right)
        low, high = np.where(rising, left, low), np.where(rising, high, right)
    best = (low + high) / 2
    target = profile.value(seen + best) - z_value(level) ** 2 / 2

    def crossing(inside: Floats, outside: Floats) -> Floats:
        for _ in range(REFINEMENTS):
            middle = (inside + outside) / 2
            above = profile.value(seen + middle) > target
            inside, outside = np.where(above, middle, inside), np.where(above, outside, middle)
        return (inside + outside) / 2

    nothing = np.zeros_like(best)
    lower = np.where(profile.value(seen + nothing) > target, 0.0, crossing(best, nothing))
    beyond = best + 2 * scale
    open_ended = profile.value(seen + beyond) > target
    while open_ended.any() and (beyond[open_ended] < 1e6 * scale[open_ended]).any():
        beyond = np.where(open_ended, beyond * 2, beyond)
        open_ended = profile.value(seen + beyond) > target
    upper = np.where(open_ended, np.inf, crossing(best, beyond))
    return seen + best, seen + lower, seen + upper
