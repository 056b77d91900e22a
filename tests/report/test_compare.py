"""Comparisons against published and R values; sentences say no more than their intervals."""

from __future__ import annotations

import pytest

from flows.report.compare import Change, difference, rate_ratio
from flows.report.finding import change_text


def test_the_difference_of_proportions_is_newcombes() -> None:
    # Newcombe 1998, table II, contrast (a) 56/70 - 48/80, method 10: 0.0524 to 0.3339.
    first = {"value": 0.8, "ci_low": 0.69175, "ci_high": 0.87693}
    other = {"value": 0.6, "ci_low": 0.49034, "ci_high": 0.70010}
    change = difference(first, other)
    assert change is not None
    assert (change.value, change.low, change.high) == pytest.approx((0.2, 0.0524, 0.3339), abs=2e-4)


def test_the_rate_ratio_is_that_of_r() -> None:
    # R 4.2.2: poisson.test(c(11, 21), c(800, 3011)).
    change = rate_ratio(11, 800, 21, 3011)
    assert change is not None
    assert (change.value, change.low, change.high) == pytest.approx(
        (1.971488, 0.8584264, 4.2772659), rel=1e-4
    )


def test_without_events_before_there_is_no_ratio() -> None:
    assert rate_ratio(5, 1000, 0, 1000) is None
    assert rate_ratio(5, 0, 5, 1000) is None


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (
            Change("率比", 1.2, 0.9, 1.6, 1),
            "与2024年相比未见有统计学意义的变化（率比 1.20，95%区间 0.90～1.60）",
        ),
        (
            Change("率比", 1.2, 1.1, 1.3, 1),
            "与2024年相比上升（率比 1.20，95%区间 1.10～1.30）",
        ),
        (
            Change("差", -2.0, -3.0, -1.0, 0),
            "与2024年相比下降（差 -2.00个百分点，95%区间 -3.00个百分点～-1.00个百分点）",
        ),
    ],
)
def test_a_sentence_follows_its_interval(change: Change, sentence: str) -> None:
    assert change_text(change, "percent", "2024年") == sentence
