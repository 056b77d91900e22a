"""Two lists -> their probable pairs, everybody at most once."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from flows.linkage.block import blocked
from flows.linkage.bound import hopeful
from flows.linkage.learning import learnt
from flows.linkage.model import Model, model_of, scored
from flows.linkage.person_list import for_blocks, in_full, in_order, prepared

#: Weights are odds, and those of 1 are infinite: from here on a probability of nine digits says 1.
CERTAIN = 1 - 5e-10
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
    threshold = min(threshold, CERTAIN)
    people = [for_blocks(side).with_columns(unique_id="row") for side in (left, right)]
    model = _model(people[0], people[1], learn=learn)
    sides = blocked(people[0], people[1])
    candidates = [in_order(in_full(side)) for side in hopeful(sides, model, threshold)]
    if any(side.is_empty() for side in candidates):
        return Matched(pl.DataFrame(schema=SCHEMA), model, sides.left_out)
    found = scored(candidates, model, sides.columns, threshold)
    found = found.sort(-pl.col("probability"), "id_a", "id_b")
    best = found if every else one_to_one(found)
    pairs = best.select(
        row_a=candidates[0]["row"].gather(best["id_a"]),
        row_b=candidates[1]["row"].gather(best["id_b"]),
        probability="probability",
        keys="keys",
    )
    pairs = pairs.cast(SCHEMA).sort(-pl.col("probability"), "row_a", "row_b")  # type: ignore[arg-type]
    return Matched(pairs, model, sides.left_out)


def model_and_sides(
    left: pl.DataFrame, right: pl.DataFrame, *, learn: bool
) -> tuple[Model, pl.DataFrame, pl.DataFrame]:
    """The model of two lists, and both prepared.

    They stand in the order of their contents.
    """
    ordered_a, ordered_b = (in_order(prepared(side)) for side in (left, right))
    return _model(ordered_a, ordered_b, learn=learn), ordered_a, ordered_b


def _model(left: pl.DataFrame, right: pl.DataFrame, *, learn: bool) -> Model:
    model = model_of(left, right)
    return learnt(model, left, right) if learn else model


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
