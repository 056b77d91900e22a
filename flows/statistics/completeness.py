"""indicator.completeness: how complete death registration may be, always as a range."""

from __future__ import annotations

from statistics import median
from typing import Any

import duckdb
import polars as pl

from estimators.adair_lopez import adair_lopez
from estimators.errors import EstimatorError
from estimators.life_table import life_table
from estimators.rate import expected_events, smr
from flows.statistics import national
from flows.statistics.balance import balance
from flows.statistics.strata import PLACE, with_count
from flows.statistics.table import Columns, shaped, write

BOTH = "0"
RADIX = 100_000
FEWEST_CHILD_DEATHS = 5
NO_RANGE = "可用的输入只有一种，不能给出范围，故不列出"
LABEL = "仅供参考"
ADAIR_LOPEZ = (
    "Adair–Lopez 2018 经验模型（未给出中国随机效应，按0计）：模型2用全国5q0、"
    "模型2用本县登记5q0（各年合计）、模型1用本县5q0与全国之比作5岁以下完整性；取中位数与范围"
)
EXPECTED = (
    "登记死亡数÷按联合国世界人口展望2024全国分性别年龄死亡率计算的期望死亡数；"
    "范围为前后两个五年期死亡率各自精确Poisson区间的最外端；本地死亡率低于全国时小于1，不等于漏报"
)
RANGE = "以上各方法上下限的最小值与最大值"
KEYS = ["area_code", "residency", "year", "period", "sex", "method"]
COLUMNS: Columns = {
    "area_code": (pl.String, "县"),
    "period": (pl.String, "年份或时段"),
    "year": (pl.Int32, "年份（时段为末年）"),
    "residency": (pl.String, "人口口径"),
    "sex": (pl.String, "性别（0 合计）"),
    "method": (
        pl.String,
        "方法（adair-lopez、expected_deaths、ggb、seg、ggbseg；range 为各方法合起来的范围）",
    ),
    "completeness": (pl.Float64, "死亡登记完整性（1 为完整；须与范围同看）"),
    "low": (pl.Float64, "范围下限"),
    "high": (pl.Float64, "范围上限"),
    "variant_count": (pl.Int32, "合并的估计个数"),
    "observed": (pl.Float64, "登记死亡数（时段为年平均）"),
    "expected": (pl.Float64, "期望死亡数"),
    "method_zh": (pl.String, "方法说明"),
    "label_zh": (pl.String, "标签"),
    "reason_zh": (pl.String, "未估计的原因"),
}
#: A year's population and deaths of one sex: area_code, year, residency, sex, rows by age group.
Rows = list[dict[str, Any]]


def write_completeness(
    draft: duckdb.DuckDBPyConnection, cells: pl.DataFrame, deaths: pl.DataFrame
) -> None:
    """Write indicator.completeness of counties from people and deaths by stratum."""
    table = completeness(cells, deaths)
    write(draft, "indicator.completeness", "死亡登记完整性（仅供参考）", COLUMNS, table, KEYS)


def completeness(cells: pl.DataFrame, deaths: pl.DataFrame) -> pl.DataFrame:
    """``COLUMNS``: every method that its inputs allow, by county, residency, sex.

    Years without one death of the county are left out: nothing was sent, that is not zero.
    """
    county = cells.filter(pl.col("area_code").str.len_chars() == 6)
    known = with_count(county.join(deaths.select(PLACE).unique(), on=PLACE, how="semi"), deaths)
    if known.is_empty():
        return shaped([], COLUMNS)
    both = known.group_by([*PLACE, "age_group", "age_from"]).agg(
        pl.col("population", "count").sum(), sex=pl.lit(BOTH)
    )
    strata = pl.concat([known, both.select(known.columns)]).sort(*PLACE, "sex", "age_from")
    rows = [*_empirical(strata), *_expected(known), *balance(strata)]
    table = shaped(({"label_zh": LABEL} | row for row in rows), COLUMNS)
    return pl.concat([table, _ranges(table)])


def _empirical(strata: pl.DataFrame) -> Rows:
    """Adair-Lopez by year and sex: the spread over models and sources of 5q0."""
    by = [*PLACE, "sex"]
    own_child = _own_child_mortality(strata)
    rows = []
    for key, own in strata.group_by(by, maintain_order=True):
        place = dict(zip(by, key, strict=True))
        people, count = float(own["population"].sum()), int(own["count"].sum())
        old = float(own.filter(pl.col("age_from") >= 65)["population"].sum()) / people
        nation = national.child_mortality(int(place["year"]))[str(place["sex"])]
        child = own_child.get((place["area_code"], place["residency"], place["sex"]))
        variants: list[tuple[int, float, float]] = [(2, nation, 0.0)]
        if child is not None:
            variants += [(2, child, 0.0), (1, nation, min(child / nation, 1.0))]
        one = {"sex": place["sex"], "year": place["year"], "pct65": old}
        one["reg_cdr"] = count / people * 1000
        found, reason = _predictions(one, variants)
        row = place | {"period": str(place["year"]), "method": "adair-lopez"}
        row |= {"observed": float(count), "method_zh": ADAIR_LOPEZ}
        rows.append(row | _spread(found, reason))
    return rows


