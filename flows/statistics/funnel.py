"""indicator.funnel: towns against their county, with limits that allow for their size."""

from __future__ import annotations

import duckdb
import polars as pl

from estimators.errors import EstimatorError
from estimators.funnel import funnel
from flows.statistics.strata import STRATUM, with_count
from flows.statistics.table import Columns, shaped, write

PER = 100_000.0
INDICATORS = {
    "death": "death_rate",
    "tumour": "cancer_incidence",
    "stroke": "stroke_incidence",
    "coronary": "coronary_incidence",
    "diabetes": "diabetes_incidence",
}
GROUP = ["county_code", "year", "residency", "indicator", "standardisation"]
KEYS = ["area_code", *GROUP[1:]]
RESULT = ("value", "target", "low_95", "high_95", "low_998", "high_998", "z", "dispersion")
COLUMNS: Columns = {
    "area_code": (pl.String, "乡镇"),
    "county_code": (pl.String, "县"),
    "year": (pl.Int32, "年份"),
    "residency": (pl.String, "人口口径"),
    "indicator": (pl.String, "指标（死亡率、发病率，1/10万）"),
    "standardisation": (
        pl.String,
        "口径（crude 粗率；indirect 以全县分性别年龄率间接标化）",
    ),
    "count": (pl.Int64, "事件数"),
    "population": (pl.Float64, "年平均人口"),
    "expected": (pl.Float64, "按全县率的期望数"),
    "value": (pl.Float64, "率（标化率 = 事件数÷期望数×全县粗率，1/10万）"),
    "target": (pl.Float64, "各乡镇合计率（漏斗图中线，1/10万）"),
    "low_95": (pl.Float64, "95%控制限下限"),
    "high_95": (pl.Float64, "95%控制限上限"),
    "low_998": (pl.Float64, "99.8%控制限下限"),
    "high_998": (pl.Float64, "99.8%控制限上限"),
    "z": (pl.Float64, "标准化偏差（已除以过度离散）"),
    "dispersion": (pl.Float64, "过度离散系数（1 为不校正）"),
    "outside": (pl.Float64, "超出的控制限（0、±95、±99.8；负为偏低）"),
    "reason_zh": (pl.String, "未给出控制限的原因"),
}


def write_funnel(
    draft: duckdb.DuckDBPyConnection, cells: pl.DataFrame, events: pl.DataFrame
) -> None:
    """Write indicator.funnel from people and events by stratum (``strata``)."""
    table = funnels(cells, events)
    write(draft, "indicator.funnel", "乡镇率的漏斗图（整年）", COLUMNS, table, KEYS)


def funnels(cells: pl.DataFrame, events: pl.DataFrame) -> pl.DataFrame:
    """``COLUMNS``: each town with a whole population, for each event its county reported.

    Crude: all events over the population. Indirect: events of known sex and age against those
    expected at the county's rates by sex and age (observed / expected, Spiegelhalter 2005).
    """
    length = pl.col("area_code").str.len_chars()
    town = cells.filter(length == 9).with_columns(county_code=pl.col("area_code").str.slice(0, 6))
    county = cells.filter(length == 6)
    parts = []
    for event, indicator in INDICATORS.items():
        own = events.filter(pl.col("event") == event)
        made = pl.concat([_crude(town, county, own), _indirect(town, county, own)])
        made = made.with_columns(indicator=pl.lit(indicator))
        for _, group in made.sort(KEYS).group_by(GROUP, maintain_order=True):
            parts.append(_limits(group))
    return shaped(pl.concat(parts, how="diagonal_relaxed") if parts else [], COLUMNS)


def _crude(town: pl.DataFrame, county: pl.DataFrame, events: pl.DataFrame) -> pl.DataFrame:
    """Town, count, population, expected at the county's crude rate, county_rate."""
    place = ["area_code", "year", "residency"]
    counts = events.group_by(place).agg(count=pl.col("count").sum())
    whole = county.group_by(place).agg(population=pl.col("population").sum())
    rate = whole.join(counts, on=place).select(
        pl.col("area_code").alias("county_code"),
        *place[1:],
        county_rate=pl.col("count") / pl.col("population"),
    )
    towns = town.group_by("county_code", *place).agg(population=pl.col("population").sum())
    return (
        towns.join(rate, on=["county_code", *place[1:]])
        .join(counts, on=place, how="left")
        .with_columns(
            pl.col("count").fill_null(0).cast(pl.Int64),
            expected=pl.col("population") * pl.col("county_rate"),
            standardisation=pl.lit("crude"),
        )
        .select(*_COMMON)
    )


_COMMON = (
    *("area_code", "county_code", "year", "residency", "count", "population", "expected"),
    *("county_rate", "standardisation"),
)


def _indirect(town: pl.DataFrame, county: pl.DataFrame, events: pl.DataFrame) -> pl.DataFrame:
    """The same with the expectation from the county's rates by sex and age."""
    reported = events.select("area_code", "year", "residency").unique()
    known = with_count(
        county.join(reported, on=["area_code", "year", "residency"], how="semi"), events
    )
    rates = known.select(
        pl.col("area_code").alias("county_code"),
        *STRATUM[1:],
        rate=pl.when(pl.col("population") > 0).then(pl.col("count") / pl.col("population")),
    )
    crude = known.group_by("area_code", "year", "residency").agg(
        county_rate=pl.col("count").sum() / pl.col("population").sum()
    )
    crude = crude.rename({"area_code": "county_code"})
    joined = with_count(town, events).join(rates, on=["county_code", *STRATUM[1:]])
    return (
        joined.group_by("area_code", "county_code", "year", "residency")
        .agg(
            pl.col("count").sum().cast(pl.Int64),
            pl.col("population").sum(),
            expected=(pl.col("population") * pl.col("rate")).sum(),
        )
        .join(crude, on=["county_code", "year", "residency"])
        .with_columns(standardisation=pl.lit("indirect"))
        .select(*_COMMON)
    )


def _limits(group: pl.DataFrame) -> pl.DataFrame:
    """The towns of one county, year, residency, event and standardisation with their limits."""
    rate = pl.col("county_rate") * PER
    usable = group.filter(pl.col("expected") > 0)
    try:
        made = funnel(usable, kind="ratio")
    except EstimatorError as error:
        value = pl.when(pl.col("expected") > 0).then(pl.col("count") / pl.col("expected") * rate)
        return group.with_columns(value=value, reason_zh=pl.lit(str(error)))
    return made.with_columns(
        pl.col(name) * rate for name in RESULT if name not in ("z", "dispersion")
    )
