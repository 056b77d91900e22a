"""Has a share moved? This period's part of a total against that of earlier periods.

Quasi-binomial test of two proportions: the variance of the binomial times the dispersion that the
earlier periods show among themselves, never less than 1 (McCullagh P, Nelder JA. Generalized
Linear Models (1989), 4.5). Many shares are tested at once: the false discovery rate is held by
Benjamini Y, Hochberg Y. J R Stat Soc B 1995;57:289-300.
"""

from __future__ import annotations

import numpy as np
import polars as pl
from scipy.special import ndtr

from .interval import Floats, checked_counts, z_value
from .rate import require

LEAST_EXPECTED = 5.0


def dispersion(history: pl.DataFrame, by: list[str]) -> pl.DataFrame:
    """Spread of earlier shares above chance: ``by`` + dispersion (at least 1), dispersion_df.

    ``history``: ``by``, series, part, total; one row a series and earlier period. Pearson's
    chi-square of each series around its own mean share, summed over the series of a group; series
    whose smallest expectation is below 5 do not speak. A group with one period has 1 and df 0.
    """
    require(history, *by, "series", "part", "total")
    for name in ("part", "total"):
        checked_counts(history[name].to_numpy(), name)
    within = [*by, "series"]
    mean = pl.col("part").sum().over(within) / pl.col("total").sum().over(within)
    fitted = history.filter(pl.col("total") > 0).with_columns(mean=mean)
    expected = pl.col("total") * pl.col("mean")
    other = pl.col("total") - expected
    least = pl.min_horizontal(expected, other).min().over(within)
    told = fitted.with_columns(
        chi=(pl.col("part") - expected) ** 2 / (expected * (1 - pl.col("mean"))),
        is_used=least >= LEAST_EXPECTED,
    ).filter("is_used")
    spread = told.group_by(by, maintain_order=True).agg(
        chi=pl.col("chi").sum(),
        dispersion_df=(pl.len().cast(pl.Int64) - pl.col("series").n_unique().cast(pl.Int64)),
    )
    one = pl.when(pl.col("dispersion_df") > 0).then(pl.col("chi") / pl.col("dispersion_df"))
    return (
        history.select(by)
        .unique(maintain_order=True)
        .join(spread, on=by, how="left", maintain_order="left")
        .select(
            *by,
            dispersion=pl.max_horizontal(one.fill_null(1.0).fill_nan(1.0), pl.lit(1.0)),
            dispersion_df=pl.col("dispersion_df").fill_null(0),
        )
    )


def shift(frame: pl.DataFrame) -> pl.DataFrame:
    """Add share, earlier_share, difference with limits (of 1), expected and p_value.

    ``frame``: part, total, earlier_part, earlier_total, dispersion. Fewer than 5 expected in the
    part or beside it, or no earlier total, give a null p_value; the shares are still there.
    """
    require(frame, "part", "total", "earlier_part", "earlier_total", "dispersion")
    # Totals of 0 are no error here: such a row has no share, and no test.
    names = ("part", "total", "earlier_part", "earlier_total")
    part, total, earlier, base = (checked_counts(frame[name].to_numpy(), name) for name in names)
    spread = frame["dispersion"].cast(pl.Float64).to_numpy()
    with np.errstate(divide="ignore", invalid="ignore"):
        now, before = part / total, earlier / base
        pooled = (part + earlier) / (total + base)
        expected = np.minimum(total * before, total * (1 - before))
        error = np.sqrt(spread * pooled * (1 - pooled) * (1 / total + 1 / base))
        p_value = 2 * ndtr(-np.abs((now - before) / error))
        own = now * (1 - now) / total + before * (1 - before) / base
        half = z_value(0.95) * np.sqrt(spread * own)
    tested = (expected >= LEAST_EXPECTED) & np.isfinite(p_value)
    values: dict[str, Floats] = {
        "share": now, "earlier_share": before, "difference": now - before,
        "difference_low": now - before - half, "difference_high": now - before + half,
        "expected": total * before, "p_value": np.where(tested, p_value, np.nan),
    }  # fmt: skip
    return frame.with_columns(
        pl.Series(name, value) for name, value in values.items()
    ).with_columns(pl.col(*values).fill_nan(None))


def false_discovery(p_values: Floats) -> Floats:
    """Benjamini-Hochberg q-values of p-values (n,), none of them missing."""
    size = len(p_values)
    order = np.argsort(p_values, kind="stable")
    stepped = p_values[order] * size / np.arange(1, size + 1)
    adjusted = np.minimum.accumulate(stepped[::-1])[::-1]
    found = np.empty(size)
    found[order] = np.minimum(adjusted, 1.0)
    return found
