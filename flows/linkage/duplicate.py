"""Cards that may be one event twice though their persons differ: slips in numbers, names, dates.

What the provincial rule names (one person by ID number, or by name, sex and birth date) is told by
its own finding; here are the pairs it cannot see. The weights are fixed: what is learnt would
change from night to night, and with it what a county is asked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import polars as pl

from flows.events import SAME_EVENT_DAYS
from flows.linkage.block import blocked_with_itself
from flows.linkage.bound import hopeful
from flows.linkage.decision import PAIR
from flows.linkage.model import SMALLEST, Model, model_of, scored
from flows.linkage.person_list import for_blocks, in_full

#: Least probability of a published candidate, and of one that the county is asked about.
CANDIDATE, ASKED = 0.5, 0.9
#: Cards in a thousand that stand beside another one of their event under another person.
REPEATED = 20 / 1000
PEOPLE = ("name", "sex", "birth_date", "id_number", "town_code", "org_code", "event_date")
#: What is told of either card, and all that is read of a card.
SIDE = ("card_id", "person_id", "is_counted", "event_date", "org_code", "area_code")
READ = tuple(dict.fromkeys((*PEOPLE, *SIDE, "count_base", "event_class", "created_time")))
SCHEMA = pl.Schema(
    {
        "card_type": pl.String,
        "card_id_a": pl.String,
        "card_id_b": pl.String,
        "probability": pl.Float64,
        "keys": pl.String,
        "org_code_a": pl.String,
        "org_code_b": pl.String,
        "area_code": pl.String,
    }
)
RULE = "card_id.probable_duplicate"
#: `model.scored`, or the same on another machine.
Scorer = Callable[[list[pl.DataFrame], Model, list[str], float], pl.DataFrame]


def candidates(
    card_type: str, frame: pl.DataFrame, decided: pl.DataFrame, score: Scorer = scored
) -> pl.DataFrame:
    """Probable duplicates of one card type, without identities.

    Args:
        card_type: one of the four.
        frame: typed and counted cards.
        decided: as of `decision.decisions`; a pair decided upon is not asked about again.
        score: where pairs are compared.

    Returns:
        The columns of SCHEMA; a is the earlier card (created_time, card_id), area_code is that of
        the later one.
    """
    usable = (pl.col("count_base") != "none") & pl.col("event_class").is_not_null()
    cards = frame.select(READ).filter(usable & pl.col("name").is_not_null())
    people = for_blocks(cards.select(PEOPLE)).with_columns(
        unique_id=pl.col("row") - 1, event_class=cards["event_class"]
    )
    # Deaths are one event class; a stroke and a heart attack are two events.
    sides = blocked_with_itself(people, "event_class")
    if sides.left.height < 2:
        return pl.DataFrame(schema=SCHEMA)
    # Two cards drawn at random: of n cards, 20 n / 1000 pairs of n (n - 1) / 2.
    prior = 2 * REPEATED / max(people.height, SMALLEST)
    model = model_of(people, people, prior)
    close, _ = hopeful(sides, model, CANDIDATE)
    if close.is_empty():
        return pl.DataFrame(schema=SCHEMA)
    cards, close = _earliest_first(cards, close)
    pairs = score([in_full(close)], model, sides.columns, CANDIDATE)
    ends = pl.min_horizontal("id_a", "id_b"), pl.max_horizontal("id_a", "id_b")
    pairs = pairs.with_columns(id_a=ends[0], id_b=ends[1])
    first, second = (_side(cards, pairs[f"id_{side}"], side) for side in "ab")
    joined = pairs.select("probability", "keys").hstack(first).hstack(second)
    return (
        joined.filter(_is_one_event(card_type))
        .with_columns(card_type=pl.lit(card_type), area_code="area_code_b")
        .join(_pairs_decided(decided, card_type), on=["card_id_a", "card_id_b"], how="anti")
        .select(list(SCHEMA))
        .cast(SCHEMA)
    )


def joined(found: Iterable[pl.DataFrame]) -> pl.DataFrame:
    """The candidates of all card types, the most probable of each first."""
    return pl.concat([pl.DataFrame(schema=SCHEMA), *found]).sort(
        "card_type", -pl.col("probability"), "card_id_a", "card_id_b"
    )


def _earliest_first(cards: pl.DataFrame, people: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The cards of these people and the people, both in the order of making, numbered."""
    mine = cards[people["unique_id"]].with_row_index("place")
    order = mine.sort("created_time", "card_id", nulls_last=True)["place"]
    numbered = people.drop("unique_id")[order].with_row_index("unique_id")
    return mine[order].drop("place"), numbered.cast({"unique_id": pl.Int64})


def _side(cards: pl.DataFrame, places: pl.Series, side: str) -> pl.DataFrame:
    return cards.select(pl.col(name).gather(places).alias(f"{name}_{side}") for name in SIDE)


def _is_one_event(card_type: str) -> pl.Expr:
    """Whether two cards of one person would be one event, and no rule has said so."""
    other_person = pl.col("person_id_a") != pl.col("person_id_b")
    if card_type == "death":  # two counted deaths of one person: dates differ, and nobody told
        return other_person | (pl.col("is_counted_a") & pl.col("is_counted_b"))
    if card_type == "cardio":
        apart = (pl.col("event_date_a") - pl.col("event_date_b")).dt.total_days().abs()
        return other_person & (apart <= SAME_EVENT_DAYS).fill_null(True)
    return other_person


def _pairs_decided(decided: pl.DataFrame, card_type: str) -> pl.DataFrame:
    mine = decided.filter(
        (pl.col("card_type_a") == card_type) & (pl.col("card_type_b") == card_type)
    ).select(PAIR)
    turned = mine.rename({"card_id_a": "card_id_b", "card_id_b": "card_id_a"})
    return pl.concat([mine, turned.select(PAIR)]).select("card_id_a", "card_id_b")


def findings(found: pl.DataFrame, frame: pl.DataFrame, card_type: str) -> pl.DataFrame:
    """The later card of every pair the county is asked about: row_index, rule_id, field.

    Args:
        found: as of `candidates`.
        frame: the typed cards of the type.
        card_type: one of the four.
    """
    asked = found.filter((pl.col("card_type") == card_type) & (pl.col("probability") >= ASKED))
    rows = frame.with_row_index("row_index").filter(
        pl.col("card_id").is_in(asked["card_id_b"].implode())
    )
    return rows.select(
        pl.col("row_index").cast(pl.UInt32),
        rule_id=pl.lit(f"{card_type}.{RULE}"),
        field=pl.lit("card_id"),
    )
