"""Observed and net survival of included patients, null with the reason where it is not honest."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl

from estimators.cohort import Reportable
from estimators.errors import EstimatorError
from estimators.expected_hazard import YEAR_DAYS
from estimators.survival import survival
from flows.statistics.hazard import Expected

TIMES = (1, 3, 5)
METHODS = ("observed", "pohar-perme")
#: What survival is estimated from.
FOLLOWED = ("sex", "age_years", "diagnosis_date", "exit_date", "dead")
FEWEST = 10
TOO_FEW = "病例数少于 10，不给出生存率"
TOO_SHORT = "可随访满 {} 年的病例少于 10，不给出该时点的生存率"
NO_DEATH = "此前无人死亡，不能给出区间"
NOT_YET = "暂不具备条件：{reason}"
ESTIMATE = {
    "time_years": pl.Int32,
    "survival": pl.Float64,
    "ci_low": pl.Float64,
    "ci_high": pl.Float64,
    "at_risk": pl.Int64,
    "refused": pl.String,
}


def survival_rows(
    cases: pl.DataFrame, gate: Reportable, hazards: Expected, closing: date
) -> pl.DataFrame:
    """One row a sex (0, 1, 2), group, time and method; null with the reason where not honest.

    ``cases``: included patients (``patient.patients``). Besides the gate, a group needs 10
    patients, and a time 10 of them diagnosed so early that they could be followed that long.
    """
    both = cases.with_columns(of_sex=pl.lit("0"))
    people = pl.concat([both, cases.with_columns(of_sex=pl.col("sex"))])
    by = ["of_sex", "group_code"]
    times = _times(people, by, closing)
    few = times.filter(pl.col("patient_count") < FEWEST)
    large = people.join(few, on=by, how="anti").select(*by, *FOLLOWED).sort(by)
    parts = []
    for method in METHODS:
        allowed = () if method != "observed" and gate.method != method else gate.at
        made = _estimates(large, by, method, allowed, hazards)
        grid = times.join(made, on=[*by, "time_years"], how="left")
        name = None if method == "observed" else hazards.name
        parts.append(
            _honest(grid, allowed, _refusal(gate)).with_columns(
                method=pl.lit(method), life_table=pl.lit(name, pl.String)
            )
        )
    return pl.concat(parts).rename({"of_sex": "sex"})


def _honest(grid: pl.DataFrame, allowed: tuple[int, ...], refusal: str) -> pl.DataFrame:
    """The estimates with reason_zh, and null where there is a reason against them."""
    years = pl.col("time_years")
    reason = (
        pl.when(~years.is_in(list(allowed)))
        .then(pl.lit(refusal))
        .when(pl.col("patient_count") < FEWEST)
        .then(pl.lit(TOO_FEW))
        .when(pl.col("followable") < FEWEST)
        .then(pl.format(TOO_SHORT, years))
        .otherwise(pl.col("refused"))
    )
    said = pl.when(pl.col("reason_zh").is_null())
    grid = grid.with_columns(reason_zh=reason).with_columns(
        said.then(pl.col("survival", "ci_low", "ci_high", "at_risk"))
    )
    # Without a death the variance is zero, not the uncertainty.
    point = (pl.col("ci_low") == pl.col("ci_high")).fill_null(False)
    return grid.with_columns(
        pl.when(~point).then(pl.col("ci_low", "ci_high")),
        reason_zh=pl.when(point).then(pl.lit(NO_DEATH)).otherwise(pl.col("reason_zh")),
    )


def _refusal(gate: Reportable) -> str:
    """Why the gate gives nothing at this time by this method."""
    waiting = NOT_YET.format(reason="")
    return gate.reason if gate.reason.startswith(waiting) else NOT_YET.format(reason=gate.reason)


def _times(people: pl.DataFrame, by: list[str], closing: date) -> pl.DataFrame:
    """``by``, patient_count, time_years, followable: those whose diagnosis lies so far back."""
    back = (pl.lit(closing) - pl.col("diagnosis_date")).dt.total_days()
    counted = people.group_by(by).agg(
        pl.len().cast(pl.Int64).alias("patient_count"),
        *(
            (back >= int(years * YEAR_DAYS)).sum().cast(pl.Int64).alias(str(years))
            for years in TIMES
        ),
    )
    index = [*by, "patient_count"]
    long = counted.unpivot(index=index, variable_name="time_years", value_name="followable")
    return long.cast({"time_years": pl.Int32})


def _estimates(
    people: pl.DataFrame, by: list[str], method: str, at: tuple[int, ...], hazards: Expected
) -> pl.DataFrame:
    """``by``, time_years, survival, limits, at_risk, refused; no rows where nothing is allowed."""
    schema: dict[str, Any] = {**people.select(by).schema, **ESTIMATE}
    nothing = pl.DataFrame(schema=schema)
    if not at or people.is_empty():
        return nothing
    table = hazards.table if method != "observed" else None
    try:
        made = survival(people, by, method=method, at=at, life_table=table)
    except EstimatorError as error:
        times = pl.DataFrame({"time_years": list(at)}, schema={"time_years": pl.Int32})
        empty = people.select(by).unique().join(times, how="cross")
        return pl.concat(
            [nothing, empty.with_columns(refused=pl.lit(f"不能计算：{error}"))], how="diagonal"
        )
    return made.with_columns(pl.col("time_years").cast(pl.Int32)).select(nothing.columns)