def _own_child_mortality(strata: pl.DataFrame) -> dict[tuple[Any, ...], float]:
    """Registered 5q0 by county, residency, sex over all years; absent below 5 deaths under five."""
    by = ["area_code", "residency", "sex"]
    pooled = strata.group_by([*by, pl.col("age_from").alias("age_start")]).agg(
        deaths=pl.col("count").sum(), population=pl.col("population").sum()
    )
    young = pooled.filter(pl.col("age_start") < 5).group_by(by).agg(young=pl.col("deaths").sum())
    table = life_table(pooled, by).join(young, on=by)
    usable = table.filter(
        (pl.col("age_start") == 5)
        & (pl.col("young") >= FEWEST_CHILD_DEATHS)
        & pl.col("lx").is_not_null()
    )
    return {key[:-1]: 1 - key[-1] / RADIX for key in usable.select(*by, "lx").iter_rows()}


def _predictions(
    one: dict[str, Any], variants: list[tuple[int, float, float]]
) -> tuple[list[float], str | None]:
    """Completeness by each model with its 5q0 and child completeness, and why one was refused."""
    values, reason = [], None
    for model, child, child_share in variants:
        frame = pl.DataFrame([one | {"u5mr": child, "u5compl": child_share}])
        try:
            values.append(float(adair_lopez(frame, model=model)["completeness"][0]))
        except EstimatorError as error:
            reason = str(error)
    return values, reason


def _spread(values: list[float], reason: str | None) -> dict[str, Any]:
    """Median with minimum and maximum; one value alone is no range and is not shown."""
    if len(values) < 2:
        return {"variant_count": len(values), "reason_zh": reason or NO_RANGE}
    middle = {"completeness": median(values), "low": min(values), "high": max(values)}
    return middle | {"variant_count": len(values)}


def _expected(known: pl.DataFrame) -> Rows:
    """Registered deaths against those expected at national rates.

    The range runs over the rates of the five-year periods on either side of the year, each with
    its exact Poisson limits.
    """
    by = [*PLACE, "sex"]
    each = [*by, "variant"]
    rates = pl.concat(_rates(int(year)) for year in known["year"].unique())
    joined = known.join(
        rates.cast({"year": known.schema["year"]}),
        on=["year", "sex", "age_from"],
        maintain_order="left",
    )
    every = pl.concat([joined, joined.with_columns(sex=pl.lit(BOTH))])
    observed = every.group_by(each).agg(observed=pl.col("count").sum().cast(pl.Float64))
    made = smr(expected_events(every, each).join(observed, on=each))
    middle = pl.col("variant") == 0
    return (
        made.group_by(by)
        .agg(
            pl.col("observed", "expected").filter(middle).first(),
            completeness=pl.col("value").filter(middle).first(),
            low=pl.col("ci_low").min(),
            high=pl.col("ci_high").max(),
            variant_count=(~middle).sum(),
        )
        .with_columns(
            period=pl.col("year").cast(pl.String),
            method=pl.lit("expected_deaths"),
            method_zh=pl.lit(EXPECTED),
        )
        .to_dicts()
    )


def _rates(year: int) -> pl.DataFrame:
    """year, variant, sex, age_from, rate: of the year (0), and of the periods around it (1, 2)."""
    before, after, _ = national.nearest_periods(year)
    periods = [national.abridged().filter(pl.col("year") == start) for start in (before, after)]
    tables = [national.of_year(year), *periods]
    return pl.concat(
        national.rates(table).with_columns(year=pl.lit(year), variant=pl.lit(variant))
        for variant, table in enumerate(tables)
    )


def _ranges(table: pl.DataFrame) -> pl.DataFrame:
    """One row a county, year and sex over all methods: the range, without a middle.

    A method for a span of years joins the range of its last year.
    """
    by = [*PLACE, "sex"]
    made = (
        table.filter(pl.col("low").is_not_null())
        .group_by(by)
        .agg(
            low=pl.col("low").min(),
            high=pl.col("high").max(),
            variant_count=pl.col("variant_count").sum(),
        )
        .with_columns(
            period=pl.col("year").cast(pl.String),
            method=pl.lit("range"),
            method_zh=pl.lit(RANGE),
            label_zh=pl.lit(LABEL),
        )
    )
    return shaped(made, COLUMNS)
