"""What was prepared for the province, what it answered, and what has to go once more."""

from __future__ import annotations

from datetime import date, datetime

import polars as pl

from flows.arrow import registered
from flows.exchange.dialect import Code
from flows.store import Store

#: A card's line: prepared (lies in a file), accepted, again (to be sent once more), refused.
COLUMNS = [
    "message_id", "receiver", "card_type", "card_id", "org_code", "version_time", "operation",
    "year", "prepared_on", "answered_at", "code", "status", "attempts",
]  # fmt: skip
PROVINCE = "province"


def standing(store: Store) -> pl.DataFrame:
    """What the platform said of every card, and what it has not answered yet.

    Returns:
        card_type, card_id, and of the last line version_time, operation, status (`accepted`,
        `prepared`: not answered, `again`); accepted_operation of the last one that was accepted:
        only that is known to be there. Refused lines leave no trace here.
    """
    return store.connection.execute(
        """
        select card_type, card_id,
            arg_max(version_time, (prepared_on, version_time, message_id)) as version_time,
            arg_max(operation, (prepared_on, version_time, message_id)) as operation,
            arg_max(status, (prepared_on, version_time, message_id)) as status,
            arg_max(operation, (prepared_on, version_time, message_id))
                filter (status = 'accepted') as accepted_operation
        from state.submission
        where receiver = ? and status in ('accepted', 'prepared', 'again')
        group by card_type, card_id
        order by card_type, card_id
        """,
        [PROVINCE],
    ).pl()


def prepare(store: Store, lines: pl.DataFrame, message_id: str, as_of: date) -> None:
    """Remember the cards of a message that was written; the same message is remembered once.

    Args:
        store: state.
        lines: card_type, card_id, org_code, version_time, operation, year.
        message_id: of the message.
        as_of: the day of the data.
    """
    execute = store.connection.execute
    rows = lines.with_columns(
        message_id=pl.lit(message_id),
        receiver=pl.lit(PROVINCE),
        prepared_on=pl.lit(as_of),
        answered_at=pl.lit(None, pl.Datetime("us")),
        code=pl.lit(None, pl.String),
        status=pl.lit("prepared"),
        attempts=pl.lit(0),
    ).select(COLUMNS)
    with registered(store.connection, "submission_lines", rows):
        execute("begin")
        execute("delete from state.submission where message_id = ?", [message_id])
        execute(f"insert into state.submission select {', '.join(COLUMNS)} from submission_lines")
        execute("commit")


def known_messages(store: Store) -> set[str]:
    """Ids of all messages ever prepared."""
    rows = store.connection.execute("select distinct message_id from state.submission").fetchall()
    return {row[0] for row in rows}


def answer(
    store: Store, message_id: str, code: Code, when: datetime, cards: dict[str, Code] | None = None
) -> None:
    """Write down the platform's answer to a message, and to single cards where it names them."""
    execute = store.connection.execute
    execute("begin")
    _set(store, message_id, None, code, when)
    for card_id, own in (cards or {}).items():
        _set(store, message_id, card_id, own, when)
    execute("commit")


def _set(store: Store, message_id: str, card_id: str | None, code: Code, when: datetime) -> None:
    status = "accepted" if code.accepted else "again" if code.again else "refused"
    store.connection.execute(
        "update state.submission set code = ?, status = ?, answered_at = ?, "
        "attempts = attempts + case when ? is null then 1 else 0 end "
        "where message_id = ? and (? is null or card_id = ?)",
        [code.code, status, when, card_id, message_id, card_id, card_id],
    )


def tally(store: Store) -> pl.DataFrame:
    """Messages with their cards and state, newest first; no identities."""
    return store.connection.execute(
        """
        select message_id, card_type, year, prepared_on, count(*) as card_count,
            count(*) filter (status = 'accepted') as accepted_count,
            count(*) filter (status = 'again') as again_count,
            count(*) filter (status = 'refused') as refused_count,
            max(attempts) as attempts, max(code) as code, max(answered_at) as answered_at
        from state.submission where receiver = ?
        group by message_id, card_type, year, prepared_on
        order by prepared_on desc, message_id
        """,
        [PROVINCE],
    ).pl()
