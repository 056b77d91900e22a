"""Funnel-plot limits for rates, proportions and ratios, with over-dispersion.

Source: Spiegelhalter DJ. Stat Med 2005;24:1185-202: target +/- normal limits of the null standard
error, winsorised z-scores, multiplicative dispersion.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from .errors import InvalidOptionError, SmallNumbersError
from .interval import Floats, checked_counts, checked_pair, z_value
from .rate import require

LEVELS = (0.95, 0.998)
WINSORISED = 0.1


def overdispersion(z_scores: Floats) -> float:
    """Winsorised dispersion factor: mean squared z after pulling in the outer 10 % on each side.

    At least 1 (no correction) and 1 when the factor is within chance, below 1 + 2 sqrt(2/units).
    Needs 3 units.
    """
    units = len(z_scores)
    if units < 3:
        raise SmallNumbersError(f"只有 {units} 个单位，不能估计过度离散", column="count")
    low, high = np.quantile(z_scores, [WINSORISED, 1 - WINSORISED])
    factor = float(np.mean(np.clip(z_scores, low, high) ** 2))
    return factor if factor > 1 + 2 * np.sqrt(2 / units) else 1.0


def funnel(frame: pl.DataFrame, *, kind: str = "proportion", adjust: bool = True) -> pl.DataFrame:
    """Add value, target, low_95, high_95, low_998, high_998, z, dispersion, outside.

    ``frame``: count and total (``proportion``: score limits around the pooled share), or count and
    expected (``ratio``: Poisson limits around the pooled observed/expected). Limits are widened by
    sqrt(dispersion) when ``adjust``; ``outside`` is 0, 95 or 99.8, signed by the side.
    Rows with zero denominator raise ZeroDenominatorError.
    """
    if kind not in ("proportion", "ratio"):
        raise InvalidOptionError(f"kind 不认识 {kind}，可选：proportion、ratio", column="kind")
    base = "total" if kind == "proportion" else "expected"
    require(frame, "count", base)
    counts, bases = (frame[name].cast(pl.Float64).to_numpy() for name in ("count", base))
    limits = funnel_limits(counts, bases, kind=kind, adjust=adjust)
    return frame.with_columns(pl.Series(name, numbers) for name, numbers in limits.items())


def funnel_limits(
    counts: Floats, bases: Floats, *, kind: str = "proportion", adjust: bool = True
) -> dict[str, Floats]:
    """The columns that ``funnel`` adds, (n,) each, of counts and totals or expectations (n,)."""
    base = "total" if kind == "proportion" else "expected"
    checked_counts(counts)
    checked_counts(bases, base)
    checked_pair(np.minimum(counts, bases) if kind == "ratio" else counts, bases)
    target = float(counts.sum() / bases.sum())
    if kind == "proportion" and target in (0.0, 1.0):
        raise SmallNumbersError("所有单位的比例都为 0 或都为 1，没有可比的变异", column="count")
    if target == 0:
        raise SmallNumbersError("所有单位的事件数都为 0", column="count")
    error = np.sqrt(target * (1 - target if kind == "proportion" else 1.0) / bases)
    value = counts / bases
    z_scores = (value - target) / error
    dispersion = overdispersion(z_scores) if adjust else 1.0
    wide = error * np.sqrt(dispersion)
    top = 1.0 if kind == "proportion" else np.inf
    outside = np.zeros(len(value))
    columns: dict[str, Floats] = {}
    for level, name, mark in zip(LEVELS, ("95", "998"), (95.0, 99.8), strict=True):
        half = z_value(level) * wide
        low, high = np.maximum(target - half, 0.0), np.minimum(target + half, top)
        outside = np.where(value > high, mark, np.where(value < low, -mark, outside))
        columns |= {f"low_{name}": low, f"high_{name}": high}
    every = np.ones(len(value))
    return {
        "value": value,
        "target": every * target,
        **columns,
        "z": z_scores / np.sqrt(dispersion),
        "dispersion": every * dispersion,
        "outside": outside,
    }
