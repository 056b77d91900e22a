"""Raw -> who a card or a listed row is about. Nothing here leaves the store but through `desk`."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

import polars as pl

from flows.cards import build_kind
from flows.fields import CARDS, EVENT_DATE
from flows.sheet_text import read_kind, sheets_of
from flows.store import Store

LISTED = "survey_case"
#: What is shown -> the fields it is taken from, the first filled one.
SHOWN: dict[str, tuple[str, ...]] = {
    "name": ("name",),
    "sex": ("sex",),
    "birth_date": ("birth_date",),
    "id_number": ("id_number",),
    "phone": ("phone", "family_phone"),
    "family_name": ("family_name",),
    "address": ("registered_address", "registered_other_address", "family_address"),
    "residence": ("residence_address", "residence_other_address"),
    "visit_no": ("inpatient_no", "outpatient_no"),
    "event_date": ("event_date",),
    "icd10": ("underlying_cause", "icd10"),
    "card_status": ("card_status",),
    "audit_status": ("audit_status",),
    "created_time": ("created_time",),
    "report_date": ("report_date",),
}
DATES: dict[str, Any] = {
    "birth_date": pl.Date,
    "event_date": pl.Date,
    "report_date": pl.Date,
    "created_time": pl.Datetime("us"),
}
SCHEMA: dict[str, Any] = {
    "card_type": pl.String,
    "card_id": pl.String,
    "order_no": pl.Int64,
    **{
        name: DATES.get(name, pl.String) for name in SHOWN
    },
}  # fmt: skip


def identities(
    store: Store, as_of: date, card_types: Iterable[str] = (*CARDS, LISTED)
) -> pl.DataFrame:
    """The columns of SCHEMA, one row a card (its newest version) or listed row.

    Args:
        store: raw.
        as_of: files received by this day, as the published file was made from them.
        card_types: the four cards and `survey_case`; a listed row has the card type
            `survey_case` and, as its card_id, `<file>:<row>` as decisions name it.
    """
    sheets = sheets_of(store, as_of)
    left_out = {order for (order,) in store.connection.execute("from state.left_out").fetchall()}
    parts = [_of_type(store, sheets, card_type, left_out) for card_type in card_types]
    return pl.concat([pl.DataFrame(schema=SCHEMA), *parts])


def _of_type(
    store: Store, sheets: pl.DataFrame, card_type: str, left_out: set[int]
) -> pl.DataFrame:
    frame = build_kind(read_kind(store, card_type, sheets, left_out), card_type, None).frame
    if card_type == LISTED:
        file = (
            pl.when(pl.col("sheet").fill_null("") != "")
            .then(pl.concat_str("source_file", pl.lit("#"), "sheet"))
            .otherwise("source_file")
        )
        frame = frame.with_columns(card_id=pl.concat_str(file, pl.lit(":"), "source_row"))
    elif EVENT_DATE[card_type] not in frame.columns:
        frame = frame.with_columns(event_date=pl.lit(None, pl.Date))
    chosen = {
        name: pl.coalesce([*(field for field in fields if field in frame.columns), pl.lit(None)])
        for name, fields in SHOWN.items()
    }
    return frame.select(
        card_type=pl.lit(card_type), card_id="card_id", order_no="order_no", **chosen
    ).cast(SCHEMA)  # type: ignore[arg-type]
