"""Typed cards -> the texts of a message's nodes, as the provincial standard spells values."""

from __future__ import annotations

import polars as pl

from flows.exchange.dialect import Dialect, nodes
from flows.fields import PARTIAL_DATES, fields

MOMENT = "%Y-%m-%d %H:%M:%S"
COUNTY = 6


def card_texts(cards: pl.DataFrame, card_type: str, dialect: Dialect) -> pl.DataFrame:
    """One text column a node; null where a card has nothing to say.

    Args:
        cards: typed cards of one type with the fields of `field.csv`.
        card_type: one of the four.
        dialect: how many digits a county's code has.

    Returns:
        As many rows as `cards`, columns named by node. A date of which only year or month is known
        has no form in the standard and is left out; `unsendable` counts them.
    """
    known = fields(card_type)
    return cards.select(
        _text(name, known[name].data_type, dialect).alias(node)
        for name, node in nodes(card_type).items()
        if name in cards.columns
    )


def _text(name: str, data_type: str, dialect: Dialect) -> pl.Expr:
    column = pl.col(name)
    match data_type:
        case "date" | "datetime":
            return column.cast(pl.Datetime("us")).dt.to_string(MOMENT)
        case "number":
            whole = column.cast(pl.Int64, strict=False)
            return (
                pl.when(column == whole)
                .then(whole.cast(pl.String))
                .otherwise(column.cast(pl.String))
            )
        case "integer":
            return column.cast(pl.String)
        case "morphology":  # the provincial node carries morphology and behaviour together
            return (
                pl.when(pl.col("behaviour").is_null())
                .then(column)
                .otherwise(pl.concat_str(column, pl.lit("/"), "behaviour"))
            )
        case "area":
            zeros = "0" * max(dialect.county_digits - COUNTY, 0)
            county = pl.concat_str(column, pl.lit(zeros))
            return pl.when(column.str.len_chars() == COUNTY).then(county).otherwise(column)
        case _:
            return column.cast(pl.String)


def partly_known_dates(cards: pl.DataFrame) -> pl.DataFrame:
    """Cards with a date that the message cannot carry: card_id, field."""
    found = [
        cards.filter(pl.col(name).is_null() & pl.col(f"{name}_year").is_not_null()).select(
            "card_id", field=pl.lit(name)
        )
        for name in sorted(PARTIAL_DATES)
        if f"{name}_year" in cards.columns
    ]
    return pl.concat([pl.DataFrame(schema={"card_id": pl.String, "field": pl.String}), *found])
