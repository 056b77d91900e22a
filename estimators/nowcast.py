"""Events not yet reported: chain ladder over reporting delays, with Mack's interval.

Source: Mack T. ASTIN Bulletin 1993;23:213-25 (distribution-free standard error).
"""

from __future__ import annotations

import numpy as np
import polars as pl

from .errors import InvalidValueError, SmallNumbersError, ZeroDenominatorError
from .interval import Floats, checked_counts, z_value
from .rate import require


def triangle(frame: pl.DataFrame) -> tuple[list[int], Floats]:
    """Periods and the cumulative reporting triangle; cells not yet due are NaN.

    ``frame``: period (consecutive integers, e.g. months since a start), delay (0, 1 ...) and count
    newly reported at that delay. Absent due cells are zero; counts after the diagonal raise.
    """
    require(frame, "period", "delay", "count")
    counts = checked_counts(frame["count"].cast(pl.Float64).to_numpy())
    period, delay = (frame[name].cast(pl.Int64).to_numpy() for name in ("period", "delay"))
    if frame.height == 0 or (delay < 0).any():
        raise InvalidValueError("报告延迟不能为负，且不能没有数据", column="delay")
    first, last = int(period.min()), int(period.max())
    size = last - first + 1
    if size < 3:
        raise SmallNumbersError(f"只有 {size} 个时期，至少需要 3 个", column="period")
    late = np.flatnonzero(period + delay > last)
    if late.size:
        row = int(late[0])
        raise InvalidValueError(
            f"第 {row + 1} 行的报告时间晚于最后一个时期", column="delay", row=row
        )
    new = np.zeros((size, size))
    np.add.at(new, (period - first, delay), counts)
    cumulative = np.cumsum(new, axis=1)
    due = np.add.outer(np.arange(size), np.arange(size)) < size
    return list(range(first, last + 1)), np.where(due, cumulative, np.nan)


def chain_ladder(cumulative: Floats) -> tuple[Floats, Floats, float]:
    """Ultimate counts, Mack's standard error of each, and of their sum.

    ``cumulative``: square triangle, rows periods, columns delays, NaN below the diagonal. A delay
    step with nothing reported before it raises ZeroDenominatorError.
    """
    size = len(cumulative)
    factors, sigma2 = np.ones(size - 1), np.zeros(size - 1)
    for step in range(size - 1):
        before, after = cumulative[: size - 1 - step, step], cumulative[: size - 1 - step, step + 1]
        if before.sum() == 0:
            raise ZeroDenominatorError(f"延迟 {step} 之前没有任何报告，不能外推", column="count")
        factors[step] = after.sum() / before.sum()
        if step < size - 2:
            ratio = np.where(before > 0, after / np.where(before > 0, before, 1.0), factors[step])
            sigma2[step] = (before * (ratio - factors[step]) ** 2).sum() / (size - step - 2)
    if size > 3 and sigma2[-3] > 0:
        sigma2[-1] = min(sigma2[-2] ** 2 / sigma2[-3], sigma2[-3], sigma2[-2])
    else:
        sigma2[-1] = sigma2[-2]
    full = cumulative.copy()
    for step in range(size - 1):
        unknown = np.isnan(full[:, step + 1])
        full[unknown, step + 1] = full[unknown, step] * factors[step]
    sums = np.array([cumulative[: size - 1 - step, step].sum() for step in range(size - 1)])
    share = sigma2 / factors**2
    variance, covariance = np.zeros(size), 0.0
    for row in range(1, size):
        steps = np.arange(size - 1 - row, size - 1)
        known = np.where(full[row, steps] > 0, full[row, steps], np.inf)
        ultimate = full[row, -1]
        variance[row] = ultimate**2 * (share[steps] * (1 / known + 1 / sums[steps])).sum()
        covariance += ultimate * full[row + 1 :, -1].sum() * (2 * share[steps] / sums[steps]).sum()
    return full[:, -1], np.sqrt(variance), float(np.sqrt(variance.sum() + covariance))


def nowcast(frame: pl.DataFrame, level: float = 0.95) -> pl.DataFrame:
    """Expected final counts: period (null: all periods), reported, expected, se, ci_low, ci_high.

    Log-normal limits of the not yet reported part, so never below what is already reported. The
    variance is Mack's, but at least Poisson: a count not yet reported varies at least that much.
    Input as for ``triangle``; the oldest period is taken as complete.
    """
    periods, cumulative = triangle(frame)
    ultimate, se, total_se = chain_ladder(cumulative)
    size = len(periods)
    reported = cumulative[np.arange(size), size - 1 - np.arange(size)]
    unreported = np.maximum(ultimate - reported, 0.0)
    se = np.maximum(se, np.sqrt(unreported))
    total_se = max(total_se, float(np.sqrt(unreported.sum())))
    values = [*zip(periods, reported, ultimate, se, strict=True)]
    rows: list[tuple[int | None, float, float, float, float, float]] = []
    for period, seen, final, error in [
        *values,
        (None, reported.sum(), ultimate.sum(), total_se),
    ]:
        missing = final - seen
        spread = (
            float(np.exp(z_value(level) * np.sqrt(np.log1p((error / missing) ** 2))))
            if missing > 0
            else 1.0
        )
        limits = (float(seen + missing / spread), float(seen + missing * spread))
        rows.append((period, float(seen), float(final), float(error), *limits))
    names = ("reported", "expected", "se", "ci_low", "ci_high")
    schema = {"period": pl.Int64, **dict.fromkeys(names, pl.Float64)}
    return pl.DataFrame(rows, schema=schema, orient="row")
