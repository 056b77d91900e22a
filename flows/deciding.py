"""What decides whether, when and where a card counts: a card that loses it counts no longer."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from flows.cards import RAW_CODE
from flows.events import FINAL_AUDIT
from flows.fields import EVENT_DATE


@dataclass(frozen=True)
class Deciding:
    """One such thing."""

    fields: tuple[str, ...]  # of the form; the first names it, the others may stand in for it
    column: str  # of a typed card
    says: pl.Expr  # whether a card says anything in it that can be read
    counts: pl.Expr  # whether it says what a card may lose


def deciding(card_type: str) -> list[Deciding]:
    """What decides of one kind of card."""
    dates = (EVENT_DATE[card_type], *(["diagnosis_date"] if card_type == "cardio" else []))
    places = ("registered_county", "registered_other_county", "registered_address")
    code, audit, status = RAW_CODE[card_type], "audit_status", "card_status"
    has_year, has_place = pl.col("year").is_not_null(), pl.col("area_code").is_not_null()
    has_code = _says(code, r"^[A-Z]\d\d")
    official = pl.col(audit).is_in(FINAL_AUDIT).fill_null(False)
    # No status is that of a card in use: only one that says otherwise can be lost.
    set_aside = (pl.col(status) != "0").fill_null(False)
    return [
        Deciding(dates, "year", has_year, has_year),
        Deciding((code,), code, has_code, has_code),
        Deciding((audit,), audit, _says(audit, r"^\d$"), official),
        Deciding((status,), status, _says(status, r"^\d$"), set_aside),
        Deciding(places, "area_code", has_place, has_place),
    ]


def _says(column: str, pattern: str) -> pl.Expr:
    return pl.col(column).str.contains(pattern).fill_null(False)
