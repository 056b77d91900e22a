"""What earlier issues asked, and what units answered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import polars as pl

from flows.store import Store

#: A line of a letter: `list` is finding, traceback, missed, corrected, zero_report or reply.
ITEM = {
    "issue": pl.Int32, "org_code": pl.String, "list": pl.String, "row_no": pl.Int32,
    "item": pl.String, "card_type": pl.String, "card_id": pl.String, "rule_id": pl.String,
    "standing": pl.String, "due_on": pl.Date,
}  # fmt: skip
REPLY = {
    "reply_id": pl.String, "source_file": pl.String, "issue": pl.Int32, "org_code": pl.String,
    "row_no": pl.String, "item": pl.String, "card_type": pl.String, "card_id": pl.String,
    "answer": pl.String, "note": pl.String, "outcome": pl.String, "received_on": pl.Date,
}  # fmt: skip


@dataclass(frozen=True)
class Past:
    """Everything before tonight's letter, as of a day."""

    items: pl.DataFrame  # lines of approved issues, with night
    answers: pl.DataFrame  # newest answer a finding: finding_id, answer, answered_on
    replies: pl.DataFrame  # every returned row, taken or not

    def lines(self, name: str) -> pl.DataFrame:
        """Lines of one list."""
        return self.items.filter(pl.col("list") == name)

    def newest(self, name: str) -> pl.DataFrame:
        """The newest line of every item of a list: item, asked_on, due_on."""
        return (
            self.lines(name)
            .sort("issue", "org_code")
            .unique("item", keep="last", maintain_order=True)
            .select("item", asked_on="night", due_on="due_on")
        )


def past(store: Store, as_of: date, before: int | None = None) -> Past:
    """Read the past.

    Args:
        store: state.
        as_of: nothing after this day is known.
        before: only issues before this one; None for all.
    """
    execute = store.connection.execute
    items = execute(
        f"select {', '.join(f'item.{name}' for name in ITEM)}, issue.night"
        " from state.letter_item as item join state.letter_issue as issue using (issue)"
        " where issue.status = 'approved' and issue.night <= ? and item.issue < ? order by all",
        [as_of, before or 2**31 - 1],
    ).pl()
    answers = execute(
        "select finding_id, arg_max(answer, (answered_on, rowid)) as answer,"
        " max(answered_on) as answered_on from state.answer where answered_on <= ?"
        " group by finding_id order by finding_id",
        [as_of],
    ).pl()
    replies = execute(
        f"select {', '.join(REPLY)} from state.letter_reply where received_on <= ? order by all",
        [as_of],
    ).pl()
    return Past(
        items.cast({"night": pl.Date}).cast(ITEM),  # type: ignore[arg-type]
        answers.cast({"finding_id": pl.String, "answer": pl.String, "answered_on": pl.Date}),
        replies.cast(REPLY),  # type: ignore[arg-type]
    )
