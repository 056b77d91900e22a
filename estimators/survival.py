"""Observed, relative and net survival of groups of patients.

Kaplan-Meier: Kaplan EL, Meier P. J Am Stat Assoc 1958;53:457-81, Greenwood's variance. Ederer II:
Ederer F, Heise H. 1959. Hakulinen T. Biometrics 1982;38:933-42 (potential follow-up to the closing
date for the dead, own follow-up for the living). Pohar Perme M, Stare J, Esteve J. Biometrics
2012;68:113-20. Conventions follow R's relsurv (rs.surv): daily integration of the expected
hazards, product integral, variance sum(w^2 dN)/(sum w Y)^2, log limits.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from .errors import InvalidOptionError, InvalidValueError
from .expected_hazard import YEAR_DAYS, hazard_table, sex_rows
from .interval import Integers, z_value
from .rate import require
from .separation import sex_codes
from .survival_curve import Cohort, Curve, curve

METHODS = ("observed", "ederer2", "hakulinen", "pohar-perme")
TOO_SHORT = "随访时间不足，不能给出该时点的生存率"
NOBODY = "该时点之前已无人在观察中，不能给出生存率"
Point = tuple[float, float | None, float | None, float | None, int, str | None]
POINTS = {
    "time_years": pl.Float64,
    "survival": pl.Float64,
    "ci_low": pl.Float64,
    "ci_high": pl.Float64,
    "at_risk": pl.Int64,
    "refused": pl.String,
}


def patients(frame: pl.DataFrame, entry: str | None = None) -> Cohort:
    """Check and type the columns sex, age_years, diagnosis_date, exit_date, dead (0/1).

    ``entry`` optionally names a column of days since diagnosis at which observation starts.
    Raises InvalidValueError naming column and row for anything missing, an age outside 0-130, an
    exit before diagnosis, or a dead other than 0/1.
    """
    require(frame, "sex", "age_years", "diagnosis_date", "exit_date", "dead")
    typed = frame.select(
        pl.col("age_years").cast(pl.Float64),
        pl.col("diagnosis_date", "exit_date").cast(pl.Date),
        pl.col("dead").cast(pl.Float64),
    )
    tests = {
        "age_years": pl.col("age_years").is_between(0, 130),
        "diagnosis_date": pl.col("diagnosis_date").is_not_null(),
        "exit_date": pl.col("exit_date") >= pl.col("diagnosis_date"),
        "dead": pl.col("dead").is_in([0.0, 1.0]),
    }
    messages = {
        "age_years": "年龄缺失或不在 0—130 岁",
        "diagnosis_date": "诊断日期缺失",
        "exit_date": "末次随访日期缺失或早于诊断日期",
        "dead": "dead 应为 0 或 1",
    }
    for column, test in tests.items():
        bad = typed.select(~test.fill_null(False)).to_series().arg_true()
        if len(bad):
            row = int(bad[0])
            raise InvalidValueError(f"第 {row + 1} 行{messages[column]}", column=column, row=row)
    diagnosis = typed["diagnosis_date"].to_physical().cast(pl.Float64).to_numpy()
    leave = typed["exit_date"].to_physical().cast(pl.Float64).to_numpy() - diagnosis
    return Cohort(
        np.array(sex_codes(frame["sex"].to_list()), dtype=np.int64),
        typed["age_years"].to_numpy() * YEAR_DAYS,
        diagnosis,
        frame[entry].cast(pl.Float64).to_numpy() if entry else np.zeros(frame.height),
        leave,
        typed["dead"].to_numpy() == 1.0,
    )


def survival(
    frame: pl.DataFrame,
    by: list[str] | None = None,
    *,
    method: str = "pohar-perme",
    at: Sequence[float] = (1, 3, 5),
    life_table: pl.DataFrame | None = None,
    level: float = 0.95,
    entry: str | None = None,
    closing_day: int | None = None,
) -> pl.DataFrame:
    """Survival at the given years, one row a group and time.

    Columns: ``by``, time_years, survival, ci_low, ci_high, at_risk, refused.

    ``method``: observed (Kaplan-Meier), ederer2, hakulinen or pohar-perme; the last three need
    ``life_table`` (see ``expected_hazard.hazard_table``). Survival is a proportion; relative and
    net estimates may pass 1 and are not clipped. ``closing_day`` (days since 1970-01-01; default
    the last exit) is Hakulinen's end of potential follow-up. Patients with no follow-up time carry
    no information and must be counted and left out beforehand (``cohort.exclude``).
    A time nobody is followed to gives nulls and the reason in ``refused``.
    """
    by = by or []
    if method not in METHODS:
        raise InvalidOptionError(
            f"method 不认识 {method}，可选：{'、'.join(METHODS)}", column="method"
        )
    if not at or min(at) <= 0:
        raise InvalidOptionError("at 应为大于 0 的年数", column="at")
    if method != "observed" and life_table is None:
        raise InvalidOptionError(f"{method} 需要寿命表", column="lifetable")
    require(frame, *by)
    cohort = patients(frame, entry)
    table = hazard_table(life_table) if method != "observed" and life_table is not None else None
    rows = sex_rows(table, cohort.sex.tolist()) if table else np.zeros(frame.height, np.int64)
    if closing_day is None and frame.height:
        closing_day = int((cohort.diagnosis + cohort.leave).max())
    numbered = frame.select(*by, pl.int_range(pl.len()).alias("row"))
    groups = (
        numbered.group_by(by, maintain_order=True).agg("row")
        if by
        else numbered.select(pl.col("row").implode())
    )
    times = np.floor(np.array(at, dtype=np.float64) * YEAR_DAYS).astype(np.int64)
    points: list[Point] = []
    for row in groups["row"]:
        members = row.to_numpy()
        one = curve(
            cohort.take(members), rows[members], table, method, times, float(closing_day or 0)
        )
        points += _points(one, times, at, level, drops_to_zero=method == "observed")
    if not points:
        return frame.select(*by).clear()
    read = pl.DataFrame(points, schema=POINTS, orient="row")
    of_group = np.repeat(np.arange(groups.height), len(at))
    return read.select(*(groups[name].gather(of_group) for name in by), pl.all())


def _points(
    one: Curve, times: Integers, at: Sequence[float], level: float, *, drops_to_zero: bool
) -> list[Point]:
    """The curve read at the requested times; what cannot be read is null with a reason."""
    z = z_value(level)
    rows: list[Point] = []
    extinct = np.flatnonzero(one.survival <= 0) if drops_to_zero else np.zeros(0)
    for years, time in zip(at, times.tolist(), strict=True):
        if extinct.size and time >= extinct[0]:
            # all of those at risk died: 0, and the upper limit just before that day
            day = int(extinct[0]) - 1
            high = float(one.survival[day] * np.exp(z * one.log_error[day]))
            rows.append((years, 0.0, 0.0, min(high, 1.0), 0, None))
        elif time >= len(one.survival):
            rows.append((years, None, None, None, 0, TOO_SHORT))
        elif (one.at_risk[: time + 1] <= 0).any():
            rows.append((years, None, None, None, 0, NOBODY))
        else:
            value = float(one.survival[time])
            spread = float(np.exp(z * one.log_error[time]))
            high = min(value * spread, 1.0) if drops_to_zero else value * spread
            rows.append((years, value, value / spread, high, int(one.at_risk[time]), None))
    return rows
