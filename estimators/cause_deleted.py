"""Cause-deleted life tables: survival if one cause of death did not exist."""

from __future__ import annotations

import numpy as np
import polars as pl

from .errors import CountExceedsTotalError
from .interval import checked_counts
from .life_table import age_grid, life_table, matrix


def cause_deleted_life_table(
    frame: pl.DataFrame,
    by: list[str] | None = None,
    *,
    a0: float | str = 0.1,
    minimum_population: float = 5000,
) -> pl.DataFrame:
    """Life expectancy with and without one cause: ``by`` + age_start, ex, ex_deleted, gain_years.

    ``frame`` as for ``life_table`` plus cause_deaths (deaths from the deleted cause, <= deaths).
    Chiang's proportionality: p' = p^r with r = 1 - cause share of deaths in the age group; years
    lived by those dying a' = n + r (q/q')(a - n); the open interval's expectation is 1/(r m).
    Sources: Chiang CL (1968), ch. 11; Preston, Heuveline & Guillot (2001), eq. 4.6 and 4.8.
    Refused groups and an open group dying of nothing else have nulls and the reason.
    Raises CountExceedsTotalError and the errors of ``life_table``.
    """
    by = by or []
    whole = life_table(frame, by, a0=a0, minimum_population=minimum_population)
    ages, groups = age_grid(frame, by, ["deaths", "cause_deaths"])
    shape = (groups.height, len(ages))
    deaths = checked_counts(matrix(groups, "deaths", np.nan), "deaths")
    cause = checked_counts(matrix(groups, "cause_deaths", np.nan), "cause_deaths")
    if (cause > deaths).any():
        raise CountExceedsTotalError(
            "有年龄组的该死因死亡数大于全死因死亡数", column="cause_deaths"
        )
    rest = np.where(deaths > 0, 1 - cause / np.where(deaths > 0, deaths, 1.0), 1.0)

    def column(name: str) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
        return whole[name].cast(pl.Float64).to_numpy().reshape(shape)

    widths = np.append(np.diff(ages), 1.0)
    qx, ax, mx = column("qx"), column("ax"), column("mx")
    with np.errstate(divide="ignore", invalid="ignore"):
        q_deleted = 1 - (1 - qx) ** rest
        ratio = np.where(q_deleted > 0, qx / np.where(q_deleted > 0, q_deleted, 1.0), 1.0)
        a_deleted = widths + rest * ratio * (ax - widths)
        survivors = np.cumprod(1 - q_deleted[:, :-1], axis=1)
        lx = np.concatenate([np.ones((shape[0], 1)), survivors], axis=1)
        years = widths * lx - (widths - a_deleted) * lx * q_deleted
        years[:, -1] = lx[:, -1] / (mx[:, -1] * rest[:, -1])
        ex = np.cumsum(years[:, ::-1], axis=1)[:, ::-1] / lx
    deleted = pl.Series(ex.reshape(-1)).fill_nan(None)
    finite = pl.when(deleted.is_finite()).then(deleted)
    return whole.select(*by, "age_start", "ex", finite.alias("ex_deleted"), "refused").with_columns(
        (pl.col("ex_deleted") - pl.col("ex")).alias("gain_years")
    )
