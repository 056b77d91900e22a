"""What the data manager reads first: the lines of the morning."""

from __future__ import annotations

import polars as pl

from flows import noise
from flows.published import RESIDENCY_ZH
from flows.tonight import Tonight

#: Faults of files that the summary names; of more it says how many.
NAMED = 10
#: Of these a person must know in the morning: less came than was sent.
LESS_CAME = ("file.column_lost", "file.empty", "file.row_rejected", "file.value_too_long")


def _of_files(tonight: Tonight, new: pl.DataFrame) -> list[str]:
    """What is wrong with files since tonight."""
    told = new.filter(
        (pl.col("card_type") == "file")
        & ((pl.col("severity") == "error") | pl.col("rule_id").is_in(LESS_CAME))
    )
    places = set(told.select("rule_id", "source_file", "field").iter_rows())
    said: dict[str, dict[str, None]] = {}
    for one in (*tonight.faults, *tonight.list_faults):
        is_told = (one.rule_id, one.source_file, one.field) in places
        if is_told and not one.rule_id.startswith("file.held_for"):  # asked about above
            said.setdefault(one.source_file, {})[one.reason] = None
    lines = [f"文件：{source}：{'；'.join(reasons)}" for source, reasons in said.items()]
    more = [f"文件：另有 {len(lines) - NAMED} 个，见 quality.finding"] if len(lines) > NAMED else []
    return lines[:NAMED] + more


def summary(tonight: Tonight) -> str:
    """What the data manager reads first."""
    loaded = tonight.sheets["loaded_rows"].sum() if tonight.sheets.height else 0
    opened = tonight.findings.filter(pl.col("resolved_on").is_null())
    new = opened.filter(pl.col("first_found_on") == tonight.as_of)
    lines = [
        f"数据截至 {tonight.as_of}：{tonight.sheets.height} 张表，{loaded} 行",
        f"未解决的发现 {opened.height} 条，其中今晚新增 {new.height} 条；"
        f"待核实单 {len(tonight.letters.letters)} 份",
        *tonight.letter_lines,
    ]
    late = tonight.tasks.filter(pl.col("state") == "overdue").height
    lines += [f"待办任务 {tonight.tasks.height} 项，其中逾期 {late} 项（zhikong tasks）"]
    lines += noise.told(tonight.rules)
    lines += [
        f"规则 {rule} 运行失败，今晚未用于任何卡片，医院不会收到；请联系维护人员"
        for rule in tonight.broken
    ]
    lines += [f"等待：{fault.source_file}：{fault.reason}" for fault in tonight.waiting]
    lines += [
        f"待确认：{item.source_file} {item.said}"
        f"请核对导出；确属无误时用 zhikong receive {item.option} 再放入"
        for item in tonight.held
    ]
    lines += _of_files(tonight, new)
    lines += _of_change(tonight)
    if tonight.score.height:
        newest = tonight.score["year"].max()
        for row in tonight.score.filter(pl.col("year") == newest).iter_rows(named=True):
            lines.append(
                f"{row['area_code']} {row['year']} 年第 {row['item_no']} 条："
                f"已确认 {row['points']:g} 分，待佐证 {row['points_pending']:g} 分，"
                f"失分 {row['points_lost']:g} 分（满分 {row['points_max']:g}）"
            )
    return "\n".join(lines)


#: Numbers of events whose change is told, by the rate they are the numerator of.
WATCHED = {
    "crude_death_rate_per_1000": "死亡",
    "cancer_incidence_per_100k": "恶性肿瘤新发",
    "stroke_incidence_per_100k": "脑卒中",
    "coronary_incidence_per_100k": "急性冠心病事件",
    "diabetes_incidence_per_100k": "糖尿病新发",
}
#: A number of a whole year that moves in one night by more than both has a reason to look for.
MOVED_SHARE, MOVED_COUNT = 0.05, 5
#: Older years leave the published file by themselves.
YEARS = 4


def _of_change(tonight: Tonight) -> list[str]:
    """What tonight changed of what was published: cards withdrawn, years that moved much."""
    if tonight.traced is None:
        return []
    tally = tonight.traced.cards.tally
    withdrawn = tally.filter(pl.col("kind") == "withdrawn")["card_count"].sum()
    lines = [f"省系统撤下 {withdrawn} 张卡，不再计入（quality.change）"] if withdrawn else []
    before, now = pl.col("before_numerator"), pl.col("now_numerator")
    # A row that is gone, as where no card is left in a county, has moved by all it had.
    moved = tonight.traced.values.with_columns(now.fill_null(0)).filter(
        pl.col("was")
        & pl.col("org_code").is_null()
        & (pl.col("area_code").str.len_chars() == 6)
        & (pl.col("year") >= tonight.as_of.year - YEARS)
        & pl.col("indicator").is_in(list(WATCHED))
        & ((now - before).abs() > MOVED_SHARE * before)
        & ((now - before).abs() > MOVED_COUNT)
    )
    lines += [
        f"变动较大：{row['area_code']} {row['year']} 年{RESIDENCY_ZH.get(row['residency'], '')}"
        f"{WATCHED[row['indicator']]} {row['before_numerator']:g} → {row['now_numerator']:g} 例，"
        "请核对昨夜收到的导出（zhikong history）"
        for row in moved.sort("area_code", "year", "indicator", "residency").iter_rows(named=True)
    ]
    return lines
