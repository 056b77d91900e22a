"""`zhikong letters` as the data manager uses it."""

from __future__ import annotations

import json
from datetime import date

import polars as pl
from typer.testing import CliRunner

from flows.cli import app
from flows.home import Settings
from flows.letters.follow import ROW, summary_lines
from flows.letters.issue import Issue
from tests.letters.conftest import card, cards, short_night, sql

RUN = CliRunner()


def test_a_draft_is_listed_approved_sent_and_sent_again(issued, put):
    put("2.csv", cards(card("e")))
    short_night(issued, date(2025, 3, 10))

    def letters(*options: str) -> str:
        done = RUN.invoke(app, ["letters", "--home", str(issued.path), *options])
        assert done.exception is None, done.output
        return done.stdout

    assert "第2期草稿" in letters("--draft")
    assert json.loads(letters("--approve", "--dry-run", "--format", "json"))[0]["status"] == "draft"
    assert "第2期已审核" in letters("--approve", "--by", "张审核")
    assert (issued.outbox / "issue-002" / "H1.eml").exists()
    assert "H1" in letters("--send", "--dry-run")
    assert "已发出 1 份" in letters("--send")
    (first,) = json.loads(letters("--issue", "2", "--format", "json"))
    assert (first["org_code"], first["status"], first["attempts"]) == ("H1", "sent", 1)
    assert "已发出 1 份" in letters("--resend", "--org", "H1")
    by = sql(issued, "select approved_by from state.letter_issue where issue = 2")
    assert by == [("张审核",)]


def test_what_is_long_unanswered_reminds_the_county_and_nobody_above(issued):
    rows = pl.DataFrame(
        {"org_code": ["H1", "H1", "H2"], "status": ["overdue", "overdue", "waiting"],
         "due_on": [date(2025, 3, 12)] * 3},
        schema={name: ROW[name] for name in ("org_code", "status", "due_on")},
    ).with_columns(answered_on=pl.lit(None, pl.Date))  # fmt: skip
    nothing = pl.DataFrame(schema={"received_on": pl.Date})

    def lines(day: date) -> list[str]:
        return summary_lines(Issue(), rows, nothing, day, Settings())

    assert lines(date(2025, 3, 26)) == []  # ten working days after the due day
    assert lines(date(2025, 3, 27)) == [
        "提醒：1 家单位 2 条逾期 10 个工作日仍未反馈，请电话联系（quality.letter_row）"
    ]
