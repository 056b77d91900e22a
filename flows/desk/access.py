"""Who opened identities, when, why, and of how many cards; kept in the encrypted state."""

from __future__ import annotations

import getpass
import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import polars as pl

from flows.home import TIME_ZONE, Home, UserError
from flows.store import Store, opened

COLUMNS = ("opened_at", "command", "opened_by", "reason", "org_code", "card_count", "file_name")


@dataclass(frozen=True)
class Who:
    """A person with a reason."""

    by: str
    reason: str

    @classmethod
    def named(cls, by: str | None, reason: str | None) -> Who:
        """Nobody sees names without saying who they are and what for.

        Raises:
            UserError: one of both is empty.
        """
        if not (by or "").strip() or not (reason or "").strip():
            raise UserError("打开身份信息须写明 --by 姓名 和 --reason 事由，并登记在案。")
        return cls((by or "").strip(), (reason or "").strip())


def log(
    store: Store, command: str, who: Who, card_count: int, file_name: str, org: str | None = None
) -> None:
    """Write one opening down; it goes before the identities leave the store."""
    now = datetime.now(TIME_ZONE).replace(tzinfo=None)
    store.connection.execute(
        "insert into state.identity_access values (?, ?, ?, ?, ?, ?, ?)",
        [now, command, who.by, who.reason, org, card_count, file_name],
    )


def log_export(store: Store, command: str, card_count: int, folder: Path) -> None:
    """Write down files for a receiver that hold identities, in the name of the system's user."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # a container may run under a number that has no name
        user = f"uid {os.getuid()}"
    log(store, command, Who(user, "上报导出"), card_count, folder.name)


def openings(home: Home) -> pl.DataFrame:
    """Every opening, newest first: the columns of COLUMNS."""
    with opened(home) as store:
        return store.connection.execute(
            f"select {', '.join(COLUMNS)} from state.identity_access"
            " order by opened_at desc, rowid desc"
        ).pl()
