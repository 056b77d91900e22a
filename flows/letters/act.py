"""What `zhikong letters` shows: the queue in Chinese, the draft, and what would be done."""

from __future__ import annotations

import polars as pl

from flows.form import Form
from flows.home import UserError
from flows.letters import outbox
from flows.letters.issue import folder
from flows.store import Store

HEAD = {
    "issue": "期", "org_code": "机构", "channel": "方式", "status": "状态",
    "finding_count": "发现", "row_count": "条数", "attempts": "次数",
    "next_attempt_at": "下次尝试", "sent_at": "发出时间", "reason": "原因",
}  # fmt: skip
WORDS = {
    "draft": "草稿", "prepared": "待发", "sending": "发送中断", "sent": "已发出",
    "failed": "未能发出", "email": "邮件", "outbox": "发件目录",
    "asked_to_wait": "对方请稍后再试", "address_refused": "对方不接受该地址",
    "message_refused": "对方不接受该邮件", "sender_refused": "对方不接受发件地址",
    "connection_lost": "连接中断", "no_address": "没有可用的邮箱",
    "file_missing": "文件已不在发件目录", "webhook": "群通知",
}  # fmt: skip


def list_letters(store: Store, issue: int | None, *, draft: bool) -> pl.DataFrame:
    """The letters of an issue.

    Raises:
        UserError: there is no such issue, or no draft.
    """
    frame = outbox.queue(store, issue)
    if draft:
        frame = frame.filter(pl.col("status") == "draft")
    if frame.is_empty():
        what = "草稿" if draft else f"第{issue}期" if issue else "待核实单"
        raise UserError(f"没有{what}；草稿由夜间流程拟写，请先运行 zhikong night。")
    return frame


def draft_lines(store: Store) -> list[str]:
    """Where the draft lies and when it is planned to go out."""
    row = store.connection.execute(
        "select issue, night, planned_on from state.letter_issue where status = 'draft'"
    ).fetchone()
    if row is None:
        return []
    place = folder(store.home, row[0], is_draft=True)
    return [f"第{row[0]}期草稿，数据核对日 {row[1]}，计划 {row[2]} 发出，位于 {place}"]


def plan(store: Store, issue: int | None, org_code: str | None, action: str) -> pl.DataFrame:
    """The letters that an action would touch."""
    frame = outbox.queue(store, issue)
    if action == "approve":
        return frame.filter(pl.col("status") == "draft")
    if action == "send":
        return frame.filter(pl.col("status").is_in(["prepared", "sending"]))
    if org_code:
        return frame.filter((pl.col("org_code") == org_code) & (pl.col("status") != "draft"))
    return frame.filter(pl.col("status") == "failed")


def shown_letters(frame: pl.DataFrame, form: Form) -> pl.DataFrame:
    """For people in Chinese; for programs as it is."""
    if form is not Form.text:
        return frame
    words = [name for name in ("channel", "status", "reason") if name in frame.columns]
    return frame.with_columns(pl.col(words).replace(WORDS)).rename(HEAD)
