"""数据截至: how new the cards of every kind are, and until when all of them have come."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

import polars as pl

from flows.fields import CARDS
from flows.known_scope import scope_of
from flows.scope import Scope


def data_until(sheets: pl.DataFrame, as_of: date) -> dict[str, date]:
    """By kind of card that has come, the day of its newest export.

    Args:
        sheets: of the files that came and are used.
        as_of: the night. An export that says a later day is as new as can be.
    """
    days = sheets.group_by("card_type").agg(pl.col("exported_at").max().dt.date())
    found = {name: min(day, as_of) for name, day in days.iter_rows() if day is not None}
    return {name: found[name] for name in CARDS if name in found}


#: A kind of card whose exports end so many days before those of another does not bound the last
#: months of all others: it has none of its own then.
STOPPED = timedelta(days=92)


def last_months(
    sheets: pl.DataFrame, scopes: dict[str, Scope], as_of: date
) -> tuple[date, list[str]]:
    """Until when all kinds of cards have come, and the kinds that stopped coming before.

    Args:
        sheets: of the files that came and are used.
        scopes: what they cover: an export of last year's cards says nothing of this year.
        as_of: the night.
    """
    last = [scope_of(scopes, source).last for source in sheets["source_file"]]
    covered = sheets.with_columns(
        pl.min_horizontal("exported_at", pl.Series(last, dtype=pl.Date).cast(pl.Datetime("us")))
    )
    until = data_until(covered, as_of)
    newest = max(until.values(), default=as_of)
    stopped = [name for name, day in until.items() if newest - day > STOPPED]
    return min((day for name, day in until.items() if name not in stopped), default=as_of), stopped


def data_state(
    sheets: pl.DataFrame, scopes: dict[str, Scope], as_of: date, export_days: int
) -> pl.DataFrame:
    """数据截至: how new each kind of card is, and until when withdrawals were looked for.

    Args:
        sheets: of the files that came and are used.
        scopes: what they cover.
        as_of: the night. An export that says a later moment is as new as can be.
        export_days: an export that is older is said to be old.
    """
    rows = []
    latest = datetime.combine(as_of, time.max)
    sheets = sheets.with_columns(pl.min_horizontal("exported_at", pl.lit(latest)))
    for (card_type,), own in sheets.group_by("card_type", maintain_order=True):
        ordered = own.sort("exported_at", "order_no")
        newest = ordered.row(-1, named=True)
        is_complete = [scope_of(scopes, source).complete for source in ordered["source_file"]]
        whole = ordered.filter(pl.Series(is_complete, dtype=pl.Boolean))["exported_at"].max()
        until = newest["exported_at"].date()
        note = f"增量导入至 {until}，未核对撤卡"
        if isinstance(whole, datetime):
            note = f"完整导出至 {whole.date()}，已核对撤卡"
            if whole.date() < until:
                note += f"，其后至 {until} 为增量导入"
        if (as_of - until).days > export_days:
            note += f"；已 {(as_of - until).days} 天没有新的导出"
        complete = whole is not None
        rows.append((card_type, newest["exported_at"], newest["received_on"], complete, note))
    schema: dict[str, Any] = {
        "card_type": pl.String,
        "data_until": pl.Datetime("us"),
        "received_on": pl.Date,
        "is_complete_export": pl.Boolean,
        "note_zh": pl.String,
    }
    return pl.DataFrame(rows, schema=schema, orient="row").sort("card_type")
