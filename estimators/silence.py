"""How surprising is a silence (or a flood): expected counts and their tail probabilities.

Poisson where the history varies no more than chance, negative binomial (variance m + m^2/k) where
it varies more. Source: Anscombe FJ. Biometrika 1950;37:358-82 (moment estimate of k).
"""

from __future__ import annotations

import numpy as np
import polars as pl
from scipy.special import betainc, gammaincc

from .errors import SmallNumbersError
from .interval import Floats, checked_counts
from .rate import require

FEWEST_PERIODS = 3


def expectation(
    frame: pl.DataFrame, by: list[str], *, minimum_periods: int = FEWEST_PERIODS
) -> pl.DataFrame:
    """Mean and dispersion of past counts: ``by`` + periods, expected (per period), size.

    ``frame``: one row a group and past period with count (zeros included). ``size`` is the negative
    binomial k, null for Poisson. Groups with fewer periods than ``minimum_periods`` are null.
    """
    require(frame, *by, "count")
    checked_counts(frame["count"].cast(pl.Float64).to_numpy())
    mean, variance = pl.col("expected"), pl.col("variance")
    enough = pl.col("periods") >= minimum_periods
    return (
        frame.group_by(by, maintain_order=True)
        .agg(
            pl.len().alias("periods"),
            pl.col("count").mean().alias("expected"),
            pl.col("count").var().alias("variance"),
        )
        .with_columns(pl.when(variance > mean).then(mean**2 / (variance - mean)).alias("size"))
        .with_columns(pl.when(enough).then(pl.col("expected", "size")))
        .drop("variance")
    )


def probability_at_most(observed: Floats, expected: Floats, size: Floats) -> Floats:
    """P(X <= observed); ``size`` NaN means Poisson. Expected 0 gives 1 (documented)."""
    counts = np.floor(checked_counts(observed, "observed"))
    means = checked_counts(expected, "expected")
    positive = np.where(means > 0, means, 1.0)
    poisson = gammaincc(counts + 1, positive)
    k = np.where(np.isfinite(size), size, 1.0)
    negative_binomial = betainc(k, counts + 1, k / (k + positive))
    chosen = np.where(np.isfinite(size), negative_binomial, poisson)
    return np.where(means > 0, chosen, 1.0)


def surprise(frame: pl.DataFrame) -> pl.DataFrame:
    """Add probability_low P(X <= observed) and probability_high P(X >= observed).

    ``frame``: observed, expected (for the same span of time) and optionally size. Rows with null
    expected give nulls. An institution expected 8 reports and sending none has P = 0.0003.
    """
    require(frame, "observed", "expected")
    if frame.height == 0:
        raise SmallNumbersError("没有可判断的行", column="observed")
    expected = frame["expected"].cast(pl.Float64)
    known = expected.is_not_null()
    means = expected.fill_null(0.0).to_numpy()
    size = (
        frame["size"].cast(pl.Float64).to_numpy()
        if "size" in frame.columns
        else np.full(frame.height, np.nan)
    )
    observed = frame["observed"].cast(pl.Float64).to_numpy()
    low = probability_at_most(observed, means, size)
    below = probability_at_most(np.maximum(observed - 1, 0), means, size)
    high = np.where(observed > 0, 1 - below, 1.0)
    return frame.with_columns(
        pl.when(known).then(pl.Series(low)).alias("probability_low"),
        pl.when(known).then(pl.Series(high)).alias("probability_high"),
    )
