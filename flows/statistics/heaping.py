"""quality.heaping: rounded ages, and dates that fall on the 1st or the 15th too often."""

from __future__ import annotations

from calendar import monthrange
from datetime import date
from typing import Any

import duckdb
import numpy as np
import polars as pl
from scipy.special import chdtrc

from estimators.errors import EstimatorError
from estimators.heaping import heaping
from estimators.interval import wilson
from flows.fields import CARDS, EVENT_DATE
from flows.statistics.month import last_day, last_whole_month
from flows.statistics.table import Columns, shaped, write

AGE, DAY = "age", "day_of_month"
OLDEST = 130
WHIPPLE_AGES = (23, 62)
FEWEST_PEOPLE = 100
FEWEST_EXPECTED = 5.0  # for the chi-square test to hold
DAYS = (1, 15)
YEARS_BACK = 3
USED = [
    "is_counted",
    "count_base",
    "area_code",
    "year",
    "age_years",
    "org_code",
    "report_area_code",
]
FEW_AGES = "23—62 岁人数少于 100，不计算年龄堆积指数"
FEW_DATES = "日期太少（期望落在 1 日或 15 日的不足 5 个），不作检验"
KEYS = ["kind", "card_type", "area_code", "org_code", "year"]
COLUMNS: Columns = {
    "kind": (pl.String, "种类（age 年龄尾数，day_of_month 日期尾数）"),
    "card_type": (pl.String, "卡片类型"),
    "field": (pl.String, "字段"),
    "area_code": (pl.String, "县（年龄：户籍县；日期：机构所在县）"),
    "org_code": (pl.String, "机构（年龄指数不分机构，为空）"),
    "year": (pl.Int32, "年份（日期：截止年，取近3年）"),
    "record_count": (pl.Int64, "用到的记录数"),
    "whipple": (pl.Float64, "Whipple 指数（100 无偏好，500 全在 0、5 岁）"),
    "whipple_low": (pl.Float64, "Whipple 指数95%区间下限"),
    "whipple_high": (pl.Float64, "Whipple 指数95%区间上限"),
    "myers": (pl.Float64, "Myers 指数（0–180）"),
    "share_day_1": (pl.Float64, "1 日所占比例（0–1）"),
    "share_day_15": (pl.Float64, "15 日所占比例（0–1）"),
    "expected_share": (pl.Float64, "无偏好时每日应占比例（0–1）"),
    "p_value": (pl.Float64, "卡方检验 p 值（1 日、15 日、其余，自由度2）"),
    "reason_zh": (pl.String, "未计算的原因"),
}


def write_heaping(
    draft: duckdb.DuckDBPyConnection,
    frames: dict[str, pl.DataFrame],
    areas: list[str],
    years: list[int],
    as_of: date,
) -> None:
    """Write quality.heaping; ages of official events of complete years, dates of three years."""
    parts = [shaped([], COLUMNS)]
    last = last_day(last_whole_month(as_of))
    first = date(last.year - YEARS_BACK + 1, 1, 1)
    for card_type in CARDS:
        field = EVENT_DATE[card_type]
        cards = frames[card_type].select(*USED, day=pl.col(field))
        cards = cards.filter(pl.col("is_counted") & (pl.col("count_base") != "none"))
        official = cards.filter(
            (pl.col("count_base") == "official")
            & pl.col("area_code").is_in(areas)
            & pl.col("year").is_in(years)
        )
        if card_type in ("death", "tumour"):
            parts.append(_named(ages(official), AGE, card_type, "age_years"))
        recent = cards.filter(pl.col("day").is_between(first, last))
        parts.append(_named(days(recent, first, last), DAY, card_type, field))
    write(draft, "quality.heaping", "年龄与日期的尾数偏好", COLUMNS, pl.concat(parts), KEYS)


def _named(rows: list[dict[str, Any]], kind: str, card_type: str, field: str) -> pl.DataFrame:
    names = {"kind": kind, "card_type": card_type, "field": field}
    return shaped([names | row for row in rows], COLUMNS)


def ages(cards: pl.DataFrame) -> list[dict[str, Any]]:
    """Whipple's (with Wilson's limits) and Myers' index of age_years by area_code and year.

    Deaths rise with age, which alone moves Whipple's index a few points from 100.
    """
    every = pl.DataFrame({"age": range(OLDEST + 1)}, schema={"age": pl.Int32})
    counted = (
        cards.lazy()
        .filter(pl.col("age_years").is_between(0, OLDEST))
        .group_by("area_code", "year", age=pl.col("age_years"))
        .agg(count=pl.len())
        .sort("area_code", "year")
        .collect()
    )
    rows = []
    for (area, year), own in counted.group_by("area_code", "year", maintain_order=True):
        full = every.join(own.select("age", "count"), on="age", how="left", maintain_order="left")
        row = {"area_code": area, "year": year, "record_count": own["count"].sum()}
        rows.append(row | _age_indices(full.with_columns(pl.col("count").fill_null(0))))
    return rows


def _age_indices(full: pl.DataFrame) -> dict[str, Any]:
    """Of ``full``: age (0, 1 ... OLDEST) and count."""
    ages = np.arange(WHIPPLE_AGES[0], WHIPPLE_AGES[1] + 1)
    middle = full["count"].to_numpy()[ages]
    total = int(middle.sum())
    if total < FEWEST_PEOPLE:
        return {"reason_zh": FEW_AGES}
    try:
        made = heaping(full).row(0, named=True)
    except EstimatorError as error:
        return {"reason_zh": str(error)}
    round_ages = int(middle[ages % 5 == 0].sum())
    low, high = (float(limit) for limit in wilson(round_ages, total))
    limits = {"whipple_low": 500 * low, "whipple_high": 500 * high}
    names = ("whipple", "myers")
    return {**limits, **{name: made[name] for name in names}, "reason_zh": made["refused"]}


def days(cards: pl.DataFrame, first: date, last: date) -> list[dict[str, Any]]:
    """Share of ``day`` on the 1st and the 15th by org_code, against the calendar first ... last."""
    share = expected_share(first, last)
    day = pl.col("day").dt.day()
    made = (
        cards.filter(pl.col("org_code").is_not_null())
        .group_by("org_code")
        .agg(
            pl.col("report_area_code").drop_nulls().mode().sort().first().alias("area_code"),
            pl.len().cast(pl.Int64).alias("record_count"),
            *((day == number).sum().cast(pl.Int64).alias(f"on_{number}") for number in DAYS),
        )
        .sort("org_code")
    )
    return [_day_row(row, share) | {"year": last.year} for row in made.iter_rows(named=True)]


def expected_share(first: date, last: date) -> float:
    """Share of the days of whole months first ... last that are a 1st; as many are a 15th."""
    months = [
        (year, month)
        for year in range(first.year, last.year + 1)
        for month in range(1, 13)
        if (first.year, first.month) <= (year, month) <= (last.year, last.month)
    ]
    return len(months) / sum(monthrange(*month)[1] for month in months)


def _day_row(row: dict[str, Any], share: float) -> dict[str, Any]:
    total = row["record_count"]
    seen = [row.pop(f"on_{number}") for number in DAYS]
    row |= {f"share_day_{number}": count / total for number, count in zip(DAYS, seen, strict=True)}
    row["expected_share"] = share
    if share * total < FEWEST_EXPECTED:
        return row | {"reason_zh": FEW_DATES}
    observed = np.array([*seen, total - sum(seen)], dtype=np.float64)
    expected = total * np.array([share, share, 1 - 2 * share])
    statistic = float(((observed - expected) ** 2 / expected).sum())
    return row | {"p_value": float(chdtrc(2, statistic))}
