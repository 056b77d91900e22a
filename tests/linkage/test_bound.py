"""Nobody who may be in a probable pair is left away before splink compares."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.linkage import bound
from flows.linkage.block import blocked, blocked_with_itself
from flows.linkage.bound import COLUMNS, hopeful, most
from flows.linkage.model import Model, model_of, scored
from flows.linkage.person_list import prepared
from flows.sample.two_lists import two_lists

PERSON = st.fixed_dictionaries(
    {
        "name": st.sampled_from(
            ["合成张伟", "合成章玮", "合成伟张", "合成张", "买买提·艾力", "艾力", None]
        ),
        "sex": st.sampled_from(["1", "2", None]),
        "birth_date": st.sampled_from([date(1950, 1, 2), date(1950, 2, 1), date(1951, 1, 2), None]),
        "id_number": st.sampled_from(
            ["330329195001020010", "330329195001020037", "330329195001020100", "330329500102001",
             None]
        ),
        "town_code": st.sampled_from(["330329101", "330329102", "330301001", None]),
        "org_code": st.sampled_from(["H1", "H2", None]),
        "event_date": st.sampled_from(
            [date(2025, 3, 4), date(2025, 3, 8), date(2025, 4, 4), date(2025, 6, 1), None]
        ),
    }
)  # fmt: skip
LISTS = {"name": pl.String, "sex": pl.String, "birth_date": pl.Date, "id_number": pl.String,
         "town_code": pl.String, "org_code": pl.String, "event_date": pl.Date}  # fmt: skip


def people(rows: list[dict[str, object]]) -> pl.DataFrame:
    made = prepared(pl.DataFrame(rows, schema=LISTS))
    return made.with_columns(unique_id=pl.col("row") - 1, kind=pl.lit("death"))


def most_of(pairs: pl.DataFrame, side: pl.DataFrame, model: Model) -> pl.Series:
    """The largest probability of every pair of `scored`."""
    left, right = (
        side[pairs[f"id_{end}"]].select(pl.col(COLUMNS).name.suffix(f"_{mark}"))
        for end, mark in (("a", "l"), ("b", "r"))
    )
    odds = model.prior / (1 - model.prior) * pl.reduce(
        lambda one, other: one * other, [most(name, model) for name in model.m]
    )  # fmt: skip
    made = left.hstack(right).select(odds.alias("odds"))["odds"]
    return made / (1 + made)


@given(rows=st.lists(PERSON, min_size=2, max_size=12))
@settings(max_examples=25, deadline=None)
def test_no_pair_is_more_probable_than_the_most_it_can_reach(rows: list[dict[str, object]]) -> None:
    side = people(rows)
    sides = blocked_with_itself(side, "kind")
    model = model_of(side, side, 0.01)
    if sides.left.is_empty() or not model.m:
        return
    pairs = scored([sides.left], model, sides.columns, 0.0)
    over = pairs["probability"] - most_of(pairs, side, model)
    assert (over.max() or 0.0) < 1e-8  # type: ignore[operator]


@pytest.mark.parametrize("threshold", [0.05, 0.5, 0.95])
def test_the_pairs_are_those_of_everybody(
    threshold: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bound, "AT_ONCE", 100)  # several parts of a block column
    made = two_lists(1500, 700, slips=0.5, without_id=0.4, seed=5)
    left, right = (
        prepared(side).with_columns(unique_id=pl.col("row")) for side in (made.left, made.right)
    )
    model = model_of(left, right)
    sides = blocked(left, right)
    close = hopeful(sides, model, threshold)
    every = scored([sides.left, sides.right], model, sides.columns, threshold)
    found = scored(list(close), model, sides.columns, threshold)
    assert found.sort("id_a", "id_b").equals(every.sort("id_a", "id_b"))
    assert 0 < close[1].height < right.height / 2


def test_a_shared_birthday_alone_is_compared_no_further() -> None:
    rows = [
        {"name": "合成张伟", "birth_date": date(1950, 1, 2), "id_number": "330329195001020010"},
        {"name": "合成李娜", "birth_date": date(1950, 1, 2), "id_number": "330329195001020037"},
    ]
    side = people(rows)
    sides = blocked_with_itself(side, "kind")
    assert sides.left.height == 2
    assert hopeful(sides, model_of(side, side, 1e-4), 0.5)[0].is_empty()
