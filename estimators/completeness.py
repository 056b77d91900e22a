"""Completeness of death registration over every age trim: a range, never one number alone."""

from __future__ import annotations

import numpy as np
import polars as pl

from .ddm import Populations, adjusted, extinct_generations, growth_balance, populations
from .errors import InvalidOptionError, NotEstimableError
from .interval import Floats
from .rate import require

METHODS = ("ggb", "seg", "ggbseg")
FEWEST_AGES = 8
LOWEST, HIGHEST = 5, 80


def trims(ages: Floats) -> list[tuple[float, float]]:
    """Age ranges to try: from 5 up to the last closed group (at most 80), 8 or more ages each."""
    closed = ages[(ages >= LOWEST) & (ages <= HIGHEST) & (ages < ages[-1])]
    return [
        (float(low), float(high))
        for low in closed
        for high in closed
        if high - low >= 5 * (FEWEST_AGES - 1)
    ]


def one_trim(
    data: Populations, method: str, low: float, high: float, open_expectancy: float | None
) -> float:
    """Completeness for one method and one trim (ages low ... high included)."""
    if method == "ggb":
        return growth_balance(data, low, high)[0]
    if open_expectancy is None:
        raise InvalidOptionError(f"{method} 需要最高年龄组的期望寿命", column="open_expectancy")
    used = adjusted(data, low, high) if method == "ggbseg" else data
    inside = (data.ages >= low) & (data.ages <= high) & (data.ages < data.ages[-1])
    return float(extinct_generations(used, open_expectancy)[inside].mean())


def completeness(
    frame: pl.DataFrame,
    *,
    method: str = "ggb",
    years: float,
    deaths_summed: bool = False,
    open_expectancy: float | None = None,
) -> pl.DataFrame:
    """One row a trim, then the rows ``min``, ``median``, ``max`` over trims.

    ``frame``: age_start (0, 5 ... the last open), pop1, pop2, deaths (annual average; the sum over
    the interval with ``deaths_summed``). ``years`` is the interval between the counts;
    ``open_expectancy`` the life expectancy at the open age (seg, ggbseg). Returns method, age_low,
    age_high, completeness (1 = complete; above 1 the deaths exceed what the method expects).
    Trims with a non-positive or non-finite result are left out; NotEstimableError if none is left.
    """
    if method not in METHODS:
        raise InvalidOptionError(
            f"method 不认识 {method}，可选：{'、'.join(METHODS)}", column="method"
        )
    require(frame, "age_start", "pop1", "pop2", "deaths")
    columns = [
        frame[name].cast(pl.Float64).to_numpy() for name in ("age_start", "pop1", "pop2", "deaths")
    ]
    if deaths_summed and years > 0:
        columns[3] = columns[3] / years
    data = populations(columns[0], columns[1], columns[2], columns[3], years)
    rows: list[tuple[str, float | None, float | None, float]] = []
    for low, high in trims(data.ages):
        value = one_trim(data, method, low, high, open_expectancy)
        if np.isfinite(value) and value > 0:
            rows.append((method, low, high, value))
    if not rows:
        raise NotEstimableError("任何年龄截取都得不到有效的完整性估计", column="deaths")
    values = np.array([row[3] for row in rows])
    for name, number in (
        ("min", values.min()),
        ("median", np.median(values)),
        ("max", values.max()),
    ):
        rows.append((name, None, None, float(number)))
    names = ("method", "age_low", "age_high", "completeness")
    types = (pl.String, pl.Float64, pl.Float64, pl.Float64)
    return pl.DataFrame(rows, schema=dict(zip(names, types, strict=True)), orient="row")


def national_expectancy(table: pl.DataFrame, open_age: float, sex: int) -> float | None:
    """Life expectancy at the open age in the newest year of a national table; None if absent.

    ``table``: sex, year, age, ex. A stand-in for e(open) in seg and ggbseg, to be replaced by a
    local figure where there is one.
    """
    require(table, "sex", "year", "age", "ex")
    found = table.cast(dict.fromkeys(("sex", "year", "age", "ex"), pl.Float64)).filter(
        (pl.col("sex") == sex) & (pl.col("age") == open_age)
    )
    return float(found.sort("year")["ex"][-1]) if found.height else None
