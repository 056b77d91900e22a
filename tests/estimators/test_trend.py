"""Trends, reporting delay, silence and funnels."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from estimators.errors import (
    EstimatorError,
    InvalidOptionError,
    InvalidValueError,
    SmallNumbersError,
    ZeroDenominatorError,
)
from estimators.funnel import funnel, overdispersion
from estimators.nowcast import chain_ladder, nowcast, triangle
from estimators.piecewise import candidates, fit
from estimators.silence import expectation, surprise
from estimators.trend import average_change, series, trend

# fmt: off
COUNTS = [
    463, 537, 494, 545, 580, 572, 592, 599, 648, 637, 709, 636, 597, 587, 526, 506, 509, 493,
    457, 419, 429,
]
# Taylor & Ashe (1983), cumulative claims; Mack (1993), table 3
CLAIMS = [
    [357848, 1124788, 1735330, 2218270, 2745596, 3319994, 3466336, 3606286, 3833515, 3901463],
    [352118, 1236139, 2170033, 3353322, 3799067, 4120063, 4647867, 4914039, 5339085],
    [290507, 1292306, 2218525, 3235179, 3985995, 4132918, 4628910, 4909315],
    [310608, 1418858, 2195047, 3757447, 4029929, 4381982, 4588268],
    [443160, 1136350, 2128333, 2897821, 3402672, 3873311],
    [396132, 1333217, 2180715, 2985752, 3691712],
    [440832, 1288463, 2419861, 3483130],
    [359480, 1421128, 2864498],
    [376686, 1363294],
    [344014],
]
MACK_ERRORS = [0, 75535, 121699, 133549, 261406, 411010, 558317, 875328, 971258, 1363155]
# fmt: on
SERIES = pl.DataFrame({"year": range(2000, 2021), "count": COUNTS, "population": 1_000_000})
APC = ["apc_percent", "ci_low", "ci_high"]


def test_annual_percent_change_equals_quasi_poisson_glm() -> None:
    # R 4.2.2: glm(count ~ year + offset(log(pop)), family = quasipoisson); dispersion 10.08
    found = trend(SERIES).select(APC).row(0)
    assert np.allclose(found, (-0.7589863684, -1.704725463, 0.195852069), atol=5e-9)


@pytest.mark.parametrize(
    ("joinpoints", "choice"), [("1", "bic"), ("auto", "bic"), ("auto", "permutation")]
)
def test_one_joinpoint_is_found_and_equals_glm_with_a_hinge(joinpoints: str, choice: str) -> None:
    # R: glm(count ~ year + pmax(year - 2010, 0) + offset(log(pop)), family = poisson)
    table = trend(SERIES, joinpoints=joinpoints, choice=choice)
    assert table.select("segment", "year_from", "year_to").rows() == [
        (1, 2000, 2010),
        (2, 2010, 2020),
    ]
    expected = [(3.289539145, 2.6004367, 3.983269856), (-4.819715817, -5.478950572, -4.155883244)]
    assert np.allclose(table.select(APC).rows(), expected, atol=5e-9)
    assert table["aapc_percent"][0] == pytest.approx(-0.8479567082, abs=5e-9)


def test_average_change_has_an_interval_and_equals_the_change_of_a_single_line() -> None:
    year, count, population = series(SERIES)
    one = fit(year, count, population)
    assert np.allclose(average_change(one, 2000, 2020), trend(SERIES).select(APC).row(0))


def test_joinpoints_keep_two_years_from_the_ends_and_from_each_other() -> None:
    year = np.arange(2000.0, 2010.0)
    assert candidates(year, 1)[0] == (2002,) and candidates(year, 1)[-1] == (2007,)
    assert candidates(year, 2) == [
        (2002, 2005),
        (2002, 2006),
        (2002, 2007),
        (2003, 2006),
        (2003, 2007),
        (2004, 2007),
    ]


@given(st.floats(-0.1, 0.1), st.integers(3, 15))
@settings(max_examples=30, deadline=None)
def test_exact_exponential_growth_is_recovered_inside_its_limits(slope: float, years: int) -> None:
    count = 5000 * np.exp(slope * np.arange(years))
    frame = pl.DataFrame({"year": range(2000, 2000 + years), "count": count, "population": 10**6})
    value, low, high = trend(frame.sample(fraction=1, shuffle=True)).select(APC).row(0)
    assert value == pytest.approx(100 * np.expm1(slope), abs=1e-6) and low < value < high


def test_chain_ladder_equals_mack_1993() -> None:
    cumulative = np.full((10, 10), np.nan)
    for row, claims in enumerate(CLAIMS):
        cumulative[row, : len(claims)] = claims
    ultimate, errors, total_error = chain_ladder(cumulative)
    outstanding = ultimate - [claims[-1] for claims in CLAIMS]
    assert round(outstanding.sum()) == 18_680_856
    assert np.array_equal(np.round(errors), MACK_ERRORS)
    assert round(total_error) == 2_447_095


def test_nowcast_completes_the_newest_periods_and_varies_at_least_like_poisson() -> None:
    # every period reports 10, 5, 2 in its first three months
    rows = [(p, d, c) for p in range(6) for d, c in enumerate((10, 5, 2)) if p + d < 6]
    table = nowcast(pl.DataFrame(rows, schema=["period", "delay", "count"], orient="row"))
    assert np.allclose(table["expected"], [17] * 6 + [102])
    newest = table.row(5, named=True)
    assert newest["se"] == pytest.approx(np.sqrt(7))
    assert 10 < newest["ci_low"] < 17 < newest["ci_high"]
    assert table["period"][-1] is None and table.row(0, named=True)["ci_high"] == 17


def test_silence_probabilities_equal_ppois_and_pnbinom() -> None:
    frame = pl.DataFrame({"observed": [0, 2, 7, 0, 2, 7, 15], "expected": 6.0}).with_columns(
        size=pl.Series([None, None, None, 1.7, 1.7, 1.7, 1.7])
    )
    found = surprise(frame)
    expected = [
        0.002478752177,
        0.06196880442,
        0.7439797605,
        0.07668826874,
        0.285139633,
        0.7003798359,
    ]
    assert np.allclose(found["probability_low"][:6], expected, atol=5e-11)
    assert found["probability_high"][6] == pytest.approx(0.07190045138, abs=5e-11)


def test_expectation_uses_negative_binomial_only_where_history_varies_more_than_chance() -> None:
    frame = pl.DataFrame(
        {"org": ["a"] * 4 + ["b"] * 4 + ["c"], "count": [5, 5, 6, 4, 0, 20, 1, 9, 3]}
    )
    found = expectation(frame, ["org"])
    assert found["expected"].to_list() == [5.0, 7.5, None]
    assert found["size"].is_null().to_list() == [True, False, True]
    assert found["size"][1] == pytest.approx(7.5**2 / (np.var([0, 20, 1, 9], ddof=1) - 7.5))


def test_unknown_expectation_is_null_and_nothing_expected_is_no_surprise() -> None:
    found = surprise(pl.DataFrame({"observed": [0, 0], "expected": [None, 0.0]}))
    assert found["probability_low"].to_list() == [None, 1.0]


def test_funnel_limits_are_normal_limits_of_the_pooled_share() -> None:
    frame = pl.DataFrame({"count": [10, 20, 90], "total": [100, 200, 300]})
    row = funnel(frame, adjust=False).row(0, named=True)
    assert row["target"] == pytest.approx(0.2)
    assert row["high_95"] == pytest.approx(0.2 + 1.959963985 * np.sqrt(0.2 * 0.8 / 100))
    assert row["low_998"] == pytest.approx(0.2 - 3.090232306 * np.sqrt(0.2 * 0.8 / 100))
    assert funnel(frame, adjust=False)["outside"].to_list() == [-95.0, -99.8, 99.8]


def test_overdispersion_widens_limits_only_beyond_chance() -> None:
    assert overdispersion(np.array([-1.0, 0.5, 1.0, -0.5, 0.8])) == 1.0
    generator = np.random.default_rng(2)
    assert overdispersion(generator.normal(0, 3, 400)) == pytest.approx(
        9 * 0.68, rel=0.25
    )  # winsorising 10 % on each side keeps about two thirds of a normal variance
    counts = generator.poisson(50 * generator.gamma(4, 0.25, 60))
    frame = pl.DataFrame({"count": counts, "expected": 50.0})
    plain, widened = (funnel(frame, kind="ratio", adjust=a)["high_95"][0] for a in (False, True))
    assert widened > 1.2 * plain


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda: trend(SERIES.head(2)), SmallNumbersError),
        (lambda: trend(pl.concat([SERIES, SERIES.head(1)])), InvalidValueError),
        (lambda: trend(SERIES.with_columns(population=0)), ZeroDenominatorError),
        (lambda: trend(SERIES.with_columns(count=0)), SmallNumbersError),
        (lambda: trend(SERIES, joinpoints="many"), InvalidOptionError),
        (lambda: trend(SERIES.head(5), joinpoints=3), SmallNumbersError),
        (
            lambda: trend(
                SERIES.with_columns(pl.Series("count", [0, *COUNTS[1:]])),
                joinpoints="auto",
                choice="permutation",
            ),
            SmallNumbersError,
        ),
        (
            lambda: triangle(pl.DataFrame({"period": [1, 2, 3], "delay": [0, 0, 1], "count": 1})),
            InvalidValueError,
        ),
        (
            lambda: nowcast(pl.DataFrame({"period": [1, 2, 3], "delay": 0, "count": 0})),
            ZeroDenominatorError,
        ),
        (lambda: funnel(pl.DataFrame({"count": [0, 0, 0], "total": 9})), SmallNumbersError),
        (lambda: funnel(pl.DataFrame({"count": [1, 1], "total": [9, 0]})), ZeroDenominatorError),
    ],
)
def test_unusable_series_raise(call, error: type[EstimatorError]) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(error):
        call()
