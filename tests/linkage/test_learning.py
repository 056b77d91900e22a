"""What large lists teach, and the small version of the benchmark."""

from __future__ import annotations

import pytest

from flows.linkage.comparison import COMPARISONS
from flows.linkage.learning import FEWEST
from flows.linkage.pairs import match, model_and_sides
from flows.sample.two_lists import two_lists


@pytest.mark.parametrize(
    ("slips", "without_id", "floor"), [(0.1, 0.0, 0.99), (0.1, 0.3, 0.97), (0.3, 0.5, 0.92)]
)
def test_pairs_of_lists_with_slips_are_found(slips: float, without_id: float, floor: float) -> None:
    made = two_lists(2000, 500, slips=slips, without_id=without_id, seed=3)
    found = match(made.left, made.right, 0.5, every=False, learn=True).pairs
    right = found.join(made.truth, on=["row_a", "row_b"], how="semi").height
    precision, recall = right / found.height, right / made.truth.height
    assert 2 * precision * recall / (precision + recall) >= floor
    assert precision >= 0.99


def test_lists_without_a_common_person_have_hardly_a_pair() -> None:
    made = two_lists(3000, 1000, shared=0.0, slips=0.1, without_id=0.3)
    assert match(made.left, made.right, 0.5, every=False, learn=True).pairs.height <= 2


def test_large_lists_teach_how_often_a_person_s_records_agree() -> None:
    careful = two_lists(4000, 3000, slips=0.0)
    careless = two_lists(4000, 3000, slips=0.6)
    models = [model_and_sides(one.left, one.right, learn=True)[0] for one in (careful, careless)]
    assert all(model.anchors >= FEWEST for model in models)
    for name in ("name", "birth_date", "sex", "town"):
        fixed = COMPARISONS[name].levels[0].m
        assert models[1].m[name][0] < models[0].m[name][0]
        assert models[0].m[name][0] > fixed
    for model in models:
        assert all(sum(shares) == pytest.approx(1, abs=2e-3) for shares in model.m.values())


def test_small_lists_keep_the_fixed_weights() -> None:
    made = two_lists(2000, 500)
    model = model_and_sides(made.left, made.right, learn=True)[0]
    assert model.anchors == 0
    assert model.m["sex"][0] == COMPARISONS["sex"].levels[0].m


def test_learning_gives_the_same_pairs_every_time_whatever_the_order() -> None:
    made = two_lists(3000, 2000, slips=0.2, without_id=0.3)
    first = match(made.left, made.right, 0.5, every=False, learn=True)
    again = match(made.left, made.right, 0.5, every=False, learn=True)
    assert first.pairs.equals(again.pairs)
    turned = match(made.left.reverse(), made.right, 0.5, every=False, learn=True).pairs
    back = turned.with_columns(row_a=made.left.height + 1 - turned["row_a"])
    order = ["row_a", "row_b"]
    assert back.sort(order).equals(first.pairs.sort(order))
