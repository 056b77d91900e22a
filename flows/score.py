"""score.criterion and score.item: every criterion with value, points, both verdicts and its gap."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from difflib import get_close_matches
from typing import Any

import duckdb
import polars as pl

from flows import gap_text, verdict
from flows.criteria import AgainstIndicator, CriteriaError, CriteriaSet, Criterion
from flows.draft import put
from flows.judge import DOCUMENTS, by_documents, by_number
from flows.models import write_comments
from flows.score_input import Known, read_known
from flows.verdict import Value

#: Shown beside the reported rate, never scored (docs/definitions.md).
NEVER_SCORED = (
    "corrected_death_rate_per_1000",
    "corrected_cancer_incidence_per_100k",
    "corrected_stroke_incidence_per_100k",
    "corrected_coronary_incidence_per_100k",
    "corrected_diabetes_incidence_per_100k",
)
CRITERION = {
    "criteria_set": (pl.String, "考核标准"),
    "area_code": (pl.String, "县"),
    "year": (pl.Int32, "评估年"),
    "data_year": (pl.Int32, "数据年"),
    "is_final": (pl.Int32, "终值（0 临时，1 终值）"),
    "item_no": (pl.Int32, "条目"),
    "criterion_no": (pl.Int32, "细则"),
    "indicator": (pl.String, "指标"),
    "residency": (pl.String, "人口口径"),
    "numerator": (pl.Float64, "分子"),
    "denominator": (pl.Float64, "分母"),
    "value": (pl.Float64, "值"),
    "ci_low": (pl.Float64, "95%区间下限"),
    "ci_high": (pl.Float64, "95%区间上限"),
    "unit": (pl.String, "单位"),
    "method": (pl.String, "方法"),
    "value_year": (pl.Int32, "取值年份（沿用时早于数据年）"),
    "urban_rural": (pl.String, "城乡"),
    "requirement_zh": (pl.String, "要求"),
    "responsible_zh": (pl.String, "责任单位"),
    "assisting_zh": (pl.String, "协助单位"),
    "points_max": (pl.Float64, "满分"),
    "points": (pl.Float64, "得分（已确认）"),
    "points_pending": (pl.Float64, "待确认分"),
    "status": (pl.String, "考核（met、partial、unmet、pending、no_data）"),
    "plausibility": (pl.String, "合理性（in_band、below_band、above_band、no_band）"),
    "benchmark_low": (pl.Float64, "参考范围下限"),
    "benchmark_high": (pl.Float64, "参考范围上限"),
    "benchmark_source": (pl.String, "参考来源"),
    "gap_zh": (pl.String, "说明与可核查线索"),
    "gap_count": (pl.Int64, "需处理的现有记录数"),
}
ITEM = {
    "criteria_set": "考核标准",
    "area_code": "县",
    "year": "评估年",
    "item_no": "条目",
    "points_max": "满分",
    "points": "得分（已确认）",
    "points_pending": "待确认分",
    "points_lost": "失分",
}


def score(
    connection: duckdb.DuckDBPyConnection,
    criteria: Sequence[CriteriaSet],
    as_of: date,
    area: str | None = None,
) -> None:
    """Write score.criterion and score.item from the published tables on the connection.

    Scored are ``area`` (a county; a prefecture ``330300`` means its counties with population), else
    every county with a registered population; and each 评估年 one of whose data years has one.
    Raises CriteriaError when a set asks for an indicator nobody computes.
    """
    known = read_known(connection, as_of)
    for criteria_set in criteria:
        _check_indicators(criteria_set, known.names)
    rows = [
        _row(criteria_set, criterion, county, year, known)
        for criteria_set in criteria
        for county in _counties(known, area)
        for year in _years(criteria_set, known, county, county == area)
        for criterion in criteria_set.criteria
    ]
    schema = {name: kind for name, (kind, _) in CRITERION.items()}
    table = pl.DataFrame(rows, schema=schema)
    keys = ["criteria_set", "area_code", "year", "item_no"]
    items = (
        table.group_by(keys)
        .agg(pl.col("points_max", "points", "points_pending").sum())
        .with_columns(
            points_lost=pl.col("points_max") - pl.col("points") - pl.col("points_pending")
        )
        .sort(keys)
    )
    labels = {name: zh for name, (_, zh) in CRITERION.items()}
    _write(connection, "score.criterion", table.sort(*keys, "criterion_no"), "考核评分", labels)
    _write(connection, "score.item", items, "考核评分（按条目）", ITEM)


def _write(
    connection: duckdb.DuckDBPyConnection,
    target: str,
    table: pl.DataFrame,
    title_zh: str,
    labels: dict[str, str],
) -> None:
    put(connection, target, table.select(list(labels)))
    write_comments(connection, target, title_zh, labels)


def _check_indicators(criteria_set: CriteriaSet, names: Iterable[str]) -> None:
    known = set(names)
    for row, criterion in enumerate(criteria_set.criteria, 2):
        if isinstance(criterion.test, DOCUMENTS):
            continue
        if criterion.indicator in NEVER_SCORED:
            place = f"{criteria_set.file} 第 {row} 行，列 indicator"
            raise CriteriaError(f"{place}：{criterion.indicator} 只作对照，不计分")
        asked = {"indicator": criterion.indicator}
        if isinstance(criterion.test, AgainstIndicator):
            asked["test"] = criterion.test.indicator
        for column, indicator in asked.items():
            if indicator not in known:
                near = get_close_matches(indicator, known, n=1)
                hint = f"，是否为 {near[0]}" if near else ""
                place = f"{criteria_set.file} 第 {row} 行，列 {column}"
                raise CriteriaError(f"{place}：没有指标 {indicator}{hint}")


def _counties(known: Known, area: str | None) -> list[str]:
    with_people = sorted(known.population_years)
    if area is None:
        return with_people
    if area.endswith("00"):
        prefix = area[:4] if area[2:4] != "00" else area[:2]
        return [county for county in with_people if county.startswith(prefix)]
    return [area]


def _years(criteria_set: CriteriaSet, known: Known, county: str, is_asked: bool) -> list[int]:
    """评估年 with a complete data year that has people; for the county asked for, at least now."""
    offsets = {c.data_year_offset for c in criteria_set.criteria if c.data_year_offset < 0}
    years = {
        year - offset for year in known.population_years.get(county, set()) for offset in offsets
    }
    years = {year for year in years if year <= known.as_of.year}
    return sorted(years | ({known.as_of.year} if is_asked else set()))


def _row(
    criteria_set: CriteriaSet, criterion: Criterion, county: str, year: int, known: Known
) -> dict[str, Any]:
    data_year = year + criterion.data_year_offset
    is_document = isinstance(criterion.test, DOCUMENTS)
    if is_document:
        found = by_documents(criteria_set, criterion, county, year, known)
    else:
        found = by_number(criteria_set, criterion, county, data_year, known)
    unit = "count" if is_document else known.names[criterion.indicator][1]
    value = found.value or Value(None)
    band = known.benchmark(criterion.indicator, county, data_year)
    plausible = verdict.plausibility(value.value, band)
    clauses = [gap_text.verdict_text(found.status, value, unit)]
    if band is not None and plausible != "no_band":
        clauses.append(gap_text.band_text(criterion.indicator, found.status, plausible, band, unit))
    clauses += found.notes
    if lost := known.difference(criterion.indicator, county, data_year):
        clauses.append(gap_text.difference_text(lost["platform_count"], lost["own_count"]))
    final_from = date(year, criteria_set.final_month, criteria_set.final_day)
    return {
        "criteria_set": criteria_set.name,
        "area_code": county,
        "year": year,
        "data_year": data_year,
        "is_final": int(known.as_of >= final_from),
        "item_no": criterion.item_no,
        "criterion_no": criterion.criterion_no,
        "indicator": criterion.indicator,
        "residency": criterion.scored_residency,
        "numerator": value.numerator,
        "denominator": value.denominator,
        "value": value.value,
        "ci_low": value.ci_low,
        "ci_high": value.ci_high,
        "unit": unit,
        "method": value.method or None,
        "value_year": value.year,
        "urban_rural": "urban" if known.is_urban(county) else "rural",
        "requirement_zh": criterion.requirement_zh,
        "responsible_zh": criterion.responsible_zh,
        "assisting_zh": criterion.assisting_zh,
        "points_max": criterion.points_max,
        "points": found.points,
        "points_pending": found.points_pending,
        "status": found.status,
        "plausibility": plausible,
        "benchmark_low": None if band is None else band.low,
        "benchmark_high": None if band is None else band.high,
        "benchmark_source": None if band is None else band.source,
        "gap_zh": "；".join(clauses) + "。",
        "gap_count": found.gap_count,
    }
