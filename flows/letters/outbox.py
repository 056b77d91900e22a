"""The queue of letters in encrypted state: prepared -> sending -> sent or failed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import polars as pl

from flows.home import UserError
from flows.store import Store

#: Minutes until the next attempt after each one; greylisting servers ask for 5 to 60.
BACKOFF = (5, 15, 60, 240, 720)
SHOWN = ["issue", "org_code", "channel", "status", "finding_count", "row_count", "attempts",
         "next_attempt_at", "sent_at", "reason"]  # fmt: skip


@dataclass(frozen=True)
class Waiting:
    """One letter to be sent."""

    issue: int
    org_code: str
    channel: str
    message_id: str
    attempts: int


def due(store: Store, now: datetime, issue: int | None = None) -> list[Waiting]:
    """Letters whose turn has come; one left `sending` by a crash is among them."""
    rows = store.connection.execute(
        """
        select box.issue, box.org_code, box.channel, box.message_id, box.attempts
        from state.letter_outbox as box join state.letter_issue as issue using (issue)
        where issue.status = 'approved' and box.status in ('prepared', 'sending')
            and (box.next_attempt_at is null or box.next_attempt_at <= ?)
            and (? is null or box.issue = ?)
        order by box.issue, box.org_code
        """,
        [now, issue, issue],
    ).fetchall()
    return [Waiting(*row) for row in rows]


def mark_sending(store: Store, letter: Waiting) -> None:
    """Write down the attempt before the server hears of it."""
    _set(store, letter, "status = 'sending', attempts = attempts + 1, reason = null")


def mark_sent(store: Store, letter: Waiting, now: datetime) -> None:
    """The server has taken the letter."""
    _set(store, letter, "status = 'sent', next_attempt_at = null, sent_at = ?", now)


def mark_failed(store: Store, letter: Waiting, reason: str) -> None:
    """Nothing more is tried until a person says so."""
    _set(store, letter, "status = 'failed', next_attempt_at = null, reason = ?", reason)


def mark_later(store: Store, letter: Waiting, now: datetime, reason: str, most: int) -> None:
    """Try again after a while; after `most` attempts the letter has failed.

    Args:
        store: state.
        letter: as `due` gave it, before this attempt.
        now: of the attempt.
        reason: its class, never an address.
        most: attempts in all.
    """
    attempts = letter.attempts + 1
    if attempts >= most:
        mark_failed(store, letter, reason)
        return
    wait = BACKOFF[min(attempts, len(BACKOFF)) - 1]
    _set(
        store,
        letter,
        "status = 'prepared', next_attempt_at = ?, reason = ?",
        now + timedelta(minutes=wait),
        reason,
    )


def send_again(store: Store, issue: int | None, org_code: str | None) -> int:
    """Queue failed letters of an issue, or a unit's letter even if it was sent.

    Raises:
        UserError: there is nothing of the kind.
    """
    which = "org_code = ?" if org_code else "status = 'failed' and ? is null"
    row = store.connection.execute(
        f"""
        update state.letter_outbox set
            status = 'prepared', attempts = 0, next_attempt_at = null, reason = null
        where issue = coalesce(?, (
            select max(issue) from state.letter_issue where status = 'approved'))
            and status <> 'draft' and {which}
        """,
        [issue, org_code],
    ).fetchone()
    count = int(row[0]) if row else 0
    if not count:
        raise UserError("没有可重发的核实单：请用 zhikong letters 查看各单位的状态。")
    return count


def queue(store: Store, issue: int | None) -> pl.DataFrame:
    """The letters of an issue, by default of the newest, and where each stands."""
    return store.connection.execute(
        f"""
        select {", ".join(SHOWN)} from state.letter_outbox
        where org_code <> '' and issue = coalesce(?, (select max(issue) from state.letter_outbox))
        order by org_code
        """,
        [issue],
    ).pl()


def _set(store: Store, letter: Waiting, what: str, *values: object) -> None:
    store.connection.execute(
        f"update state.letter_outbox set {what} where issue = ? and org_code = ?",
        [*values, letter.issue, letter.org_code],
    )
