"""Intervals against R, epitools and published values."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from estimators.errors import (
    CountExceedsTotalError,
    InvalidOptionError,
    InvalidValueError,
    NegativeCountError,
    ZeroDenominatorError,
)
from estimators.interval import (
    clopper_pearson,
    poisson_byar,
    poisson_exact,
    ratio_interval,
    wilson,
)


@pytest.mark.parametrize(
    ("count", "low", "high"),
    [
        (0, 0.0, 3.688879),
        (1, 0.025318, 5.571643),
        (5, 1.623486, 11.668332),
        (10, 4.795389, 18.390356),
        (20, 12.21652, 30.888378),
        (100, 81.363991, 121.626794),
    ],
)
def test_exact_poisson_limits_equal_qchisq_in_r(count: int, low: float, high: float) -> None:
    assert np.allclose(poisson_exact(count), (low, high), atol=5e-7)


@pytest.mark.parametrize(
    ("count", "low", "high"),
    [
        (1, 0.013072, 5.563756),
        (10, 4.78745, 18.391459),
        (65, 50.163188, 82.849139),
        (100, 81.362105, 121.627938),
        (1045, 982.593202, 1110.331213),
    ],
)
def test_byar_limits_equal_phe_indicator_methods(count: int, low: float, high: float) -> None:
    assert np.allclose(poisson_byar(count), (low, high), atol=5e-7)


# R 4.2.2: prop.test(correct = FALSE) and binom.test
@pytest.mark.parametrize(
    ("count", "total", "score", "exact"),
    [
        (0, 10, (0.0, 0.2775327999), (0.0, 0.3084971078)),
        (5, 10, (0.2365930905, 0.7634069095), (0.1870860284, 0.8129139716)),
        (10, 10, (0.7224672001, 1.0), (0.6915028922, 1.0)),
        (81, 263, (0.2552885199, 0.366209577), (0.2527367456, 0.3676219226)),
        (1, 1000, (0.0001765463706, 0.005642558598), (2.531748749e-05, 0.00555892428)),
    ],
)
def test_proportion_limits_equal_r(
    count: int, total: int, score: tuple[float, float], exact: tuple[float, float]
) -> None:
    assert np.allclose(wilson(count, total), score, atol=5e-11)
    assert np.allclose(clopper_pearson(count, total), exact, atol=5e-11)


# R 4.2.2: poisson.test(c(a, b), c(1, 1))
@pytest.mark.parametrize(
    ("a", "b", "low", "high"),
    [
        (50, 80, 0.4299305489, 0.9009491445),
        (0, 5, 0.0, 1.091279105),
        (123, 98, 0.9547152638, 1.653700947),
        (3, 1000, 0.0006176281389, 0.008792586566),
    ],
)
def test_ratio_limits_equal_r(a: int, b: int, low: float, high: float) -> None:
    assert np.allclose(ratio_interval(a, b), (low, high), rtol=5e-10)


def test_ratio_to_zero_has_no_upper_limit_and_zero_to_zero_is_refused() -> None:
    assert ratio_interval(3, 0)[1] == np.inf
    with pytest.raises(ZeroDenominatorError):
        ratio_interval(0, 0)


@given(st.integers(0, 100_000), st.sampled_from([0.8, 0.95, 0.998]))
def test_count_limits_contain_the_count(count: int, level: float) -> None:
    for method in (poisson_exact, poisson_byar):
        low, high = method(count, level)
        assert 0 <= low <= count <= high


@given(st.integers(0, 5000), st.integers(1, 5000))
def test_proportion_limits_contain_the_proportion_and_stay_in_0_1(count: int, total: int) -> None:
    count = min(count, total)
    for method in (wilson, clopper_pearson):
        low, high = method(count, total)
        assert 0 <= low <= count / total <= high <= 1


@pytest.mark.parametrize(
    ("call", "error", "row"),
    [
        (lambda: poisson_exact([3, -1]), NegativeCountError, 1),
        (lambda: poisson_exact([3, float("nan")]), InvalidValueError, 1),
        (lambda: poisson_byar([float("inf")]), InvalidValueError, 0),
        (lambda: wilson([1, 2], [5, 0]), ZeroDenominatorError, 1),
        (lambda: clopper_pearson([6], [5]), CountExceedsTotalError, 0),
        (lambda: poisson_exact(3, level=95), InvalidOptionError, None),
    ],
)
def test_bad_counts_are_named_with_their_row(call, error, row) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(error) as caught:
        call()
    assert caught.value.row == row
