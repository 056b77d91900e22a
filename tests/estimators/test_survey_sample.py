"""Sample sizes against textbook values; selection by its properties."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from estimators.errors import InvalidOptionError, InvalidValueError, SmallNumbersError
from estimators.survey_sample import (
    allocate,
    half_width,
    inclusion_probabilities,
    sample_size,
    systematic_pps,
    systematic_serials,
)


@pytest.mark.parametrize(
    ("options", "required"),
    [
        # 1.96^2 x 0.25 / 0.05^2 = 384.15, the textbook 385
        ({"expected": 0.5, "precision": 0.05}, 385),
        # 384.15 / (1 + 383.15 / 10000) = 369.98
        ({"expected": 0.5, "precision": 0.05, "population": 10_000}, 370),
        # 1.96^2 x 0.1 x 0.9 / 0.03^2 = 384.15, x 1.5 / 0.9 = 640.2
        ({"expected": 0.1, "precision": 0.03, "design_effect": 1.5, "response": 0.9}, 641),
        # 0.3 of 0.1 is the same 0.03
        ({"expected": 0.1, "precision": 0.3, "relative": True}, 385),
        # t on 8 degrees is 2.306: (2.306 / 1.96)^2 x 384.15 = 531.8
        ({"expected": 0.1, "precision": 0.03, "degrees": 8}, 532),
        # the population is smaller than the design effect asks for
        ({"expected": 0.1, "precision": 0.03, "design_effect": 3, "population": 300}, 300),
    ],
)
def test_sample_size_equals_the_formula_by_hand(options, required) -> None:  # type: ignore[no-untyped-def]
    assert sample_size(**options).required == required


@pytest.mark.parametrize(
    "options",
    [
        {"expected": 0, "precision": 0.03},
        {"expected": 0.1, "precision": 0},
        {"expected": 0.1, "precision": 0.03, "response": 0},
        {"expected": 0.1, "precision": 0.03, "design_effect": 0},
        {"expected": 0.1, "precision": 0.03, "population": 0},
    ],
)
def test_options_out_of_range_are_refused(options) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(InvalidOptionError):
        sample_size(**options)
    with pytest.raises(SmallNumbersError):
        half_width(0.1, 0)


@given(
    st.floats(0.01, 0.6), st.floats(0.005, 0.1), st.floats(1, 3), st.integers(2000, 10**6),
)  # fmt: skip
def test_what_is_planned_is_what_is_promised(
    expected: float, precision: float, effect: float, population: int
) -> None:
    size = sample_size(expected, precision, design_effect=effect, population=population)
    if size.designed < population:
        promised = half_width(expected, size.designed, design_effect=effect, population=population)
        assert promised == pytest.approx(precision, rel=1e-6)


def test_allocation_keeps_the_least_and_the_most() -> None:
    assert allocate(10, [900, 50, 50], least=2).tolist() == [6, 2, 2]
    assert allocate(10, [900, 50, 50], least=2, most=[4, 3, 9]).tolist() == [4, 3, 3]
    assert allocate(5, [10, 10], least=2, most=[1, 9]).tolist() == [1, 4]
    with pytest.raises(InvalidOptionError):
        allocate(3, [10, 10], least=2)


def test_certainty_units_have_probability_one_and_the_rest_share_what_is_left() -> None:
    # 600 of 1000 > 1000/3; then 200 of 400 = 400/2 is certain too; the rest share one
    chance = inclusion_probabilities([600, 200, 120, 80], 3)
    assert chance.tolist() == pytest.approx([1, 1, 0.6, 0.4])
    with pytest.raises(InvalidOptionError):
        inclusion_probabilities([5, 0, 0], 2)


SIZES = st.lists(st.integers(0, 5000), min_size=2, max_size=40).filter(lambda s: sum(map(bool, s)))


@given(SIZES, st.integers(1, 20), st.integers(0, 2**32))
def test_pps_draws_the_number_asked_for_without_repeats_and_never_an_empty_unit(
    sizes: list[int], count: int, seed: int
) -> None:
    count = min(count, sum(map(bool, sizes)))
    chance = inclusion_probabilities(sizes, count)
    assert chance.sum() == pytest.approx(count)
    drawn = systematic_pps(chance, np.random.default_rng(seed))
    assert len(drawn) == len(set(drawn.tolist())) == count
    assert all(sizes[place] for place in drawn)
    assert set(np.flatnonzero(chance >= 1 - 1e-9)) <= set(drawn.tolist())


def test_pps_draws_each_unit_as_often_as_its_probability_says() -> None:
    chance = inclusion_probabilities([500, 300, 150, 150, 60, 40], 3)
    generator = np.random.default_rng(5)
    hits = np.zeros(6)
    for _ in range(4000):
        hits[systematic_pps(chance, generator)] += 1
    # four standard errors of a share of 4000
    assert np.abs(hits / 4000 - chance).max() < 4 * np.sqrt(0.25 / 4000)


def test_probabilities_that_are_no_whole_number_are_refused() -> None:
    with pytest.raises(InvalidValueError):
        systematic_pps([0.5, 0.4], np.random.default_rng(1))


@given(st.integers(0, 3000), st.integers(0, 400), st.integers(0, 2**32))
def test_serial_numbers_are_in_range_in_order_and_spread(total: int, count: int, seed: int) -> None:
    serials = systematic_serials(total, count, np.random.default_rng(seed))
    assert len(serials) == min(total, count)
    if len(serials):
        assert serials[0] >= 1
        assert serials[-1] <= total
        gaps = np.diff(serials)
        assert (gaps >= 1).all()
        assert len(gaps) == 0 or gaps.max() - gaps.min() <= 1
