"""The deaths of a home by person, and who may be whom when no number says so."""

from __future__ import annotations

import polars as pl

from flows.linkage import link
from flows.store import Store

PEOPLE = ("name", "sex", "birth_date", "id_number", "town_code")
#: A probable pair this sure is taken as the same person; less sure ones are shown to look at.
SURE = 0.95
NO_CARD = ("3", "4", "5")  # card_status: misdiagnosed, duplicate, deleted
PAIR = {"death_card_id": pl.String, "card_type": pl.String, "card_id": pl.String,
        "decision": pl.String}  # fmt: skip


def decided_pairs(store: Store) -> pl.DataFrame:
    """The newest `same` or `different` on a death card and another card: the columns of PAIR."""
    return (
        store.connection.sql(
            """
            with said as (
                select card_id_a as death_card_id, card_type_b as card_type, card_id_b as card_id,
                    decision, decided_at, rowid as place
                from state.pair_decision where card_type_a = 'death' and card_type_b <> 'death'
                union all
                select card_id_b, card_type_a, card_id_a, decision, decided_at, rowid
                from state.pair_decision where card_type_b = 'death' and card_type_a <> 'death'
            )
            select
                death_card_id, card_type, card_id,
                arg_max(decision, (decided_at, place)) as decision
            from said group by all order by all
            """
        )
        .pl()
        .cast(PAIR)  # type: ignore[arg-type]
    )


def usable(cards: pl.DataFrame) -> pl.DataFrame:
    """Cards that speak of a person: not deleted, repeated, misdiagnosed or withdrawn."""
    return cards.filter(
        ~pl.col("card_status").fill_null("0").is_in(NO_CARD)
        & ~pl.col("is_withdrawn").fill_null(False)
    )


def death_of_person(deaths: pl.DataFrame) -> pl.DataFrame:
    """The one death card of every person: person_id, death_card_id, died_on, cause, died_sure.

    A person with two death cards that both count may be two people, and says nothing.
    """
    read = ("person_id", "card_id", "death_date", "underlying_cause", "is_sure_person")
    counted = deaths.select(*read, "is_counted", "count_base").filter(
        pl.col("is_counted")
        & (pl.col("count_base") != "none")
        & pl.col("is_counted").sum().over("person_id").eq(1)
    )
    return counted.select(
        "person_id",
        death_card_id="card_id",
        died_on="death_date",
        cause="underlying_cause",
        died_sure="is_sure_person",
    )


def probable(deaths: pl.DataFrame, cards: pl.DataFrame, decided: pl.DataFrame) -> pl.DataFrame:
    """Probable pairs of deaths and cards whose person_id differs.

    Args:
        deaths: death cards with PEOPLE and card_id.
        cards: cards with PEOPLE, card_type and card_id; one row a person is enough.
        decided: as of `decided_pairs`: a pair decided upon is not asked about again.

    Returns:
        death_card_id, card_type, card_id, probability, the most probable first.
    """
    left = deaths.filter(pl.col("name").is_not_null())
    right = cards.filter(pl.col("name").is_not_null())
    pairs = link(left.select(PEOPLE), right.select(PEOPLE), every=True, learn=False)
    found = pairs.select(
        death_card_id=left["card_id"].gather(pairs["row_a"] - 1),
        card_type=right["card_type"].gather(pairs["row_b"] - 1),
        card_id=right["card_id"].gather(pairs["row_b"] - 1),
        probability=pl.col("probability"),
    )
    keys = ["death_card_id", "card_type", "card_id"]
    return found.join(decided, on=keys, how="anti", maintain_order="left")
