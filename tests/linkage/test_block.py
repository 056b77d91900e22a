"""Nobody is compared with everybody."""

from __future__ import annotations

from datetime import date

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.linkage import block
from flows.linkage.block import ALWAYS, BLOCKS, EACH, blocked, blocked_with_itself
from flows.linkage.person_list import prepared


def compared(left: pl.DataFrame, right: pl.DataFrame, column: str) -> int:
    return left.drop_nulls(column).join(right.drop_nulls(column), on=column).height


@given(names=st.lists(st.sampled_from("甲乙丙"), min_size=1, max_size=60), year=st.integers(0, 3))
@settings(max_examples=20, deadline=None)
def test_no_rule_compares_more_than_its_budget(names: list[str], year: int) -> None:
    frame = pl.DataFrame(
        {
            "name": ["合成" + name for name in names],
            "birth_date": [date(1950 + year, 1, 2)] * len(names),
        }
    )
    people = prepared(frame)
    budget = EACH * 2 * people.height
    with_small_budget = 0
    old = block.ALWAYS
    block.ALWAYS = with_small_budget
    try:
        sides = blocked(people, people)
    finally:
        block.ALWAYS = old
    counts = [compared(sides.left, sides.right, column) for column in sides.columns]
    assert max(counts) <= budget
    every = sum(compared(*[people.drop_nulls(list(rule)).select(rule).with_columns(
        key=pl.concat_str(rule, separator="|")) for _ in range(2)], "key")
        for rule in BLOCKS if rule[-1] not in block.UNKNOWN)  # fmt: skip
    assert sum(counts) + sides.left_out == every


def test_a_name_everybody_bears_makes_no_block_but_days_still_do() -> None:
    size = 2000
    frame = pl.DataFrame(
        {
            "name": ["合成张伟"] * size,
            "birth_date": [date.fromordinal(712_000 + place) for place in range(size)],
        }
    )
    people = prepared(frame)
    sides = blocked(people, people)
    counts = {rule: compared(sides.left, sides.right, column)
              for rule, column in zip(BLOCKS, sides.columns, strict=True)}  # fmt: skip
    assert sum(counts.values()) < len(BLOCKS) * (EACH * 2 * size + ALWAYS) < size * size
    assert counts["birth_text", "first_sound"] == size


def test_who_shares_no_block_is_not_carried_along() -> None:
    names = ["合成甲", "合成甲", "合成乙"]
    births = [date(1950, 1, 2), date(1950, 1, 20), date(1980, 5, 6)]
    people = prepared(pl.DataFrame({"name": names, "birth_date": births}))
    inside = blocked_with_itself(people.with_columns(kind=pl.lit("death")), "kind")
    assert inside.left["row"].to_list() == [1, 2]
    other = blocked_with_itself(people.with_columns(kind=pl.Series(["a", "b", "c"])), "kind")
    assert other.left.is_empty()
