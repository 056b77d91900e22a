"""indicator.capture: how many there are in all, from overlapping lists; never a 漏报率.

The lists are the cards and the complete lists of other offices (`routine_match`); samples (reviews,
household surveys) are no lists of a whole county and are left out. What the lists do not allow is a
row with the reason.
"""

from __future__ import annotations

from typing import Any

import duckdb
import polars as pl

from estimators.capture import capture, warnings
from estimators.capture_survey import stratified_chapman
from estimators.errors import EstimatorError
from flows.reconcile.classes import source_zh
from flows.reconcile.overlap import CARDS, KEYS, members, patterns
from flows.statistics.table import Columns, shaped, write

#: A shorter list says little, and more lists than this have too many empty cells.
SMALLEST_LIST, MOST_LISTS = 30, 4
#: Chapman's bias is negligible from 7 common people on (Robson and Regier, Trans Am Fish Soc 1964).
LEAST_OVERLAP = 7
#: Above this share of rows still to be verified nobody knows who is in a list.
MOST_OPEN = 0.10
CHOSEN = ("chapman", "average_aic")
KEPT = ("average_aic", "average_bic", "spread", "spread_supported", "chao")
OVERLAP: Columns = {
    "area_code": (pl.String, "县"),
    "year": (pl.Int32, "年份"),
    "card_type": (pl.String, "卡片类型"),
    "sources": (pl.String, "所在名单（cards 为报告卡，+ 连接）"),
    "person_count": (pl.Int64, "人数"),
}
COLUMNS: Columns = {
    "area_code": (pl.String, "县"),
    "year": (pl.Int32, "年份"),
    "card_type": (pl.String, "卡片类型"),
    "lists": (pl.String, "所用名单（cards 为报告卡）"),
    "model": (pl.String, "模型（refused：不予估计）"),
    "terms": (pl.String, "模型项"),
    "seen_count": (pl.Int64, "各名单合计人数（去重）"),
    "card_count": (pl.Int64, "有报告卡的人数"),
    "population": (pl.Float64, "估计总人数"),
    "se": (pl.Float64, "标准误"),
    "ci_low": (pl.Float64, "95%区间下限"),
    "ci_high": (pl.Float64, "95%区间上限"),
    "aic": (pl.Float64, "AIC"),
    "bic": (pl.Float64, "BIC"),
    "is_chosen": (pl.Boolean, "宜引用的一行"),
    "card_missed_percent": (pl.Float64, "报告卡未覆盖的比例估计（%，不是漏报率，不计分）"),
    "note_zh": (pl.String, "不予估计的原因或提示"),
}


def write_capture(
    draft: duckdb.DuckDBPyConnection,
    cases: pl.DataFrame,
    cards: dict[str, pl.DataFrame],
    home_area: str | None,
) -> None:
    """Write quality.list_overlap and indicator.capture."""
    known, unsettled = members(cases, cards, home_area)
    overlap = patterns(known)
    title = "各名单的重合情况（人数，不含身份信息）"
    write(draft, "quality.list_overlap", title, OVERLAP, overlap, [*KEYS, "sources"])
    rows = [
        row
        for values, own in known.sort(KEYS).group_by(KEYS, maintain_order=True)
        for row in estimates(own, unsettled.join(own.select(KEYS).unique(), on=KEYS))
        if values[0] is not None
    ]
    title = "捕获－再捕获估计：由重合名单推算的总人数（只作参考）"
    write(draft, "indicator.capture", title, COLUMNS, shaped(rows, COLUMNS), [*KEYS, "model"])


