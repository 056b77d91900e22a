"""A printed rate, its count and its population: which unit makes them agree."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from estimators.unit import UNITS, Printed, fits, fitting_units, implied_population, printed


def whole(people: int) -> tuple[float, float]:
    return float(people), float(people)


def test_367_cases_among_125857_people_are_29_2_per_10000_and_nothing_else():
    assert fitting_units(367, whole(125_857), printed("29.2")) == ["/万"]
    assert fitting_units(367, whole(125_857), printed("292")) == ["/10万"]


def test_a_rate_may_be_rounded_or_cut_off():
    # 367 / 125,857 = 29.1601 of 10,000
    assert all(
        fits(367, whole(125_857), printed(text), "/万") for text in ("29.1", "29.2", "29.16")
    )
    assert not fits(367, whole(125_857), printed("29.3"), "/万")


def test_881_deaths_at_7_per_mille_need_some_126000_people():
    low, high = implied_population(881, printed("7.00"), "‰")
    assert low < 125_857 < high and high - low < 400


def test_a_number_keeps_its_last_digit():
    assert printed("1,234.50") == Printed(1234.5, 0.01)
    for text in ("", "-3", "约3", "1.2.3"):
        with pytest.raises(ValueError):
            printed(text)


@given(
    people=st.integers(50_000, 5_000_000),
    share=st.floats(1e-4, 0.5),
    unit=st.sampled_from(list(UNITS)),
    decimals=st.integers(1, 3),
)
def test_the_unit_a_rate_was_printed_in_always_fits_and_no_unit_ten_times_off_does(
    people: int, share: float, unit: str, decimals: int
):
    count = max(round(people * share), 30)
    value = UNITS[unit] * count / people
    number = printed(f"{value:.{decimals}f}")
    assert fits(count, whole(people), number, unit)
    # With two digits or more printed, a factor of ten is seen.
    if number.value >= 10 * number.step:
        assert fitting_units(count, whole(people), number) == [unit]


@given(count=st.integers(1, 10_000), value=st.floats(0.1, 5_000), unit=st.sampled_from(list(UNITS)))
def test_the_implied_population_fits_its_own_rate(count: int, value: float, unit: str):
    number = printed(f"{value:.1f}")
    people = implied_population(count, number, unit)
    if people is None:
        assert number.span[0] <= 0
    else:
        assert fits(count, people, number, unit)
