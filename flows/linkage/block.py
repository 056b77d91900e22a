"""Who is compared with whom: nobody with everybody, and no block beyond its share."""

from __future__ import annotations

from typing import NamedTuple

import polars as pl

#: A pair must agree on one of these first. Each copes with an error the others do not forgive.
BLOCKS: tuple[tuple[str, ...], ...] = (
    ("id_number",),
    ("id_tail",),  # a slip in the first ten characters of an ID number
    ("sounds", "birth_year"),  # day or month wrong; homophones; surname behind the given name
    ("sounds", "birth_day"),  # year wrong
    ("birth_text", "first_sound"),  # a character wrong
    ("birth_text", "last_sound"),
    ("sounds", "unknown_a"),  # who has no birth date, by the name alone
    ("sounds", "unknown_b"),
)
#: Marks in a rule: the side whose people must have no birth date.
UNKNOWN = {"unknown_a": 0, "unknown_b": 1}
#: The same inside one list; without birth date and ID number nobody is called a duplicate.
DUPLICATE_BLOCKS = BLOCKS[:-2]
#: Pairs that one value of a key may make, and pairs a rule may make for every person.
LARGEST, EACH, ALWAYS = 100_000, 30, 200_000


class Blocked(NamedTuple):
    """Both lists with block_0, block_1, ...; `left_out` pairs are not compared by any block."""

    left: pl.DataFrame
    right: pl.DataFrame
    columns: list[str]
    left_out: int


def blocked(left: pl.DataFrame, right: pl.DataFrame) -> Blocked:
    """Add the keys of every block, empty where a block would be huge.

    A name that half a list bears would compare half the list with itself; such values make no
    block, and their people are found by the other rules.

    Args:
        left: as of `for_blocks`.
        right: the same.
    """
    columns, left_out = [], 0
    for number, rule in enumerate(BLOCKS):
        column = f"block_{number}"
        left, right, lost = keyed(left, right, rule, column)
        left_out += lost
        columns.append(column)
    return Blocked(left, right, columns, left_out)


def keyed(
    left: pl.DataFrame, right: pl.DataFrame, rule: tuple[str, ...], column: str
) -> tuple[pl.DataFrame, pl.DataFrame, int]:
    """Both lists with the key of one rule, and how many pairs its largest values would make."""
    left, right = (
        people.with_columns(_key(rule, side).alias(column))
        for side, people in enumerate((left, right))
    )
    mine, theirs = _shared(left[column], right[column])
    pairs = _counted(mine, "a").join(_counted(theirs, "b"), on=column)
    pairs = pairs.with_columns(pairs=pl.col("a") * pl.col("b"))
    lost = _too_large(pairs, left.height + right.height, column)
    kept = pairs.join(lost, on=column, how="anti")[column]
    return _only(left, kept, column), _only(right, kept, column), int(lost["pairs"].sum())


def _shared(left: pl.Series, right: pl.Series) -> tuple[pl.Series, pl.Series]:
    """The keys that stand on both sides; the longer side is looked through, not counted."""
    if left.len() > right.len():
        theirs, mine = _shared(right, left)
        return mine, theirs
    theirs = right.filter(right.is_in(left.drop_nulls().implode()))
    return left.filter(left.is_in(theirs.implode())), theirs


def blocked_with_itself(people: pl.DataFrame, within: str) -> Blocked:
    """The same for one list, inside each value of a column; who shares no block is left away.

    Args:
        people: as of `for_blocks`.
        within: a column that both must share, as the card type.
    """
    columns, left_out = [], 0
    for number, rule in enumerate(DUPLICATE_BLOCKS):
        column = f"block_{number}"
        people = people.with_columns(_key((*rule, within)).alias(column))
        pairs = _counted(people[column].drop_nulls(), "a").with_columns(
            pairs=pl.col("a") * (pl.col("a") - 1) // 2
        )
        pairs = pairs.filter(pl.col("pairs") > 0)
        lost = _too_large(pairs, people.height, column)
        kept = pairs.join(lost, on=column, how="anti")[column]
        people = _only(people, kept, column)
        left_out += int(lost["pairs"].sum())
        columns.append(column)
    people = people.filter(pl.any_horizontal(pl.col(columns).is_not_null()))
    return Blocked(people, people, columns, left_out)


def _key(rule: tuple[str, ...], side: int = 0) -> pl.Expr:
    """A number for the values of a rule; two values with one number cost a comparison, no more."""
    names = [name for name in rule if name not in UNKNOWN]
    fits = pl.all_horizontal(pl.col(name).is_not_null() for name in names)
    if any(UNKNOWN.get(name) == side for name in rule):
        fits &= pl.col("birth_year").is_null()
    return pl.when(fits).then(pl.struct(names).hash(seed=1))


def _counted(keys: pl.Series, name: str) -> pl.DataFrame:
    return keys.to_frame().group_by(keys.name).agg(pl.len().cast(pl.Int64).alias(name))


def _too_large(pairs: pl.DataFrame, people: int, column: str) -> pl.DataFrame:
    """The values whose pairs go beyond the budget of a rule, the largest first."""
    budget = EACH * people + ALWAYS
    sizes = pairs.group_by("pairs").agg(pl.len()).sort("pairs")
    within = (sizes["pairs"] * sizes["len"]).cum_sum() <= budget
    fits = sizes.filter(within & (sizes["pairs"] <= LARGEST))["pairs"]
    limit = int(fits.max() or 0)  # type: ignore[arg-type]
    return pairs.filter(pl.col("pairs") > limit).select(column, "pairs")


def _only(side: pl.DataFrame, kept: pl.Series, column: str) -> pl.DataFrame:
    """The values that make pairs; the others are no block."""
    return side.with_columns(
        pl.when(pl.col(column).is_in(kept.implode())).then(column).alias(column)
    )
