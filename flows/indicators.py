"""The indicators: what each means, and their values with denominators and intervals.

Every measure is one SELECT under sql/measure giving numerator and denominator; the lines of its
header (unit, interval, 口径) are data. Here they are put together, made values of, and given their
intervals, one call for each kind of interval.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

import duckdb
import polars as pl

from estimators.interval import z_value
from estimators.life_table import life_table
from estimators.premature import premature_mortality
from estimators.rate import proportion, rate, ratio
from flows.class_tables import write_class_table
from flows.draft import put
from flows.models import Model, ModelError, read_models, write_comments
from flows.rate_tables import read_tallies, write_rate_tables
from flows.shelf.kept import Kept

#: value = numerator / denominator x factor.
FACTORS = {
    "percent": 100.0,
    "per_1000": 1000.0,
    "per_100k": 100_000.0,
    "ratio": 1.0,
    "years": 1.0,
    "count": 1.0,
}
METHODS = {
    "poisson": "exact Poisson (Garwood)",
    "wilson": "Wilson score",
    "ratio": "exact conditional binomial",
    "life_table": "Chiang II abridged life table",
    "premature": "40q30 with Chiang variance",
    "corrected": "delta method on the log scale",
    "none": "no interval",
}
RADIX = 100_000.0
KEYS = ["area_code", "period", "residency"]
LABELS = {
    "indicator": "指标",
    "name_zh": "名称",
    "unit": "单位",
    "numerator_zh": "分子",
    "denominator_zh": "分母",
    "population_zh": "人口",
    "date_zh": "日期",
    "cards_zh": "卡片",
    "source": "来源",
    "note_zh": "说明",
    "name": "英文名称",
    "interval": "区间方法",
    "area_code": "县或乡镇",
    "org_code": "机构（空为整个地区）",
    "year": "年份",
    "residency": "人口口径（按报告机构评价的指标为空）",
    "numerator": "分子",
    "denominator": "分母",
    "value": "值（分子 ÷ 分母 × 单位）",
    "ci_low": "95%区间下限",
    "ci_high": "95%区间上限",
    "method": "方法（no_data：无资料）",
    "period_from": "起始日",
    "period_to": "截止日",
}
SUMMARY = [
    *("area_code", "org_code", "year", "residency", "indicator", "numerator", "denominator"),
    *("unit", "value", "ci_low", "ci_high", "method"),
]


def measures(folder: Path) -> dict[str, Model]:
    """The measures under ``folder``/measure by indicator id; raises ModelError for a bad header."""
    found = {
        name.removeprefix("measure."): model
        for name, model in read_models(folder).items()
        if name.startswith("measure.")
    }
    for name, model in found.items():
        if model.facts.get("unit") not in FACTORS:
            raise ModelError(f"measure.{name} names no unit out of {', '.join(FACTORS)}")
        if model.facts.get("interval") not in METHODS:
            raise ModelError(f"measure.{name} names no interval out of {', '.join(METHODS)}")
    return found


def definitions(folder: Path) -> pl.DataFrame:
    """口径对照表: one row an indicator, from the headers of the measures under ``folder``."""
    facts = ["unit", "numerator_zh", "denominator_zh", "population_zh", "date_zh", "cards_zh"]
    return pl.DataFrame(
        [
            {"indicator": name, "name_zh": model.title_zh}
            | {fact: model.facts.get(fact) for fact in (*facts, "source", "note_zh")}
            | {"name": model.title, "interval": METHODS[model.facts["interval"]]}
            for name, model in sorted(measures(folder).items())
        ],
        infer_schema_length=None,
    )


def as_table(folder: Path) -> pl.DataFrame:
    """What ``zhikong indicators`` prints: the definitions with Chinese headings."""
    table = definitions(folder).drop("name", "interval")
    return table.rename({column: LABELS[column] for column in table.columns})


#: How `cards_zh` names the kinds of cards.
KIND_ZH = {"death": "死亡", "tumour": "肿瘤", "cardio": "心脑血管", "diabetes": "糖尿病"}


def build(
    connection: duckdb.DuckDBPyConnection,
    folder: Path,
    kept: Kept | None = None,
    stopped: Collection[str] = (),
) -> None:
    """Write indicator.definition, summary, last_12_months, cancer and cause_of_death.

    Years are the complete ones of reference.period.

    Args:
        connection: ``models.build`` has run on it.
        folder: of the models.
        kept: what earlier nights made of years in which no number changed.
        stopped: kinds of cards that came no longer when the last twelve months ended; what is made
            of them has no value in those.
    """
    connection.execute("create schema if not exists indicator")
    defined = definitions(folder)
    _write(connection, "definition", defined, "指标口径对照表")
    values = _values(connection, folder).join(
        connection.sql("select * from reference.period").pl(), on="period"
    )
    summary = values.filter((pl.col("kind") == "year") & pl.col("is_complete"))
    _write(connection, "summary", _ordered(summary, SUMMARY), "指标汇总（整年）")
    of_stopped = pl.any_horizontal(
        pl.lit(False), *(pl.col("cards_zh").str.contains(KIND_ZH[name]) for name in stopped)
    )
    ended = defined.filter(of_stopped)["indicator"]
    newest = values.filter(
        (pl.col("kind") == "last_12_months") & ~pl.col("indicator").is_in(ended.implode())
    )
    newest = newest.rename({"date_from": "period_from", "date_to": "period_to"})
    columns = [*SUMMARY, "period_from", "period_to"]
    _write(connection, "last_12_months", _ordered(newest, columns), "指标汇总（最近12个月）")
    kept = Kept() if kept is None else kept
    tallies = read_tallies(connection)
    write_rate_tables(connection, tallies, kept)
    write_class_table(connection, tallies, kept)


def _ordered(values: pl.DataFrame, columns: list[str]) -> pl.DataFrame:
    return values.select(columns).sort("area_code", "org_code", "year", "residency", "indicator")


def _write(connection: duckdb.DuckDBPyConnection, name: str, frame: pl.DataFrame, zh: str) -> None:
    put(connection, f"indicator.{name}", frame)
    labels = {column: LABELS[column] for column in frame.columns}
    write_comments(connection, f"indicator.{name}", zh, labels)


def _values(connection: duckdb.DuckDBPyConnection, folder: Path) -> pl.DataFrame:
    """All measures, long, with value, ci_low, ci_high and method."""
    every = _without_impossible_shares(_measured(connection, measures(folder)))
    by_interval = {name: every.filter(pl.col("interval") == name) for name in METHODS}
    ages = connection.sql("select * from work.age_death").pl()
    valued = [
        _with_interval(by_interval["poisson"], "poisson"),
        _with_interval(by_interval["wilson"], "wilson"),
        _with_interval(by_interval["ratio"], "ratio"),
        _life_expectancy(by_interval["life_table"], ages),
        _premature(by_interval["premature"], ages),
        _corrected(by_interval["corrected"]),
        by_interval["none"].with_columns(
            value=pl.col("numerator") / pl.col("denominator") * pl.col("factor"),
            ci_low=pl.lit(None, dtype=pl.Float64),
            ci_high=pl.lit(None, dtype=pl.Float64),
        ),
    ]
    table = pl.concat([part.select(valued[0].columns) for part in valued])
    method = pl.col("interval").replace_strict(METHODS, return_dtype=pl.String)
    method = pl.when(pl.col("value").is_null()).then(pl.lit("no_data")).otherwise(method)
    return table.with_columns(
        method=pl.when(pl.col("remark").is_null())
        .then(method)
        .otherwise(pl.concat_str(method, pl.lit("; "), pl.col("remark")))
    )


def _without_impossible_shares(every: pl.DataFrame) -> pl.DataFrame:
    """A part larger than its whole is a fault of ours: no number, and the method says so."""
    impossible = (pl.col("interval") == "wilson") & (pl.col("numerator") > pl.col("denominator"))
    is_fault = impossible.fill_null(False)
    return every.with_columns(
        numerator=pl.when(~is_fault).then("numerator"),
        remark=pl.when(is_fault).then(pl.lit("分子大于分母，未计算")).otherwise("remark"),
    )


def _measured(connection: duckdb.DuckDBPyConnection, found: Mapping[str, Model]) -> pl.DataFrame:
    """The rows of all measures, in one statement: most have few, and each would be a query."""
    has = set(
        connection.execute(
            "select table_name, column_name from duckdb_columns()"
            " where 'measure' in (database_name, schema_name)"
        ).fetchall()
    )

    def perhaps(name: str, column: str, kind: str) -> str:
        return f"cast({column if (name, column) in has else 'null'} as {kind}) as {column}"

    rows = connection.sql(
        " union all ".join(
            f"select area_code, cast(org_code as varchar) as org_code, period,"
            f" cast(residency as varchar) as residency, '{name}' as indicator,"
            f" cast(numerator as double) as numerator, cast(denominator as double) as denominator,"
            f" {perhaps(name, 'remark', 'varchar')}, {perhaps(name, 'standard_error', 'double')}"
            f" from measure.{name}"
            for name in found
        )
    ).pl()
    about = pl.DataFrame(
        [
            (name, unit := model.facts["unit"], model.facts["interval"], FACTORS[unit])
            for name, model in found.items()
        ],
        schema={
            "indicator": pl.String, "unit": pl.String, "interval": pl.String, "factor": pl.Float64
        },
        orient="row",
    )  # fmt: skip
    return rows.join(about, on="indicator", how="left", maintain_order="left")


def _with_interval(frame: pl.DataFrame, interval: str) -> pl.DataFrame:
    """Limits from the estimators; a null numerator or denominator gives nulls, never zero."""
    known = pl.col("numerator").is_not_null()
    counted = frame.with_columns(pl.col("numerator").fill_null(0.0))
    match interval:
        case "poisson":
            made = rate(counted, per=1, count="numerator", population="denominator")
        case "wilson":
            made = proportion(counted, count="numerator", total="denominator")
        case _:
            made = ratio(counted, count_a="numerator", count_b="denominator")
    made = made.with_columns(frame["numerator"])
    return made.with_columns(
        pl.when(known).then(pl.col("value", "ci_low", "ci_high") * pl.col("factor"))
    )


def _corrected(frame: pl.DataFrame) -> pl.DataFrame:
    """Log-normal limits from the standard error that the measure gives of its numerator."""
    value = pl.col("numerator") / pl.col("denominator") * pl.col("factor")
    some = pl.when(pl.col("numerator") > 0).then("numerator")
    spread = (z_value(0.95) * pl.col("standard_error") / some).exp()
    return frame.with_columns(value=value, ci_low=value / spread, ci_high=value * spread)


def _life_expectancy(frame: pl.DataFrame, ages: pl.DataFrame) -> pl.DataFrame:
    """Numerator T0, denominator l0: the value is their quotient, as for every indicator."""
    if not ages.height:
        return _without_value(frame)
    columns = {"age_from": "age_start", "death_count": "deaths"}
    table = life_table(ages.rename(columns), KEYS).filter(pl.col("age_start") == 0)
    made = table.select(
        *KEYS,
        pl.when(pl.col("ex").is_not_null()).then(pl.col("ex") * RADIX).alias("numerator"),
        pl.lit(RADIX).alias("denominator"),
        pl.col("ex").alias("value"),
        "ci_low",
        "ci_high",
        pl.col("refused").alias("remark"),
    )
    return frame.drop("numerator", "denominator", "remark").join(made, on=KEYS, how="left")


def _premature(frame: pl.DataFrame, ages: pl.DataFrame) -> pl.DataFrame:
    """Numerator: of 100,000 people aged 30 those who would die so before 70."""
    if not ages.height:
        return _without_value(frame)
    columns = {"age_from": "age_start", "ncd_death_count": "deaths"}
    table = premature_mortality(ages.drop("death_count").rename(columns), KEYS)
    made = table.select(
        *KEYS,
        (pl.col("value") * RADIX).alias("numerator"),
        pl.lit(RADIX).alias("denominator"),
        pl.col("value", "ci_low", "ci_high") * FACTORS["percent"],
        pl.col("refused").alias("remark"),
    )
    return frame.drop("numerator", "denominator", "remark").join(made, on=KEYS, how="left")


def _without_value(frame: pl.DataFrame) -> pl.DataFrame:
    nothing = pl.lit(None, dtype=pl.Float64)
    return frame.with_columns(value=nothing, ci_low=nothing, ci_high=nothing)
