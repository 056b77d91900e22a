"""Which rows of two lists are one person: splink on DuckDB, for Chinese lists."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

#: Best pairs below this are no pairs.
THRESHOLD = 0.5


def link(
    left: pl.DataFrame,
    right: pl.DataFrame,
    threshold: float = THRESHOLD,
    *,
    every: bool = False,
    learn: bool = True,
) -> pl.DataFrame:
    """Match two lists of people.

    Args:
        left: one row a person: name, sex, birth_date (Date), id_number, town_code, org_code,
            event_date (Date, of one kind on both lists); a column that is not there or is null
            gives no weight.
        right: the same.
        threshold: least probability of a pair.
        every: give every pair and not just the best one-to-one pairs.
        learn: correct the weights by the lists, where they are large enough to teach.

    Returns:
        row_a and row_b (1-based), probability (0-1), keys (what agrees exactly, `name,sex`); most
        probable first. The same lists always give the same pairs.
    """
    # The commands of this package are imported to draw the help; splink is not.
    from flows.linkage.pairs import match

    return match(left, right, threshold, every=every, learn=learn).pairs
