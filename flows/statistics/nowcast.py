"""indicator.nowcast: events that happened and are not yet reported, month by month."""

from __future__ import annotations

from datetime import date
from typing import Any

import duckdb
import polars as pl

from estimators.errors import EstimatorError
from estimators.nowcast import nowcast
from flows.fields import CARDS
from flows.statistics.month import Known, first_day, known_months, last_day, month_of, name_of
from flows.statistics.table import Columns, shaped, write

WINDOW, SHOWN, FEWEST_MONTHS = 24, 12, 12
FEWEST_EVENTS = 30
MOST_UNDATED = 0.10
NO_TIME = "创建时间缺失超过 10%，不能估计报告延迟"
SHORT = "逐月报告的历史不足 12 个月，不能估计报告延迟"
FEW = "时段内事件数少于 30，不能估计报告延迟"
SILENT = "该月尚无报告，不能外推"
TOTAL = "ALL"
PLACES = {"registered": "area_code", "resident": "residence_area_code"}
KEYS = ["area_code", "residency", "card_type", "month"]
COLUMNS: Columns = {
    "area_code": (pl.String, "县"),
    "residency": (pl.String, "人口口径"),
    "card_type": (pl.String, "卡片类型"),
    "month": (pl.String, "事件月份（ALL 为整个推算时段）"),
    "date_from": (pl.Date, "起始日"),
    "date_to": (pl.Date, "截止日"),
    "reported": (pl.Int64, "已收到的事件数（任何审核状态，去重）"),
    "expected": (pl.Float64, "估计的最终事件数（估计）"),
    "unreported": (pl.Float64, "估计尚未报告数（估计）"),
    "ci_low": (pl.Float64, "最终事件数95%区间下限"),
    "ci_high": (pl.Float64, "最终事件数95%区间上限"),
    "method": (pl.String, "方法"),
    "label_zh": (pl.String, "标签"),
    "reason_zh": (pl.String, "未估计的原因"),
}
USED = ["event_date", "created_time", "is_counted", "count_base", *PLACES.values()]
METHOD = "chain ladder (Mack 1993) on event month by months to entry"
LABEL = "估计，不用于评分"


def write_nowcast(
    draft: duckdb.DuckDBPyConnection,
    frames: dict[str, pl.DataFrame],
    areas: list[str],
    as_of: date,
) -> None:
    """Write indicator.nowcast; months up to the last one that was over when the data were taken."""
    rows: list[dict[str, Any]] = []
    for card_type in CARDS:
        cards = frames[card_type].select(USED)
        cards = cards.filter(pl.col("is_counted") & (pl.col("count_base") != "none"))
        known = known_months(cards["created_time"], as_of)
        for residency, column in PLACES.items():
            for area in areas:
                own = cards.filter(pl.col(column) == area)
                keys = {"area_code": area, "residency": residency, "card_type": card_type}
                rows += [keys | row for row in nowcast_rows(own, known)] if own.height else []
    table = shaped(rows, COLUMNS)
    write(draft, "indicator.nowcast", "尚未报告事件数的估计（不用于评分）", COLUMNS, table, KEYS)


def nowcast_rows(cards: pl.DataFrame, known: Known | None) -> list[dict[str, Any]]:
    """The last twelve months and the whole window (``ALL``) of one place and card type.

    ``cards``: event_date, created_time of events; ``known``: what the entries cover. The window
    is at most 24 months long and begins no earlier than the entries do: what happened before was
    entered in one go and says nothing of delays. Where the newest entry lies n days after the last
    whole month, delay 0 means entered up to n days after the month of the event, and so on, so
    that every month is seen at the same age and nothing received is left out.
    """
    if known is None or cards["created_time"].null_count() > MOST_UNDATED * cards.height:
        return [_row(None, TOTAL, reason_zh=NO_TIME)]
    first, last = max(known.first, known.last - WINDOW + 1), known.last
    shift = known.newest - last_day(last)
    entered = pl.col("created_time").cast(pl.Date)
    dated = (
        cards.lazy()
        .filter(
            pl.col("event_date").is_between(first_day(first), last_day(last)),
            entered <= known.newest,
        )
        .with_columns(entered - pl.duration(days=shift.days))
        .select(month_of("event_date").alias("period"), month_of("created_time").alias("entered"))
        .collect()
    )
    window = (first, last)
    if last - first + 1 < FEWEST_MONTHS:
        return [_row(None, TOTAL, reason_zh=SHORT)]
    if dated.height < FEWEST_EVENTS:
        return [_row(window, TOTAL, dated.height, reason_zh=FEW)]
    # Entered before it happened: a slip of the pen, taken as entered at once.
    delay = (pl.col("entered") - pl.col("period")).clip(0)
    counted = dated.with_columns(delay=delay).group_by("period", "delay").agg(count=pl.len())
    edges = pl.DataFrame(
        {"period": [first, last], "delay": [0, 0], "count": [0, 0]}, schema=counted.schema
    )
    try:
        made = nowcast(pl.concat([counted, edges]))
    except EstimatorError as error:
        return [_row(window, TOTAL, dated.height, reason_zh=str(error))]
    rows = []
    for found in made.iter_rows(named=True):
        month = found["period"]
        if month is None:
            rows.append(_row(window, TOTAL, dated.height, found))
        elif month > last - SHOWN:
            place = (month, month), name_of(month), int(found["reported"])
            silent = found["reported"] == 0
            rows.append(_row(*place, reason_zh=SILENT) if silent else _row(*place, found))
    return rows


def _row(
    window: tuple[int, int] | None,
    month: str,
    reported: int | None = None,
    found: dict[str, Any] | None = None,
    reason_zh: str | None = None,
) -> dict[str, Any]:
    row: dict[str, Any] = {"month": month, "label_zh": LABEL, "reason_zh": reason_zh}
    row["reported"] = reported
    if window:
        row |= {"date_from": first_day(window[0]), "date_to": last_day(window[1])}
    if found:
        row |= {name: found[name] for name in ("expected", "ci_low", "ci_high")}
        row |= {"unreported": found["expected"] - found["reported"], "method": METHOD}
    return row
