"""Who is in which list: people of a year by the combination of sources that know them."""

from __future__ import annotations

import polars as pl

from flows.reconcile.match import MADE_UP_KINDS

CARDS = "cards"
KEYS = ["area_code", "year", "card_type"]
#: Rows of a worklist that speak of a case of the year among our people.
IN_PLACE = ["reported", "not_reported"]


def members(
    cases: pl.DataFrame, cards: dict[str, pl.DataFrame], home_area: str | None
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """People by list.

    Args:
        cases: as of `classes.classify`.
        cards: counted cards by type.
        home_area: whose people the lists are about where a row names no area.

    Returns:
        area_code, year (of the list, of the card's event), card_type, who, source (`cards`: a
        counted card that was not entered because of a check), sex, age_years: one row a person and
        source; and by area_code, year, card_type, source the rows that are still to be verified
        (open_count) of listed_count.
    """
    lists = cases.filter(pl.col("purpose") == "routine_match").with_columns(
        pl.col("area_code").fill_null(pl.lit(home_area, pl.String)),
        pl.col("year").cast(pl.Int32),
        pl.col("source").fill_null("unknown"),
    )
    matched = pl.col("card_id").is_in(lists["matched_card_id"].unique().implode())
    people = pl.concat(
        frame.filter(matched).select(
            pl.lit(card_type).alias("card_type"), matched_card_id="card_id", card_person="person_id"
        )
        for card_type, frame in cards.items()
    )
    listed = (
        lists.filter(pl.col("list_class").is_in(IN_PLACE) & pl.col("has_key"))
        .join(people, on=["card_type", "matched_card_id"], how="left", maintain_order="left")
        .with_columns(who=pl.coalesce("card_person", "person_id"))
        .select(*KEYS, "who", "source", "sex", "age_years")
    )
    wanted = lists.select(KEYS).unique()
    in_year = pl.col("year").cast(pl.Int32).is_in(wanted["year"].unique().implode())
    own = pl.concat(
        frame.lazy()  # of a card's hundred columns few are wanted
        .filter(
            in_year
            & pl.col("is_counted")
            & (pl.col("count_base") != "none")
            & ~pl.col("card_kind").fill_null("1").is_in(MADE_UP_KINDS)
        )
        .select(
            "area_code",
            pl.col("year").cast(pl.Int32),
            pl.lit(card_type).alias("card_type"),
            pl.col("person_id").alias("who"),
            pl.lit(CARDS).alias("source"),
            "sex",
            "age_years",
        )
        .collect()
        for card_type, frame in cards.items()
    ).join(wanted, on=KEYS, how="semi")
    unsettled = lists.group_by(*KEYS, "source").agg(
        listed_count=pl.len(), open_count=(pl.col("list_class") == "to_verify").sum()
    )
    every = pl.concat([own, listed.cast(dict(own.schema))])  # type: ignore[arg-type]
    return every.unique([*KEYS, "who", "source"], keep="first", maintain_order=True), unsettled


def patterns(known: pl.DataFrame) -> pl.DataFrame:
    """People by the sources that know them: KEYS, sources (`cards+police`), person_count."""
    first = pl.col("source") != CARDS
    return (
        known.sort(*KEYS, "who", first, "source")
        .group_by(*KEYS, "who", maintain_order=True)
        .agg(sources=pl.col("source").str.join("+"))
        .group_by(*KEYS, "sources")
        .agg(person_count=pl.len())
        .sort(*KEYS, "sources")
    )
