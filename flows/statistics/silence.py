"""quality.silence: institutions that report fewer cards than in earlier years."""

from __future__ import annotations

from datetime import date
from typing import Any

import duckdb
import numpy as np
import polars as pl

from estimators.interval import Floats
from estimators.silence import expectation, surprise
from flows.fields import CARDS
from flows.statistics.month import Known, first_day, known_months, last_day, month_of, name_of
from flows.statistics.table import Columns, shaped, write

WINDOWS = {"month": 1, "quarter": 3, "year": 12}
EARLIER_YEARS = 3
HORIZON = 12 * (EARLIER_YEARS + 1)
LEAST_EXPECTED = 5.0
ALARM_BELOW = 0.01
FEWER = "报告数低于往年，请自查"
NOTHING = "无报告"
USUAL = "在往年范围内"
UNKNOWN = "往年资料不足，不作判断"
KEYS = ["org_code", "card_type"]
COLUMNS: Columns = {
    "org_code": (pl.String, "机构"),
    "area_code": (pl.String, "机构所在县"),
    "card_type": (pl.String, "卡片类型"),
    "time_window": (pl.String, "时间窗（month 月、quarter 近3个月、year 近12个月）"),
    "window_from": (pl.Date, "起始日（按录入时间）"),
    "window_to": (pl.Date, "截止日（按录入时间）"),
    "observed": (pl.Int64, "收到卡数"),
    "expected": (pl.Float64, "往年同期平均（最多3年）"),
    "earlier_years": (pl.Int32, "所用往年数"),
    "probability": (pl.Float64, "收到这么少或更少的概率"),
    "distribution": (pl.String, "分布（poisson、negative_binomial）"),
    "is_alarm": (pl.Boolean, "提示（概率小于0.01）"),
    "zero_report_months": (pl.Int32, "时间窗内报来零报告的月数"),
    "text_zh": (pl.String, "提示文字"),
    "shade": (pl.String, "显示颜色（alarm 提示，grey 灰色，plain 普通）"),
}


def write_silence(
    draft: duckdb.DuckDBPyConnection, frames: dict[str, pl.DataFrame], as_of: date
) -> None:
    """Write quality.silence: one row an institution and card type it reports or has reported."""
    parts = [shaped([], COLUMNS)]
    zero = frames["monthly_report"].filter(pl.col("event_count") == 0)
    for card_type in CARDS:
        cards = frames[card_type].select("org_code", "created_time", "count_base")
        cards = cards.filter(pl.col("count_base") != "none")
        known = known_months(cards["created_time"], as_of)
        if known:
            own = zero.filter(pl.col("card_type") == card_type)
            made = silence(cards, frames["institution"], own, card_type, known)
            parts.append(made)
    table = pl.concat(parts)
    write(draft, "quality.silence", "机构报告数与往年同期比较", COLUMNS, table, KEYS)


def silence(
    cards: pl.DataFrame,
    institution: pl.DataFrame,
    zero_reports: pl.DataFrame,
    card_type: str,
    known: Known,
) -> pl.DataFrame:
    """Judge each institution by the shortest window in which earlier years let expect 5 cards.

    ``cards``: org_code, created_time of usable cards; ``institution``: typed institutions;
    ``zero_reports``: org_code, month of zero reports of this card type; ``known``: what the entries
    cover. Cards are put into months by their time of entry, so that a slow card is no
    silence. A window is compared with the same months of up to three earlier years since the
    institution's first card or opening; spread above chance between earlier windows makes the
    expectation negative binomial.
    """
    first, last = known.first, known.last
    entered = (
        cards.lazy()
        .group_by("org_code", month_of("created_time"))
        .agg(count=pl.len())
        .drop_nulls()
        .collect()
    )
    orgs = _institutions(institution, entered, card_type, last)
    if orgs.is_empty():
        return shaped([], COLUMNS)
    codes = orgs["org_code"].to_list()
    place = pl.col("month") - last + HORIZON - 1
    counts = (
        entered.filter(place.is_between(0, HORIZON - 1))
        .join(orgs.with_row_index("row"), on="org_code")
        .select("row", "count", place=place)
    )
    table = np.zeros((len(codes), HORIZON))
    table[counts["row"].to_numpy(), counts["place"].to_numpy()] = counts["count"].to_numpy()
    starts = [None if start is None else max(start, first) for start in orgs["start"]]
    zero_months = _zero_months(zero_reports)
    rows, history = [], []
    for code, area, series, start in zip(codes, orgs["area_code"], table, starts, strict=True):
        row = _window(series, start, last)
        width = WINDOWS[row["time_window"]]
        window_months = {name_of(month) for month in range(last - width + 1, last + 1)}
        row["zero_report_months"] = len(window_months & zero_months.get(code, set()))
        row |= {"org_code": code, "area_code": area, "card_type": card_type}
        rows.append(row)
        history += [(code, tile) for tile in _tiles(series, start, last, width)]
    return _judged(shaped(rows, COLUMNS), history)


