"""The most that a pair can reach: who can be in no pair of enough probability is left away.

Most pairs of a block agree on a birthday and little else. What the cheap columns say of them
already rules them out, and splink need not be told of their people.
"""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from flows.linkage.block import Blocked
from flows.linkage.comparison import BOTH_SOUND_NEVER, COMPARISONS, EQUAL, EVENT_DAYS
from flows.linkage.model import Model, rarest

#: Pairs looked at in one go: each carries both of its people.
AT_ONCE = 200_000
#: Below the odds that are asked for by this much, so that the last digit of a product decides
#: nothing.
SLACK = 0.999
COLUMNS = (
    "name", "sound", "sounds", "birth_text", "birth_year", "sex", "id_number", "is_id_sound",
    "town", "county", "org", "event_date",
)  # fmt: skip
#: Level conditions that these columns settle: true of a pair or not.
SETTLED = {EQUAL.format(name): pl.col(f"{name}_l") == pl.col(f"{name}_r") for name in COLUMNS} | {
    EVENT_DAYS.format(days): (pl.col("event_date_l") - pl.col("event_date_r"))
    .dt.total_days()
    .abs()
    .le(days)
    for days in (7, 31)
}


def hopeful(sides: Blocked, model: Model, threshold: float) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The people of both lists who share a block with somebody they may be.

    Args:
        sides: as of `blocked` or `blocked_with_itself`, with unique_id.
        model: as of `model_of`, learnt or not.
        threshold: least probability that a pair is asked to reach.

    Returns:
        Rows of the two lists, in their order: every pair of a block whose probability reaches the
        threshold is among them. Both are one frame where the list is one.
    """
    left, right = sides.left, sides.right
    if not 0 < threshold < 1:
        in_a_block = pl.any_horizontal(pl.col(sides.columns).is_not_null())
        return left.filter(in_a_block), right.filter(in_a_block)
    wanted = SLACK * threshold / (1 - threshold)
    odds = pl.lit(model.prior / (1 - model.prior))
    for name in model.m:
        odds = most(name, model) * odds
    pairs = (some for column in sides.columns for some in _pairs(left, right, column))
    found = [
        some.filter(odds >= wanted).select("unique_id_l", "unique_id_r")
        for some in _together(pairs)
    ]
    nobody = pl.DataFrame(schema={"unique_id_l": pl.Int64, "unique_id_r": pl.Int64})
    ids = pl.concat([nobody, *found])
    if left is right:
        both = pl.concat([ids["unique_id_l"], ids["unique_id_r"]]).implode()
        left = left.filter(pl.col("unique_id").is_in(both))
        return left, left
    return (
        left.filter(pl.col("unique_id").is_in(ids["unique_id_l"].implode())),
        right.filter(pl.col("unique_id").is_in(ids["unique_id_r"].implode())),
    )


def most(name: str, model: Model) -> pl.Expr:
    """The largest Bayes factor of a comparison that the columns of a pair (_l, _r) allow.

    A level that they settle counts when it holds, and then no later one does; any other is taken
    to hold unless it cannot.
    """
    comparison = COMPARISONS[name]
    *weights, rest = [m / u for m, u in zip(model.m[name], model.u[name], strict=True)]
    best = pl.lit(rest)
    for place in reversed(range(len(weights))):
        level, weight = comparison.levels[place], weights[place]
        if level.term:  # as if nobody else bore the value: it is never rarer
            weight = model.m[name][place] / rarest(model, level.term)
        settled = SETTLED.get(level.condition)
        if settled is not None:
            best = pl.when(settled).then(weight).otherwise(best)
        elif level.condition in BOTH_SOUND_NEVER:
            both_sound = pl.col("is_id_sound_l") & pl.col("is_id_sound_r")
            best = pl.max_horizontal(best, pl.when(~both_sound).then(weight))
        else:
            best = pl.max_horizontal(best, pl.lit(weight))
    unknown = pl.any_horizontal(
        pl.col(f"{comparison.column}_{side}").is_null() for side in ("l", "r")
    )
    return pl.when(unknown).then(1.0).otherwise(best)


def _pairs(left: pl.DataFrame, right: pl.DataFrame, column: str) -> Iterator[pl.DataFrame]:
    """The pairs of one block column, some at a time; of one list every pair once."""
    mine, theirs = (
        side.filter(pl.col(column).is_not_null()).select(
            column, pl.col("unique_id", *COLUMNS).name.suffix(suffix)
        )
        for side, suffix in ((left, "_l"), (right, "_r"))
    )
    sizes = theirs.group_by(column).agg(pairs=pl.len().cast(pl.Int64))
    counted = mine.join(sizes, on=column)
    part = (pl.col("pairs").cum_sum() // AT_ONCE).alias("part")
    for some in counted.with_columns(part).partition_by("part", include_key=False):
        pairs = some.drop("pairs").join(theirs, on=column).drop(column)
        if left is right:
            pairs = pairs.filter(pl.col("unique_id_l") < pl.col("unique_id_r"))
        yield pairs


def _together(pairs: Iterator[pl.DataFrame]) -> Iterator[pl.DataFrame]:
    """The same pairs in few frames: to judge one costs as much as ten thousand pairs."""
    some: list[pl.DataFrame] = []
    for one in pairs:
        some.append(one)
        if sum(part.height for part in some) >= AT_ONCE // 2:
            yield pl.concat(some)
            some = []
    if some:
        yield pl.concat(some)
