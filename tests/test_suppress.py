"""Small cells are hidden, and the shown ones do not give them back."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

import flows.suppress
from flows.suppress import suppress, with_totals

CAUSES = {
    "total": [],
    "cause": ["cause"],
    "month": ["month"],
    "age": ["age"],
    "month_cause": ["month", "cause"],
    "age_cause": ["age", "cause"],
}


def cells(table: list[list[int]]) -> pl.DataFrame:
    rows = [(r, c, n) for r, line in enumerate(table) for c, n in enumerate(line)]
    return pl.DataFrame(rows, schema=["row", "column", "count"], orient="row")


def crossed(table: list[list[int]], **options: Any) -> dict[str, pl.DataFrame]:
    views = {"total": [], "row": ["row"], "column": ["column"], "cell": ["row", "column"]}
    return suppress(with_totals(cells(table), views), **options)


def shown(view: pl.DataFrame, width: int) -> list[list[int | None]]:
    counts = view["count"].to_list()
    return [counts[at : at + width] for at in range(0, len(counts), width)]


def adversary(
    views: dict[str, pl.DataFrame], zeros: str, is_secret: dict[str, list[bool]]
) -> list[tuple[float, float]]:
    """What the shown cells allow each secret one to be: (lowest, highest), by linear programs.

    Unknown are the cells of the finest cross-classification; every shown cell is one equation.
    """
    values = {
        name: sorted({v for view in views.values() if name in view.columns for v in view[name]})
        for name in sorted({c for view in views.values() for c in view.columns})
        if name not in ("count", "is_suppressed")
    }
    atoms = [dict(zip(values, combo, strict=True)) for combo in product(*values.values())]
    known, targets, floor = [], [], []
    for name, view in views.items():
        listed = {
            tuple(row.values()) for row in view.drop("count", "is_suppressed").rows(named=True)
        }
        dims = [c for c in view.columns if c not in ("count", "is_suppressed")]
        for row, secret in zip(view.rows(named=True), is_secret[name], strict=True):
            line = np.array([all(a[d] == row[d] for d in dims) for a in atoms], float)
            if not row["is_suppressed"]:
                known.append((line, row["count"]))
            elif zeros == "shown":
                floor.append(line)
            if secret:
                targets.append(line)
        for combo in {tuple(a[d] for d in dims) for a in atoms} - listed:
            line = np.array([tuple(a[d] for d in dims) == combo for a in atoms], float)
            known.append((line, 0))
    ranges = []
    for line in targets:
        bounds = []
        for sign in (1, -1):
            made = linprog(
                sign * line,
                A_eq=np.array([k for k, _ in known]) if known else None,
                b_eq=[n for _, n in known] if known else None,
                A_ub=-np.array(floor) if floor else None,
                b_ub=-np.ones(len(floor)) if floor else None,
                bounds=(0, 500),
            )
            assert made.success, made.message
            bounds.append(sign * made.fun)
        ranges.append((bounds[0], bounds[1]))
    return ranges


def secrets(views: dict[str, pl.DataFrame]) -> dict[str, list[bool]]:
    return {name: [0 < n < 5 for n in view["count"]] for name, view in views.items()}


def test_one_small_cell_takes_three_others_with_it() -> None:
    table = crossed([[3, 20, 30], [40, 50, 60], [70, 80, 90]])["cell"]
    assert shown(table, 3) == [[None, None, 30], [None, None, 60], [70, 80, 90]]


def test_two_ones_that_add_up_to_two_are_not_left_alone() -> None:
    made = suppress(
        with_totals(pl.DataFrame({"a": [1, 2, 3], "count": [1, 1, 9]}), {"total": [], "a": ["a"]})
    )
    assert made["a"]["count"].to_list() == [None, None, None]
    assert made["total"]["count"].to_list() == [11]


def test_a_bridge_between_two_blocks_is_seen() -> None:
    # Two hidden cells in each row and column are not enough: (1, 2) is the only one that links the
    # two blocks, so the sums of one block alone determine it.
    table = [[2, 2, 9, 9, 9], [2, 2, 2, 9, 9], [9, 9, 2, 2, 2], [9, 9, 9, 2, 2]]
    views = with_totals(
        cells(table), {"total": [], "row": ["row"], "column": ["column"], "cell": ["row", "column"]}
    )
    ranges = adversary(suppress(views), "shown", secrets(views))
    assert min(high - low for low, high in ranges) >= 0.99


def test_zeros_can_be_hidden_like_small_counts() -> None:
    table = [[0, 3, 20], [0, 50, 60]]
    assert shown(crossed(table)["cell"], 3) == [[0, None, None], [0, None, None]]
    hidden = crossed(table, zeros="hidden")["cell"]
    assert shown(hidden, 3)[0][0] is None and shown(hidden, 3)[0][1] is None


def test_a_total_that_is_small_itself_is_hidden() -> None:
    made = crossed([[1, 1], [1, 0]])
    assert made["total"]["count"].to_list() == [None]


def test_areas_and_years_are_protected_by_themselves() -> None:
    views = {
        "total": pl.DataFrame({"year": [2024, 2025], "count": [30, 30]}),
        "sex": pl.DataFrame(
            {"year": [2024, 2024, 2025, 2025], "sex": [1, 2, 1, 2], "count": [28, 2, 15, 15]}
        ),
    }
    made = suppress(views, within=["year"])["sex"]
    assert made["count"].to_list() == [None, None, 15, 15]


def test_a_cell_known_from_elsewhere_is_never_the_one_hidden() -> None:
    view = pl.DataFrame({"a": [1, 2, 3], "count": [3, 12, 40], "is_known": [False, True, False]})
    made = suppress({"total": pl.DataFrame({"count": [55]}), "a": view})
    assert made["a"]["count"].to_list() == [None, 12, None]


def test_totals_that_do_not_add_up_are_refused() -> None:
    views = {
        "total": pl.DataFrame({"count": [30]}),
        "sex": pl.DataFrame({"sex": [1], "count": [7]}),
    }
    with pytest.raises(ValueError, match="total is not the sum of sex"):
        suppress(views)


def test_views_without_their_common_total_are_refused() -> None:
    base = pl.DataFrame({"a": [1], "b": [1], "c": [1], "count": [9]})
    with pytest.raises(ValueError, match=r"a view of \['b'\] is lacking"):
        with_totals(base, {"ab": ["a", "b"], "bc": ["b", "c"]})


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.lists(st.integers(0, 12), min_size=4, max_size=4), min_size=2, max_size=5),
    st.sampled_from(["shown", "hidden"]),
)
def test_no_adversary_recovers_a_small_cell_of_a_crossed_table(
    table: list[list[int]], zeros: str
) -> None:
    views = with_totals(
        cells(table), {"total": [], "row": ["row"], "column": ["column"], "cell": ["row", "column"]}
    )
    made = suppress(views, zeros=zeros)
    for name, view in made.items():
        for before, after in zip(views[name]["count"], view["count"], strict=True):
            assert after is None or after == before
            assert after is None or not 0 < after < 5
    ranges = adversary(made, zeros, secrets(views))
    assert all(high - low >= 0.99 for low, high in ranges)


@settings(max_examples=15, deadline=None)
@example(9580, "shown")
@given(st.integers(0, 10_000), st.sampled_from(["shown", "hidden"]))
def test_no_adversary_recovers_a_small_cell_of_linked_tables(seed: int, zeros: str) -> None:
    draw = np.random.default_rng(seed)
    base = pl.DataFrame(
        [
            (m, a, c, int(draw.poisson(1.5)) if draw.random() < 0.6 else 0)
            for m in range(3)
            for a in range(3)
            for c in range(3)
        ],
        schema=["month", "age", "cause", "count"],
        orient="row",
    )
    views = with_totals(base, CAUSES)
    ranges = adversary(suppress(views, zeros=zeros), zeros, secrets(views))
    assert all(high - low >= 0.99 for low, high in ranges)


def test_the_same_table_gives_the_same_holes() -> None:
    draw = np.random.default_rng(3)
    table = draw.poisson(4, (12, 8)).tolist()
    first, second = crossed(table), crossed(table)
    assert all(first[name].equals(second[name]) for name in first)


@pytest.mark.parametrize("together", [1, 30, 1_000_000])
@given(
    tables=st.lists(
        st.lists(st.lists(st.integers(0, 9), min_size=3, max_size=3), min_size=2, max_size=4),
        min_size=1,
        max_size=4,
    ),
    zeros=st.sampled_from(["shown", "hidden"]),
)
# A year without a small count hides nothing but its zeros, also beside a year with one.
@example(tables=[[[0, 9, 9], [9, 9, 9]], [[3, 9, 9], [9, 9, 9]]], zeros="hidden")
@settings(max_examples=60, deadline=None)
def test_years_are_protected_in_one_go_as_each_by_itself(
    together: int, tables: list[list[list[int]]], zeros: Any
) -> None:
    base = pl.concat(
        cells(table).with_columns(year=pl.lit(year)) for year, table in enumerate(tables)
    )
    views = {"total": [], "row": ["row"], "column": ["column"], "cell": ["row", "column"]}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(flows.suppress, "TOGETHER", together)
        made = suppress(with_totals(base, views, ["year"]), ["year"], zeros=zeros)
    for year, table in enumerate(tables):
        alone = crossed(table, zeros=zeros)
        for name, view in alone.items():
            assert made[name].filter(year=year).drop("year").equals(view)