def _institutions(
    institution: pl.DataFrame, entered: pl.DataFrame, card_type: str, last: int
) -> pl.DataFrame:
    """org_code, area_code, start: those open that report the card, or have reported it.

    ``start`` is the month of the first card or of opening, whichever is later; null: no card yet.
    """
    seen = entered.group_by("org_code").agg(first_card=pl.col("month").min())
    opened = pl.when(pl.col("opened_on").is_not_null()).then(month_of("opened_on")).otherwise(0)
    listed = institution.select(
        "org_code",
        pl.col("area_code").str.slice(0, 6),
        opened=opened,
        is_reporter=(pl.col(f"reports_{card_type}") == "1").fill_null(False),
        is_closed=(pl.col("closed_on") <= last_day(last)).fill_null(False),
    ).unique("org_code", keep="last", maintain_order=True)
    both = listed.join(seen, on="org_code", how="full", coalesce=True)
    wanted = (pl.col("is_reporter") | pl.col("first_card").is_not_null()) & ~pl.col(
        "is_closed"
    ).fill_null(False)
    start = pl.when(pl.col("first_card").is_not_null()).then(
        pl.max_horizontal("first_card", "opened")
    )
    return both.filter(wanted).with_columns(start=start).sort("org_code")


def _zero_months(zero_reports: pl.DataFrame) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for code, month in zero_reports.select("org_code", "month").drop_nulls().iter_rows():
        found.setdefault(code, set()).add(month)
    return found


def _window(series: Floats, start: int | None, last: int) -> dict[str, Any]:
    """The shortest window that is expected 5, else the year; with observed and expected."""
    chosen: dict[str, Any] = {}
    for name, width in WINDOWS.items():
        earlier = [
            float(series[HORIZON - width - 12 * back : HORIZON - 12 * back].sum())
            for back in range(1, EARLIER_YEARS + 1)
            if start is not None and start <= last - width + 1 - 12 * back
        ]
        expected = float(np.mean(earlier)) if earlier else None
        chosen = {
            "time_window": name,
            "window_from": first_day(last - width + 1),
            "window_to": last_day(last),
            "observed": int(series[HORIZON - width :].sum()),
            "expected": expected,
            "earlier_years": len(earlier),
        }
        if expected is not None and expected >= LEAST_EXPECTED:
            break
    return chosen


def _tiles(series: Floats, start: int | None, last: int, width: int) -> list[float]:
    """Counts of the windows of this width in earlier years, end to end back to ``start``.

    Not of this year: a silence that has lasted for months would hide itself.
    """
    if start is None:
        return []
    begin = max(start - last + HORIZON - 1, 0)
    ends = range(HORIZON - 12, begin + width - 1, -width)
    return [float(series[end - width : end].sum()) for end in ends]


def _judged(table: pl.DataFrame, history: list[tuple[str, float]]) -> pl.DataFrame:
    """Add probability, alarm and words."""
    earlier = pl.DataFrame(
        history, schema={"org_code": pl.String, "count": pl.Float64}, orient="row"
    )
    spread = expectation(earlier, ["org_code"], minimum_periods=1).select("org_code", "size")
    joined = table.join(spread, on="org_code", how="left", maintain_order="left")
    judged = surprise(joined).with_columns(probability=pl.col("probability_low"))
    enough = (pl.col("expected") >= LEAST_EXPECTED).fill_null(False)
    alarm = enough & (pl.col("probability") < ALARM_BELOW)
    nothing = pl.col("observed") == 0
    kind = pl.when(pl.col("size").is_null()).then(pl.lit("poisson"))
    text = (
        pl.when(alarm)
        .then(pl.lit(FEWER))
        .when(nothing)
        .then(pl.lit(NOTHING))
        .when(enough)
        .then(pl.lit(USUAL))
        .otherwise(pl.lit(UNKNOWN))
    )
    shade = pl.when(alarm).then(pl.lit("alarm")).when(enough & ~nothing).then(pl.lit("plain"))
    known = pl.col("probability").is_not_null()
    return shaped(
        judged.with_columns(
            is_alarm=alarm,
            distribution=pl.when(known).then(kind.otherwise(pl.lit("negative_binomial"))),
            text_zh=text,
            shade=shade.otherwise(pl.lit("grey")),
        ),
        COLUMNS,
    )
