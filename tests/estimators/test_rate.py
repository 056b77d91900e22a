"""Rates, ratios and standardisation."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from estimators.errors import AgeGroupError, CountExceedsTotalError, NegativeCountError
from estimators.rate import expected_events, proportion, rate, ratio, smr
from estimators.standardise import standardise

# fmt: off
POPULATION = [
    636, 558, 609, 543, 384, 594, 669, 843, 660, 576, 606, 522, 426, 273, 300, 288, 153, 123,
    207,
]
ESP2013 = [
    5000, 5500, 5500, 5500, 6000, 6000, 6500, 7000, 7000, 7000, 7000, 6500, 6000, 5500, 5000,
    4000, 2500, 1500, 1000,
]
BIG = [127, 25, 18, 21, 12, 27, 48, 27, 29, 32, 32, 34, 45, 65, 38, 68, 74, 82, 91]
SMALL = [12, 4, 3, 2, 3, 4, 8, 2, 2, 3, 4, 5, 6, 8, 5, 6, 5, 5, 4]
MOTHERS = [319933, 931318, 786511, 488235, 237863, 61313]
# fmt: on
FIRST = ([107, 141, 60, 40, 39, 25], [230061, 329449, 114920, 39487, 14208, 3052])
FIFTH = ([0, 8, 63, 112, 262, 295], [327, 30666, 123419, 149919, 104088, 34392])


def strata(count: list[int], population: list[int], weight: list[int]) -> pl.DataFrame:
    ages = range(len(count))
    return pl.DataFrame(
        {"age_group": ages, "count": count, "population": population, "weight": weight}
    )


# PHEindicatormethods 2.1 test data and epitools::ageadjust.direct; Fleiss (1981), table 14.3
@pytest.mark.parametrize(
    ("frame", "method", "value", "low", "high"),
    [
        (strata(BIG, POPULATION, ESP2013), "dobson", 10430.247991, 9717.70907, 11178.94092),
        (strata(BIG, POPULATION, ESP2013), "gamma", 10430.247991, 9718.42596, 11188.10535),
        (strata(SMALL, POPULATION, ESP2013), "dobson", 1103.212025, 877.45577, 1367.08822),
        (strata(SMALL, POPULATION, ESP2013), "gamma", 1103.212025, 878.10635, 1377.13003),
        (strata(*FIRST, MOTHERS), "gamma", 92.304526, 80.44175, 105.76335),
        (strata(*FIRST, MOTHERS), "dobson", 92.304526, 80.32922, 105.18721),
        (strata(*FIFTH, MOTHERS), "gamma", 75.529007, 67.70212, 188.30017),
        (strata(*FIFTH, MOTHERS), "dobson", 75.529007, 67.63274, 83.86711),
    ],
)
def test_standardised_rate_equals_reference(
    frame: pl.DataFrame, method: str, value: float, low: float, high: float
) -> None:
    row = standardise(frame, [], method=method).row(0, named=True)
    found = (row["standardised_rate"], row["ci_low"], row["ci_high"])
    assert np.allclose(found, (value, low, high), atol=6e-6)


@pytest.mark.parametrize(
    ("count", "population", "exact", "byar"),
    [
        (5, 100, (1623.4864, 11668.3321), (1611.3477, 11668.1641)),
        (65, 100, (50165.6277, 82847.8358), (50163.1877, 82849.1385)),
        (999, 3456, (27141.32, 30755.8203), (27141.3049, 30755.8332)),
    ],
)
def test_crude_rate_limits_equal_phe_indicator_methods(
    count: int, population: int, exact: tuple[float, float], byar: tuple[float, float]
) -> None:
    frame = pl.DataFrame({"count": [count], "population": [population]})
    for method, limits in (("exact", exact), ("byar", byar)):
        row = rate(frame, per=1e5, method=method).row(0, named=True)
        assert np.allclose((row["ci_low"], row["ci_high"]), limits, atol=6e-5)


def test_unusable_denominators_give_nulls_and_a_zero_count_an_exact_upper_limit() -> None:
    frame = pl.DataFrame({"count": [3, 3, 0], "population": [0, None, 1000]})
    assert rate(frame, per=1000).select("value", "ci_low", "ci_high").rows() == [
        (None, None, None),
        (None, None, None),
        (0.0, 0.0, pytest.approx(3.688879, abs=1e-6)),
    ]
    frame = frame.rename({"population": "total"})
    assert proportion(frame)["value"].to_list() == [None, None, 0.0]
    frame = frame.rename({"count": "count_a", "total": "count_b"})
    assert ratio(frame)["ci_high"].null_count() == 2


def test_expected_events_and_smr() -> None:
    frame = pl.DataFrame({"area": ["a", "a"], "population": [1000, 500], "rate": [0.01, 0.02]})
    expected = expected_events(frame, ["area"]).with_columns(observed=pl.lit(30))
    assert expected["expected"].to_list() == [20.0]
    row = smr(expected).row(0, named=True)
    # 30 events: exact limits 20.2409 and 42.8269 (Ulm 1990)
    assert row["value"] == 1.5
    assert np.allclose((row["ci_low"], row["ci_high"]), (20.2409 / 20, 42.8269 / 20), atol=5e-6)


def test_expected_deaths_at_national_rates_reproduce_the_national_crude_rate() -> None:
    # a population of exactly the national stationary shape dies at the rate 1 / e0
    file = Path(__file__).parents[2] / "reference" / "life_table" / "china_wpp2024_abridged.csv"
    table = pl.read_csv(file).filter((pl.col("year") == 2020) & (pl.col("sex") == 0))
    dying = table["lx"] - table["lx"].shift(-1, fill_value=0)
    people = table.select(population=dying / pl.col("hazard"), rate="hazard")
    expected = expected_events(people, [])["expected"][0]
    assert expected / people["population"].sum() == pytest.approx(1 / table["ex"][0], rel=1e-3)


@given(
    st.lists(st.tuples(st.integers(0, 50), st.integers(1, 9999), st.integers(1, 99)), min_size=1),
    st.sampled_from(["dobson", "gamma"]),
)
def test_standardised_rate_lies_between_its_strata_and_in_its_interval(
    rows: list[tuple[int, int, int]], method: str
) -> None:
    count, population, weight = (list(column) for column in zip(*rows, strict=True))
    frame = strata(count, population, weight)
    row = standardise(frame, [], method=method, minimum_count=0).row(0, named=True)
    rates = [1e5 * c / p for c, p in zip(count, population, strict=True)]
    assert min(rates) - 1e-6 <= row["standardised_rate"] <= max(rates) + 1e-6
    assert row["ci_low"] - 1e-6 <= row["standardised_rate"] <= row["ci_high"] + 1e-6


def test_permuting_rows_and_scaling_weights_change_nothing() -> None:
    frame = strata(BIG, POPULATION, ESP2013)
    shuffled = frame.sample(fraction=1, shuffle=True, seed=5).with_columns(pl.col("weight") / 7)
    columns = ["standardised_rate", "ci_low", "ci_high"]
    first, second = standardise(frame, []), standardise(shuffled, [])
    assert np.allclose(first.select(columns).row(0), second.select(columns).row(0))


@pytest.mark.parametrize(
    ("count", "population", "reason"),
    [
        ([1, 2, 3], [100, 100, 100], "事件数少于 10"),
        ([10, 20, 0], [100, 100, 0], "人口为 0"),
        ([10, 20, 5], [100, None, 100], "人口为 0"),
    ],
)
def test_a_refused_standardised_rate_is_null_and_says_why(
    count: list[int], population: list[int], reason: str
) -> None:
    row = standardise(strata(count, population, [1, 1, 1]), []).row(0, named=True)
    assert row["standardised_rate"] is None and reason in row["refused"]


def test_a_group_lacking_an_age_group_is_refused_not_silently_reweighted() -> None:
    frame = pl.concat(
        [
            strata(BIG, POPULATION, ESP2013).with_columns(area=pl.lit("a")),
            strata(BIG, POPULATION, ESP2013).with_columns(area=pl.lit("b")).head(18),
        ]
    )
    assert standardise(frame, ["area"])["standardised_rate"].is_null().to_list() == [False, True]


def test_no_events_give_rate_zero_with_an_upper_limit_when_asked_for() -> None:
    row = standardise(strata([0, 0], [100, 300], [1, 1]), [], minimum_count=0).row(0, named=True)
    # the gamma upper limit at zero: largest weight/population x 3.6889
    assert row["ci_high"] == pytest.approx(1e5 * 0.5 / 100 * 3.688879454)
    assert (row["standardised_rate"], row["ci_low"]) == (0.0, 0.0)


def test_repeated_age_groups_negative_counts_and_impossible_proportions_raise() -> None:
    twice = pl.concat([strata([1], [2], [3]), strata([1], [2], [3])])
    with pytest.raises(AgeGroupError):
        standardise(twice, [])
    with pytest.raises(NegativeCountError):
        rate(pl.DataFrame({"count": [-1], "population": [2]}))
    with pytest.raises(CountExceedsTotalError):
        proportion(pl.DataFrame({"count": [3], "total": [2]}))


@pytest.mark.filterwarnings("error")
def test_a_rate_beyond_all_numbers_is_none() -> None:
    made = rate(pl.DataFrame({"count": [5, 5], "population": [1e-307, 1000.0]}), per=100_000)
    assert made["value"].to_list() == [None, 500.0]
