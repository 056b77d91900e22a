"""The steps of a night, in order, each a plain function on what the night knows so far."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import datetime
from functools import partial

import duckdb

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
    if not tonight.is_look_back:
        connection.execute("delete from state.left_out")
        connection.execute("insert into state.left_out select unnest(?)", [list(tonight.left_out)])
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