def estimates(own: pl.DataFrame, unsettled: pl.DataFrame) -> list[dict[str, Any]]:
    """Rows of one county, year and kind of card, or one row `refused` with the reason."""
    sizes = own.group_by("source").len().sort(-pl.col("len").cast(pl.Int64), "source")
    others = sizes.filter((pl.col("source") != CARDS) & (pl.col("len") >= SMALLEST_LIST))["source"]
    lists = [CARDS, *others.to_list()[: MOST_LISTS - 1]]
    used = own.filter(pl.col("source").is_in(lists))
    people = used.group_by("who", maintain_order=True).agg(
        *((pl.col("source") == name).any().cast(pl.Int64).alias(name) for name in lists),
        sex=pl.col("sex").drop_nulls().first().fill_null("9"),
        age=pl.col("age_years").drop_nulls().first(),
    )
    child, adult = pl.when(pl.col("age") < 15), pl.col("age") < 65
    people = people.with_columns(
        age_band=child.then(pl.lit("0-14"))
        .when(adult)
        .then(pl.lit("15-64"))
        .when(pl.col("age") >= 65)
        .then(pl.lit("65+"))
    )
    common = dict(zip(KEYS, own.select(KEYS).row(0), strict=True)) | {
        "lists": "+".join(lists),
        "seen_count": people.height,
        "card_count": int(people[CARDS].sum()),
    }
    if reason := _unusable(people, lists, unsettled):
        return [common | {"model": "refused", "is_chosen": False, "note_zh": reason}]
    counted = people.group_by(lists).len("count").sort(lists, descending=True)
    try:
        result = capture(counted, lists)
    except EstimatorError as error:
        return [common | {"model": "refused", "is_chosen": False, "note_zh": str(error)}]
    doubts = "；".join(warnings(result)) or None
    best = result.head(1) if len(lists) > 2 else result
    kept = pl.concat([best, result.filter(pl.col("model").is_in(KEPT))])
    rows = []
    for row in kept.to_dicts():
        chosen = row["model"] in CHOSEN and doubts is None
        share = None
        if chosen and row["population"]:
            share = 100 * (1 - common["card_count"] / row["population"])
        rows.append(
            common | row | {"is_chosen": chosen, "card_missed_percent": share, "note_zh": doubts}
        )
    if len(lists) == 2:
        rows += _by_stratum(people, lists, common)
        for row in rows:
            row["note_zh"] = "只有两份名单，独立性无法检验；正相关时估计偏低"
    return rows


def _unusable(people: pl.DataFrame, lists: list[str], unsettled: pl.DataFrame) -> str | None:
    if len(lists) < 2:
        return f"没有一份外单位名单达到 {SMALLEST_LIST} 人"
    if people[CARDS].sum() < SMALLEST_LIST:
        return f"报告卡不足 {SMALLEST_LIST} 人"
    for name, listed, waiting in unsettled.select(
        "source", "listed_count", "open_count"
    ).iter_rows():
        if name in lists and waiting > MOST_OPEN * listed:
            return f"{source_zh(name)}名单待核 {waiting}/{listed} 行，核实后再估计"
    for name in lists[1:]:
        both = int((people[CARDS] & people[name]).sum())
        if both < LEAST_OVERLAP:
            return f"报告卡与{source_zh(name)}名单重合 {both} 人，少于 {LEAST_OVERLAP} 人"
        if both in (people[CARDS].sum(), people[name].sum()):
            return f"报告卡与{source_zh(name)}名单一方完全包含另一方，两者不独立"
    return None


def _by_stratum(
    people: pl.DataFrame, lists: list[str], common: dict[str, Any]
) -> list[dict[str, Any]]:
    """Chapman by sex and age summed, where every stratum has an overlap."""
    counted = (
        people.drop_nulls(["sex", "age_band"])
        .group_by("sex", "age_band", *lists)
        .len("count")
        .rename({lists[0]: "list_a", lists[1]: "list_b"})
        .sort("sex", "age_band", "list_a", "list_b")
    )
    if people["age_band"].null_count() or not counted.height:
        return []
    _, total = stratified_chapman(counted, ["sex", "age_band"])
    row = total.row(0, named=True)
    if row["population"] is None:
        return []
    keep = {name: row[name] for name in ("population", "se", "ci_low", "ci_high")}
    model = {"model": "chapman_by_sex_age", "terms": " + ".join(lists), "is_chosen": False}
    return [common | keep | model]
