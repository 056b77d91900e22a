"""Growth balance and extinct generations, where two populations by age lie far enough apart."""

from __future__ import annotations

from typing import Any

import polars as pl

from estimators.completeness import METHODS, completeness
from estimators.errors import EstimatorError
from flows.statistics import national

#: Populations closer than the width of an age group show little but the errors of their ages.
FEWEST_YEARS = 5
TOO_CLOSE = "两次分年龄人口相隔 {years} 年，不足 5 年"
NAMES = {
    "ggb": "广义增长平衡法 GGB",
    "seg": "综合绝世后代法 SEG（最高年龄组期望寿命取全国值）",
    "ggbseg": "GGB–SEG 合并法（最高年龄组期望寿命取全国值）",
}
DETAIL = "{name}：各年龄截取的中位数与范围；不计迁移，县级人口流动会使结果偏离"


def balance(strata: pl.DataFrame) -> list[dict[str, Any]]:
    """Rows of indicator.completeness by county, residency and sex from the first and last year.

    ``strata``: area_code, year, residency, sex, age_from, population, count (deaths). Deaths are
    the annual average of the years between, both included. Places with one year only have no row.
    """
    rows: list[dict[str, Any]] = []
    by = ["area_code", "residency", "sex"]
    for key, own in strata.group_by(by, maintain_order=True):
        place = dict(zip(by, key, strict=True))
        years = own["year"].unique().sort().to_list()
        span = years[-1] - years[0]
        if not span:
            continue
        place |= {"year": years[-1], "period": f"{years[0]}-{years[-1]}"}
        if span < FEWEST_YEARS:
            reason = TOO_CLOSE.format(years=span)
            rows.append(place | {"method": "ggb", "method_zh": NAMES["ggb"], "reason_zh": reason})
            continue
        ages = _by_five(own, years)
        left = national.expectancy(years[-1], national.OPEN_AGE)[str(place["sex"])]
        for method in METHODS:
            row = place | {"method": method, "method_zh": DETAIL.format(name=NAMES[method])}
            row["observed"] = float(ages["deaths"].sum())
            rows.append(row | _range(ages, method, span, left))
    return rows


def _by_five(own: pl.DataFrame, years: list[int]) -> pl.DataFrame:
    """age_start 0, 5 ... 85, pop1, pop2 and the annual average of deaths."""
    start = pl.when(pl.col("age_from") < 5).then(0).otherwise(pl.col("age_from"))
    people = pl.col("population")
    counted = own["year"].n_unique()
    return (
        own.group_by(age_start=start)
        .agg(
            pop1=people.filter(pl.col("year") == years[0]).sum(),
            pop2=people.filter(pl.col("year") == years[-1]).sum(),
            deaths=pl.col("count").sum() / counted,
        )
        .sort("age_start")
    )


def _range(ages: pl.DataFrame, method: str, span: int, open_expectancy: float) -> dict[str, Any]:
    try:
        made = completeness(ages, method=method, years=span, open_expectancy=open_expectancy)
    except EstimatorError as error:
        return {"reason_zh": str(error)}
    values = dict(made.tail(3).select("method", "completeness").iter_rows())
    middle = {"completeness": values["median"], "low": values["min"], "high": values["max"]}
    return middle | {"variant_count": made.height - 3}
