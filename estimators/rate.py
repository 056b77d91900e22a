"""Rates, proportions, ratios and SMR added to a frame, one row in, one row out.

The numeric kernels are in ``interval.py`` and raise on a zero denominator; these frame versions are
for tables with thousands of strata, where such a row gets a null value and null limits instead.
A null, NaN or negative count still raises: a count is either known or the row does not belong.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

import numpy as np
import polars as pl

from .errors import CountExceedsTotalError, InvalidOptionError, MissingColumnError
from .interval import (
    Flags,
    Floats,
    checked_counts,
    clopper_pearson,
    poisson_byar,
    poisson_exact,
    ratio_interval,
    wilson,
)

COUNT_METHODS = {"exact": poisson_exact, "byar": poisson_byar}
PROPORTION_METHODS = {"wilson": wilson, "exact": clopper_pearson}
Limits = Callable[[Floats, Floats], tuple[Floats, Floats]]
Choice = TypeVar("Choice")


def choose(options: Mapping[str, Choice], name: str, option: str = "method") -> Choice:
    """The entry an option names; an unknown name raises and lists the known ones."""
    if name not in options:
        known = "、".join(options)
        raise InvalidOptionError(f"{option} 不认识 {name}，可选：{known}", column=option)
    return options[name]


def require(frame: pl.DataFrame, *columns: str) -> None:
    """Raise MissingColumnError naming the first absent column."""
    for column in columns:
        if column not in frame.columns:
            raise MissingColumnError(f"缺少列 {column}", column=column)


def _denominator(frame: pl.DataFrame, column: str) -> tuple[Floats, Flags]:
    """Denominators with 1 where unusable, and a mask of the usable ones (known and above 0)."""
    values = frame[column].cast(pl.Float64).fill_null(0.0).fill_nan(0.0).to_numpy()
    checked_counts(values, column)
    usable = values > 0
    return np.where(usable, values, 1.0), usable


def _with_limits(
    frame: pl.DataFrame, value: Floats, low: Floats, high: Floats, usable: Flags
) -> pl.DataFrame:
    known = pl.Series(usable)
    columns = {"value": value, "ci_low": low, "ci_high": high}
    return frame.with_columns(
        pl.when(known).then(pl.Series(numbers)).otherwise(None).alias(name)
        for name, numbers in columns.items()
    )


def rate(
    frame: pl.DataFrame,
    *,
    per: float = 1000,
    method: str = "exact",
    level: float = 0.95,
    count: str = "count",
    population: str = "population",
) -> pl.DataFrame:
    """Add value, ci_low, ci_high: ``count / population * per`` with Poisson limits.

    ``method`` is exact (Garwood) or byar. Population zero or missing, or so small that the rate is
    beyond what a float holds: nulls. Count 0: value 0 with the exact upper limit. Raises
    InvalidValueError, NegativeCountError, InvalidOptionError.
    """
    require(frame, count, population)
    limits = choose(COUNT_METHODS, method)
    counts = checked_counts(frame[count].cast(pl.Float64).to_numpy(), count)
    people, usable = _denominator(frame, population)
    low, high = limits(counts, level)
    with np.errstate(over="ignore"):  # of so few people that the rate is no number
        value, low, high = (part * (per / people) for part in (counts, low, high))
    return _with_limits(frame, value, low, high, usable & np.isfinite(high))


def proportion(
    frame: pl.DataFrame,
    *,
    method: str = "wilson",
    level: float = 0.95,
    count: str = "count",
    total: str = "total",
) -> pl.DataFrame:
    """Add value, ci_low, ci_high (0-1): ``count / total`` with Wilson or exact binomial limits.

    Total zero or missing: nulls. Raises as ``rate`` and CountExceedsTotalError.
    """
    require(frame, count, total)
    limits = choose(PROPORTION_METHODS, method)
    counts = checked_counts(frame[count].cast(pl.Float64).to_numpy(), count)
    totals, usable = _denominator(frame, total)
    above = np.flatnonzero(usable & (counts > totals))
    if above.size:
        row = int(above[0])
        raise CountExceedsTotalError(f"第 {row + 1} 行分子大于分母", column=count, row=row)
    inside = np.where(usable, counts, 0.0)
    low, high = limits(inside, totals, level)
    return _with_limits(frame, inside / totals, low, high, usable)


def ratio(
    frame: pl.DataFrame,
    *,
    count_a: str = "count_a",
    count_b: str = "count_b",
    level: float = 0.95,
) -> pl.DataFrame:
    """Add value, ci_low, ci_high: ``count_a / count_b`` (M/I) with conditional Poisson limits.

    count_b zero or missing: nulls.
    """
    require(frame, count_a, count_b)
    first = checked_counts(frame[count_a].cast(pl.Float64).to_numpy(), count_a)
    second, usable = _denominator(frame, count_b)
    low, high = ratio_interval(first, second, level)
    return _with_limits(frame, first / second, low, high, usable)


def smr(
    frame: pl.DataFrame,
    *,
    observed: str = "observed",
    expected: str = "expected",
    per: float = 1.0,
    method: str = "exact",
    level: float = 0.95,
) -> pl.DataFrame:
    """Add value, ci_low, ci_high: indirectly standardised ratio observed/expected x ``per``.

    Expected events (standard rates x own population) are taken as known. Expected zero or missing:
    nulls. Source: Breslow & Day, Statistical Methods in Cancer Research II, IARC 1987, 2.3.
    """
    require(frame, observed, expected)
    return rate(frame, per=per, method=method, level=level, count=observed, population=expected)


def expected_events(
    frame: pl.DataFrame,
    by: list[str],
    *,
    population: str = "population",
    rate: str = "rate",
) -> pl.DataFrame:
    """Expected events by group: sum of population x reference rate (per person) over strata.

    Used for SMR and for deaths expected from national rates. A null or negative stratum raises.
    """
    require(frame, *by, population, rate)
    for column in (population, rate):
        checked_counts(frame[column].cast(pl.Float64).to_numpy(), column)
    total = (pl.col(population) * pl.col(rate)).sum().alias("expected")
    return frame.group_by(by, maintain_order=True).agg(total) if by else frame.select(total)
