"""indicator.funnel: towns against their county, with limits that allow for their size."""

from __future__ import annotations

import duckdb
import numpy as np
import polars as pl

from estimators.errors import EstimatorError
from estimators.funnel import funnel_limits
from flows.statistics.strata import PLACE, STRATUM, with_count
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
EVENT = [*PLACE, "event"]
RESULT = (
    *("value", "target", "low_95", "high_95", "low_998", "high_998"),
    *("z", "dispersion", "outside"),
)
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
    own = events.filter(pl.col("event").is_in(list(INDICATORS)))
    made = pl.concat([_crude(town, county, own), _indirect(town, county, own)])
    named = made.with_columns(indicator=pl.col("event").replace_strict(INDICATORS))
    return shaped(_limits(named.sort(*GROUP, "area_code")), COLUMNS)


def _crude(town: pl.DataFrame, county: pl.DataFrame, events: pl.DataFrame) -> pl.DataFrame:
    """Town, event, count, population, expected at the county's crude rate, county_rate."""
    counts = events.group_by(EVENT).agg(count=pl.col("count").sum())
    whole = county.group_by(PLACE).agg(population=pl.col("population").sum())
    rate = counts.join(whole, on=PLACE).select(
        pl.col("area_code").alias("county_code"),
        *EVENT[1:],
        county_rate=pl.col("count") / pl.col("population"),
    )
    towns = town.group_by("county_code", *PLACE).agg(population=pl.col("population").sum())
    return (
        towns.join(rate, on=["county_code", *PLACE[1:]])
        .join(counts, on=EVENT, how="left")
        .with_columns(
            pl.col("count").fill_null(0).cast(pl.Int64),
            expected=pl.col("population") * pl.col("county_rate"),
            standardisation=pl.lit("crude"),
        )
        .select(*_COMMON)
    )


_COMMON = (
    *("area_code", "county_code", "year", "residency", "event", "count", "population"),
    *("expected", "county_rate", "standardisation"),
)


def _indirect(town: pl.DataFrame, county: pl.DataFrame, events: pl.DataFrame) -> pl.DataFrame:
    """The same with the expectation from the county's rates by sex and age."""
    keys = [*STRATUM, "event"]
    reported = events.select(EVENT).unique()
    known = with_count(county.join(reported, on=PLACE), events, keys)
    known = known.rename({"area_code": "county_code"})
    rates = known.select(
        *("county_code", *keys[1:]),
        rate=pl.when(pl.col("population") > 0).then(pl.col("count") / pl.col("population")),
    )
    crude = known.group_by("county_code", *EVENT[1:]).agg(
        county_rate=pl.col("count").sum() / pl.col("population").sum()
    )
    cells = town.join(rates, on=["county_code", *STRATUM[1:]], maintain_order="left")
    return (
        with_count(cells, events, keys)
        .group_by("county_code", *EVENT)
        .agg(
            pl.col("count").sum().cast(pl.Int64),
            pl.col("population").sum(),
            expected=(pl.col("population") * pl.col("rate")).sum(),
        )
        .join(crude, on=["county_code", *EVENT[1:]])
        .with_columns(standardisation=pl.lit("indirect"))
        .select(*_COMMON)
    )


def _limits(towns: pl.DataFrame) -> pl.DataFrame:
    """The towns with the limits of their ``GROUP``, by which they are sorted.

    A town without an expectation is left out, unless its group has no limits: then every town has
    the reason.
    """
    counts = towns["count"].cast(pl.Float64).to_numpy()
    expected = towns["expected"].to_numpy()
    usable = expected > 0
    found = {name: np.full(towns.height, np.nan) for name in RESULT}
    reasons: list[str | None] = [None] * towns.height
    end = 0
    for size in towns.group_by(GROUP, maintain_order=True).len()["len"]:
        start, end = end, end + size
        rows = start + np.flatnonzero(usable[start:end])
        try:
            limits = funnel_limits(counts[rows], expected[rows], kind="ratio")
        except EstimatorError as error:
            limits = {"value": counts[rows] / expected[rows]}
            reasons[start:end] = [str(error)] * size
        for name, numbers in limits.items():
            found[name][rows] = numbers
    rate = pl.col("county_rate") * PER
    return towns.with_columns(
        *(pl.Series(name, numbers, nan_to_null=True) for name, numbers in found.items()),
        reason_zh=pl.Series(reasons, dtype=pl.String),
    ).filter(pl.Series(usable) | pl.col("reason_zh").is_not_null()).with_columns(
        pl.col(name) * rate for name in RESULT if name not in ("z", "dispersion", "outside")
    )  # fmt: skip
