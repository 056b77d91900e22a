"""indicator.trend: yearly change of every rate that has at least four complete years."""

from __future__ import annotations

from typing import Any

import duckdb
import numpy as np
import polars as pl

from estimators.errors import EstimatorError
from estimators.interval import Floats
from estimators.joinpoint import choose_by_bic, most_joinpoints
from estimators.piecewise import Fit, best_fit
from estimators.trend import average_change, series, trend
from flows.indicators import METHODS
from flows.statistics.table import Columns, shaped, write

FEWEST_YEARS = 4
FEWEST_EVENTS = 10
TOO_SHORT = "完整年份只有 {years} 年，不足 4 年，不计算趋势"
TOO_FEW = "各年合计事件数少于 10，不计算趋势"
ONE_YEAR = "事件只出现在一个年份，没有趋势可言"
NOT_FINITE = "趋势模型没有有限的估计值"
METHOD = "Poisson log-linear{joined}; dispersion-widened interval"
KEYS = ["area_code", "residency", "indicator", "segment"]
COLUMNS: Columns = {
    "area_code": (pl.String, "县或乡镇"),
    "residency": (pl.String, "人口口径"),
    "indicator": (pl.String, "指标（率）"),
    "segment": (pl.Int32, "段（按转折年份分段）"),
    "year_from": (pl.Int32, "起始年"),
    "year_to": (pl.Int32, "终止年"),
    "year_count": (pl.Int32, "有资料的完整年数"),
    "apc_percent": (pl.Float64, "年度变化百分比 APC（%）"),
    "ci_low": (pl.Float64, "APC 95%区间下限"),
    "ci_high": (pl.Float64, "APC 95%区间上限"),
    "aapc_percent": (pl.Float64, "平均年度变化百分比 AAPC（%，整个时段）"),
    "aapc_ci_low": (pl.Float64, "AAPC 95%区间下限"),
    "aapc_ci_high": (pl.Float64, "AAPC 95%区间上限"),
    "method": (pl.String, "方法"),
    "reason_zh": (pl.String, "未计算的原因"),
}


def write_trend(draft: duckdb.DuckDBPyConnection) -> None:
    """Write indicator.trend from the counts and populations of indicator.summary."""
    rates = draft.sql(
        "select summary.area_code, summary.residency, summary.indicator, summary.year,"
        " summary.numerator as count, summary.denominator as population"
        " from indicator.summary as summary"
        " inner join indicator.definition as definition"
        " on summary.indicator = definition.indicator"
        f" where summary.org_code is null and definition.interval = '{METHODS['poisson']}'"
        " and summary.numerator is not null and summary.denominator > 0"
        " order by all"
    ).pl()
    write(draft, "indicator.trend", "率的时间趋势（整年）", COLUMNS, trends(rates), KEYS)


def trends(rates: pl.DataFrame) -> pl.DataFrame:
    """``COLUMNS``, one row a segment of each rate.

    ``rates``: area_code, residency, indicator, year, count, population. Joinpoints are chosen by
    BIC (none below 7 years). A rate that cannot be judged has one row of nulls and the reason.
    """
    by = ["area_code", "residency", "indicator"]
    ordered = rates.sort(*by, "year")
    every = ordered.group_by(by, maintain_order=True).agg(
        year_count=pl.len(),
        year_from=pl.col("year").first(),
        year_to=pl.col("year").last(),
        event_count=pl.col("count").sum(),
        event_years=(pl.col("count") > 0).sum(),
    )
    rows: list[dict[str, Any]] = []
    first = 0
    for rate in every.iter_rows(named=True):
        place = {name: rate[name] for name in (*by, "year_count")} | {"segment": 1}
        found = _reason(rate) or _segments(ordered.slice(first, rate["year_count"]))
        if isinstance(found, str):
            years = {name: rate[name] for name in ("year_from", "year_to")}
            rows.append({**place, **years, "reason_zh": found})
        else:
            rows += [place | segment for segment in found]
        first += rate["year_count"]
    return shaped(rows, COLUMNS)


def _reason(rate: dict[str, Any]) -> str | None:
    if rate["year_count"] < FEWEST_YEARS:
        return TOO_SHORT.format(years=rate["year_count"])
    if rate["event_count"] < FEWEST_EVENTS:
        return TOO_FEW
    # With events in one year only the slope of the Poisson model may be infinite.
    return ONE_YEAR if rate["event_years"] < 2 else None


def _segments(one: pl.DataFrame) -> list[dict[str, Any]] | str:
    """The segments with APC and AAPC, or why there are none."""
    try:
        year, count, population = series(one)
        most = most_joinpoints(len(year))
        chosen = _chosen(year, count, population, most)
        joined = len(chosen.joinpoints)
        table = trend(one, joinpoints=joined)
        value, low, high = average_change(chosen, int(year[0]), int(year[-1]))
    except (EstimatorError, np.linalg.LinAlgError) as error:
        return str(error) if isinstance(error, EstimatorError) else NOT_FINITE
    if not _is_finite(chosen):
        return NOT_FINITE
    method = METHOD.format(joined=f", {joined} joinpoints by BIC" if most else "")
    average = {"aapc_percent": value, "aapc_ci_low": low, "aapc_ci_high": high}
    return [row | average | {"method": method} for row in table.iter_rows(named=True)]


def _chosen(year: Floats, count: Floats, population: Floats, most: int) -> Fit:
    """The fit of least BIC; a straight one where a segment without events has no finite slope."""
    try:
        found = choose_by_bic(year, count, population, most)
    except np.linalg.LinAlgError:
        return best_fit(year, count, population, 0)
    return found if _is_finite(found) else best_fit(year, count, population, 0)


def _is_finite(one: Fit) -> bool:
    """Slopes and their errors are usable: a slope of e^3 a year is a model that ran away."""
    return bool(
        np.isfinite(one.slopes).all()
        and np.isfinite(one.covariance).all()
        and (np.diagonal(one.covariance) >= 0).all()
        and np.abs(one.slopes).max() < 3
    )
