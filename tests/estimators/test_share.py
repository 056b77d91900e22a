"""Shares of two periods: the test by hand, its spread, its limits, and many tests at once."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from estimators.share import dispersion, false_discovery, shift


def one(part=60, total=400, earlier_part=80, earlier_total=800, spread=1.0) -> dict:
    frame = pl.DataFrame(
        {"part": [part], "total": [total], "earlier_part": [earlier_part],
         "earlier_total": [earlier_total], "dispersion": [spread]}
    )  # fmt: skip
    return shift(frame).row(0, named=True)


def test_the_p_value_is_that_of_two_proportions():
    # R: prop.test(c(60, 80), c(400, 800), correct = FALSE): X-squared 6.4690, p-value 0.01097721
    found = one()
    assert (found["share"], found["earlier_share"], found["expected"]) == (0.15, 0.10, 40.0)
    assert found["p_value"] == pytest.approx(0.010977212, abs=1e-9)
    # R: the same call's 95 percent confidence interval 0.009298291 0.090701709
    assert found["difference_low"] == pytest.approx(0.009298291, abs=1e-9)
    assert found["difference_high"] == pytest.approx(0.090701709, abs=1e-9)


def test_spread_among_earlier_periods_makes_a_shift_less_surprising():
    assert one(spread=4.0)["p_value"] == pytest.approx(0.20347557, abs=1e-8)


def test_fewer_than_five_expected_are_not_tested_on_either_side():
    assert one(part=10, total=40, earlier_part=40, earlier_total=400)["p_value"] is None
    assert one(part=30, total=40, earlier_part=360, earlier_total=400)["p_value"] is None
    assert one(total=40, part=5, earlier_part=50, earlier_total=400)["p_value"] is not None
    assert one(earlier_part=0, earlier_total=0)["p_value"] is None


def test_the_spread_is_pearson_s_over_the_series_of_a_place():
    history = pl.DataFrame(
        {"place": ["A"] * 5, "series": ["x", "x", "x", "y", "y"], "part": [10, 20, 30, 1, 2],
         "total": [100, 100, 100, 100, 100]}
    )  # fmt: skip
    # x: mean 0.2, chi-square (100 + 0 + 100) / 16 = 12.5 on 2 degrees; y expects 1.5 and is mute
    assert dispersion(history, ["place"]).row(0) == ("A", 6.25, 2)
    calm = history.with_columns(part=pl.lit(20))
    assert dispersion(calm, ["place"])["dispersion"].to_list() == [1.0]
    single = history.head(1)
    assert dispersion(single, ["place"]).row(0) == ("A", 1.0, 0)


def test_q_values_by_hand():
    found = false_discovery(np.array([0.04, 0.01, 0.03, 0.5]))
    assert found == pytest.approx([0.16 / 3, 0.04, 0.16 / 3, 0.5])
    assert false_discovery(np.array([])).size == 0


@given(st.lists(st.floats(1e-9, 1), min_size=1, max_size=40))
def test_q_values_are_no_smaller_than_p_values_and_keep_their_order(values: list[float]):
    p_values = np.array(values)
    found = false_discovery(p_values)
    assert (found >= p_values - 1e-15).all() and (found <= 1).all()
    assert (np.diff(found[np.argsort(p_values, kind="stable")]) >= -1e-15).all()


def test_under_no_change_one_in_twenty_is_below_0_05():
    rng = np.random.default_rng(1)
    size = 20_000
    frame = pl.DataFrame(
        {"part": rng.binomial(500, 0.1, size), "total": [500] * size,
         "earlier_part": rng.binomial(1500, 0.1, size), "earlier_total": [1500] * size,
         "dispersion": [1.0] * size}
    )  # fmt: skip
    assert 0.04 < (shift(frame)["p_value"] < 0.05).mean() < 0.06
