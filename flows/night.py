"""The steps of a night, in order, each a plain function on what the night knows so far."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import datetime
from functools import partial

import duckdb
import polars as pl

from flows import history, noise
from flows.assemble import assemble
from flows.cards import Kind
from flows.dashboard.present import present
from flows.home import TIME_ZONE
from flows.inbox import forget
from flows.ingest import ingest
from flows.publish import publish
from flows.reference_check import require_sound_reference
from flows.sheet_text import sheets_of
from flows.tonight import Tonight
from flows.trace.night import remember
from flows.validate import validate


def receive(tonight: Tonight) -> None:
    """Inbox -> raw; a full night opens every file, and forgets what it made of the rows it had."""
    require_sound_reference()
    if tonight.is_full:
        shutil.rmtree(tonight.home.shelf, ignore_errors=True)
        forget(tonight.store)
    tonight.waiting = ingest(tonight.store, tonight.as_of, tonight.say)
    tonight.sheets = sheets_of(tonight.store, tonight.as_of)


def assemble_and_judge(tonight: Tonight) -> None:
    """Raw -> current cards, with persons; `validate` finds judged what is new among them."""

    def judge(kind: Kind) -> None:
        assert tonight.shelf is not None
        tonight.engine.judge_new(kind, tonight.ruling, tonight.shelf)

    assemble(tonight, judge)


def close(tonight: Tonight) -> None:
    """Remember the night, unless it was a look back."""
    if not tonight.is_look_back:
        history.save_history(tonight.store, tonight.findings)
        noise.remember(tonight.store, tonight.rules, tonight.as_of)
        if tonight.shelf is not None:
            tonight.shelf.forget_others()
    if tonight.traced is None:
        _done(tonight, tonight.store.connection)
        return
    # What counts otherwise and that the night is done are one: an earlier day run after half of it
    # would count the difference twice.
    remember(tonight.as_of, tonight.traced, partial(_done, tonight))
    if tonight.shelf is not None:
        tonight.traced.cards.totals.keep(tonight.shelf)


def _done(tonight: Tonight, connection: duckdb.DuckDBPyConnection) -> None:
    rows = tonight.sheets["received_rows"].sum() if tonight.sheets.height else 0
    rejected = tonight.sheets["rejected_rows"].sum() if tonight.sheets.height else 0
    connection.execute(
        "insert into state.run values (?, ?, ?, 'done', ?, ?, ?, ?)",
        [
            tonight.as_of,
            tonight.started.replace(tzinfo=None),
            datetime.now(TIME_ZONE).replace(tzinfo=None),
            tonight.sheets.height,
            rows,
            rejected,
            "；".join(tonight.broken) or None,
        ],
    )


#: The night, step by step; the flow wraps each as a task.
STEPS: dict[str, Callable[[Tonight], None]] = {
    "receive": receive,
    "assemble": assemble_and_judge,
    "validate": validate,
    "publish": publish,
    "close": close,
    "present": present,
}


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
        "请核对导出；确属无误时用 zhikong receive --accept-withdrawal 再放入"
        for item in tonight.held
    ]
    lines += _of_files(tonight, new)
    if tonight.score.height:
        newest = tonight.score["year"].max()
        for row in tonight.score.filter(pl.col("year") == newest).iter_rows(named=True):
            lines.append(
                f"{row['area_code']} {row['year']} 年第 {row['item_no']} 条："
                f"已确认 {row['points']:g} 分，待佐证 {row['points_pending']:g} 分，"
                f"失分 {row['points_lost']:g} 分（满分 {row['points_max']:g}）"
            )
    return "\n".join(lines)
