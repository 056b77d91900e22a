"""What the county sees of the letters: published tables and lines of the night's summary."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import duckdb
import polars as pl

from flows.draft import put
from flows.letters.issue import Issue, prepare
from flows.letters.past import past
from flows.letters.rows import ASKED_LISTS
from flows.store import Store
from flows.workday import after_working_days

if TYPE_CHECKING:
    from flows.home import Settings
    from flows.tonight import Tonight

LETTER: dict[str, Any] = {
    "org_code": pl.String, "night": pl.Date, "issue": pl.Int32, "finding_count": pl.Int64,
    "row_count": pl.Int64, "channel": pl.String, "status": pl.String, "attempts": pl.Int32,
    "sent_at": pl.Datetime("us"), "reason": pl.String,
}  # fmt: skip
ROW = {
    "issue": pl.Int32, "org_code": pl.String, "list": pl.String, "item": pl.String,
    "card_type": pl.String, "card_id": pl.String, "rule_id": pl.String, "asked_on": pl.Date,
    "due_on": pl.Date, "status": pl.String, "answered_on": pl.Date,
}  # fmt: skip
PROBLEM = ["source_file", "issue", "org_code", "row_no", "card_id", "outcome", "received_on"]


def publish_letters(tonight: Tonight, draft: duckdb.DuckDBPyConnection) -> None:
    """Draft the letters and write `quality.letter`, `letter_row` and `letter_problem`."""
    store, as_of, settings = tonight.store, tonight.as_of, tonight.home.settings
    tonight.letters = prepare(tonight, draft)
    rows = row_table(store, tonight.findings, as_of, settings)
    problems = problem_table(store, as_of)
    put(draft, "quality.letter", letter_table(store, as_of))
    put(draft, "quality.letter_row", rows)
    put(draft, "quality.letter_problem", problems)
    tonight.letter_lines = summary_lines(tonight.letters, rows, problems, as_of, settings)


def letter_table(store: Store, as_of: date) -> pl.DataFrame:
    """`quality.letter`: every letter of issues up to a day, drafts among them."""
    rows = store.connection.execute(
        """
        select
            box.org_code, issue.night, box.issue, box.finding_count, box.row_count, box.channel,
            box.status, box.attempts, box.sent_at, box.reason
        from state.letter_outbox as box join state.letter_issue as issue using (issue)
        where box.channel <> 'webhook' and issue.night <= ? order by box.issue, box.org_code
        """,
        [as_of],
    ).pl()
    return rows.select(pl.col(name).cast(kind) for name, kind in LETTER.items())


def row_table(
    store: Store, findings: pl.DataFrame, as_of: date, settings: Settings
) -> pl.DataFrame:
    """`quality.letter_row`: the newest asking of every item, and where it stands.

    Status: `closed`, `confirmed`, `unverifiable`, `waiting_for_card`, `card_not_come`,
    `answered` (a list's row), `overdue`, `waiting`.
    """
    known = past(store, as_of)
    settled = findings.select(item="finding_id", resolved_on="resolved_on")
    taken = known.replies.filter(pl.col("outcome") == "taken").select(
        "item", list_answer="answer", replied_on="received_on"
    )
    rows = (
        known.items.filter(pl.col("list").is_in(ASKED_LISTS))
        .sort("issue")
        .unique(["org_code", "list", "item"], keep="last", maintain_order=True)
        .join(settled, on="item", how="left")
        .join(known.answers, left_on="item", right_on="finding_id", how="left")
        .join(taken.unique("item", keep="last", maintain_order=True), on="item", how="left")
    )
    days = rows["answered_on"].drop_nulls().unique().sort().to_list()
    late = [after_working_days(day, settings.letter_wait_days) for day in days]
    come_by = pl.col("answered_on").replace_strict(
        pl.Series(days, dtype=pl.Date),
        pl.Series(late, dtype=pl.Date),
        default=None,
        return_dtype=pl.Date,
    )
    answered = pl.col("answered_on") >= pl.col("night")
    status = (
        pl.when(pl.col("resolved_on").is_not_null() & (pl.col("answer") == "confirmed"))
        .then(pl.lit("confirmed"))
        .when(pl.col("resolved_on").is_not_null())
        .then(pl.lit("closed"))
        .when(answered & (pl.col("answer") == "corrected") & (come_by < as_of))
        .then(pl.lit("card_not_come"))
        .when(answered & (pl.col("answer") == "corrected"))
        .then(pl.lit("waiting_for_card"))
        .when(answered)
        .then("answer")
        .when((pl.col("list") != "finding") & pl.col("list_answer").is_not_null())
        .then(pl.lit("answered"))
        .when(pl.col("due_on") < as_of)
        .then(pl.lit("overdue"))
        .otherwise(pl.lit("waiting"))
    )
    return (
        rows.with_columns(
            asked_on="night",
            status=status,
            answered_on=pl.coalesce("answered_on", "replied_on"),
        )
        .select(pl.col(name).cast(kind) for name, kind in ROW.items())
        .sort("issue", "org_code", "list", "item")
    )


def problem_table(store: Store, as_of: date) -> pl.DataFrame:
    """`quality.letter_problem`: returned rows that were not taken; without what was written."""
    problems = past(store, as_of).replies.filter(~pl.col("outcome").is_in(["taken", "repeated"]))
    return problems.select(PROBLEM).sort(PROBLEM)


def summary_lines(
    issue: Issue, rows: pl.DataFrame, problems: pl.DataFrame, as_of: date, settings: Settings
) -> list[str]:
    """What the data manager is to know tonight: drafts, what is held back, whom to call."""
    lines = []
    if issue.number is not None and issue.planned_on is not None:
        head = f"待核实单第{issue.number}期：{len(issue.letters)} 份"
        if issue.approved_by:
            lines.append(f"{head}，已按设置自动审核，用 zhikong letters --send 发出")
        elif as_of < issue.planned_on:
            lines.append(f"{head}（草稿），计划 {issue.planned_on} 发出")
        else:
            lines.append(f"{head}（草稿），待审核：zhikong letters --approve --by 姓名")
    lines += [f"待核实单：{sentence.replace('本期未列', '已过期限，未写入核实单')}"
              for sentence in issue.not_asked]  # fmt: skip
    overdue = [
        (org, due)
        for org, due in rows.filter(pl.col("status") == "overdue")
        .select("org_code", "due_on")
        .iter_rows()
        if after_working_days(due, settings.letter_remind_days) < as_of
    ]
    if overdue:
        units = len({org for org, _ in overdue})
        lines.append(
            f"提醒：{units} 家单位 {len(overdue)} 条逾期 {settings.letter_remind_days} 个工作日"
            "仍未反馈，请电话联系（quality.letter_row）"
        )
    not_come = rows.filter(pl.col("status") == "card_not_come")
    if not_come.height:
        lines.append(
            f"提醒：{not_come['org_code'].n_unique()} 家单位反馈“已订正”的 {not_come.height} 条"
            "尚未收到订正后的卡片（quality.letter_row）"
        )
    fresh = problems.filter(pl.col("received_on") == as_of)
    if fresh.height:
        lines.append(f"反馈：今晚有 {fresh.height} 行未采用，原因见 quality.letter_problem")
    answers = rows.filter((pl.col("status") == "answered") & (pl.col("answered_on") == as_of))
    if answers.height:
        lines.append(
            f"反馈：今晚有 {answers.height} 行追溯或名单核对结果，"
            "见 quality.letter_row，请用 zhikong traceback 登记"
        )
    return lines
