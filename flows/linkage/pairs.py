"""Two lists -> their probable pairs, everybody at most once."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from flows.linkage.block import blocked
from flows.linkage.learning import learnt
from flows.linkage.model import Model, model_of, scored
from flows.linkage.person_list import prepared

SCHEMA = {"row_a": pl.Int64, "row_b": pl.Int64, "probability": pl.Float64, "keys": pl.String}


@dataclass(frozen=True)
class Matched:
    """The pairs, the model they come from, and how many pairs huge blocks left uncompared."""

    pairs: pl.DataFrame  # SCHEMA
    model: Model | None
    left_out: int


def match(
    left: pl.DataFrame, right: pl.DataFrame, threshold: float, *, every: bool, learn: bool
) -> Matched:
    """Match two lists of people.

    Args:
        left: any columns of `person_list.COLUMNS`.
        right: the same.
        threshold: least probability of a pair.
        every: all pairs, not only the best one-to-one.
        learn: correct the weights by the lists, where they are large enough.
    """
    if not left.height or not right.height:
        return Matched(pl.DataFrame(schema=SCHEMA), None, 0)
    model, ordered_a, ordered_b = model_and_sides(left, right, learn=learn)
    sides = blocked(ordered_a, ordered_b)
    # Who shares no block has no pair: splink need not carry him along.
    in_a_block = pl.any_horizontal(pl.col(sides.columns).is_not_null())
    candidates = [side.filter(in_a_block) for side in (sides.left, sides.right)]
    if any(side.is_empty() for side in candidates):
        return Matched(pl.DataFrame(schema=SCHEMA), model, sides.left_out)
    found = scored(candidates, model, sides.columns, threshold)
    found = found.sort(-pl.col("probability"), "id_a", "id_b")
    best = found if every else one_to_one(found)
    pairs = best.select(
        row_a=sides.left["row"].gather(best["id_a"]),
        row_b=sides.right["row"].gather(best["id_b"]),
        probability="probability",
        keys="keys",
    )
    pairs = pairs.cast(SCHEMA).sort(-pl.col("probability"), "row_a", "row_b")  # type: ignore[arg-type]
    return Matched(pairs, model, sides.left_out)


def model_and_sides(
    left: pl.DataFrame, right: pl.DataFrame, *, learn: bool
) -> tuple[Model, pl.DataFrame, pl.DataFrame]:
    """The model of two lists, and both prepared.

    They stand in the order of their contents: what comes out does not hang on the order that came.
    """
    ordered_a, ordered_b = (_ordered(prepared(side)) for side in (left, right))
    model = model_of(ordered_a, ordered_b)
    return learnt(model, ordered_a, ordered_b) if learn else model, ordered_a, ordered_b


def _ordered(people: pl.DataFrame) -> pl.DataFrame:
    columns = [name for name in people.columns if name not in ("row", "near")]
    return people.sort(*columns, "row").with_row_index("unique_id").cast({"unique_id": pl.Int64})


def one_to_one(pairs: pl.DataFrame) -> pl.DataFrame:
    """The most probable pair first; then nobody is paired twice.

    Args:
        pairs: id_a, id_b, best first.
    """
    used_a: set[int] = set()
    used_b: set[int] = set()
    kept = []
    for place, (id_a, id_b) in enumerate(pairs.select("id_a", "id_b").iter_rows()):
        if id_a not in used_a and id_b not in used_b:
            used_a.add(id_a)
            used_b.add(id_b)
            kept.append(place)
    return pairs[kept]
