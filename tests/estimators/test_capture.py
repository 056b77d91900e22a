"""Capture-recapture against Rcapture 1.4-4, glm and published examples."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from estimators.capture import capture, missed, warnings
from estimators.capture_survey import clustered_chapman, stratified_chapman
from estimators.capture_two import chao, chapman, lincoln_petersen, nour
from estimators.errors import EstimatorError, InvalidValueError, NoOverlapError, SmallNumbersError
from estimators.loglinear import hierarchical_models, histories

HEPATITIS = [28, 21, 17, 69, 18, 55, 63]  # Taiwan 1995, Chao et al. 2001; lists P, Q, E
DIABETES = [58, 157, 18, 104, 46, 650, 12, 709, 14, 20, 7, 74, 8, 182, 10]  # IWGDMF 1995
HIV = [0, 3, 1, 33, 0, 20, 6, 403, 3, 35, 10, 545, 11, 621, 205]  # Rome 1990
LESBIAN = [23, 27, 48, 104, 19, 44, 143, 589, 20, 64, 53, 534, 28, 281, 208]


def table(counts: list[int]) -> pl.DataFrame:
    lists = (len(counts) + 1).bit_length() - 1
    rows = [(*cell, count) for cell, count in zip(histories(lists)[:-1], counts, strict=True)]
    return pl.DataFrame(rows, schema=[*"ABCDE"[:lists], "count"], orient="row")


@pytest.mark.parametrize(
    ("n1", "n2", "m", "petersen", "chapman_", "limits", "bound"),
    [
        (135, 122, 49, (336.1224, 29.6458), (333.56, 28.6997), (288.679, 403.408), 278.8888),
        (135, 126, 45, (378.0, 36.889), (374.4783, 35.5818), (318.613, 460.759), 286.4348),
        (122, 126, 46, (334.1739, 30.987), (331.3617, 29.9287), (284.687, 404.384), 270.2479),
    ],
    ids=["HAV P-Q", "HAV P-E", "HAV Q-E"],
)
def test_two_lists_equal_chao_2001(  # type: ignore[no-untyped-def]
    n1, n2, m, petersen, chapman_, limits, bound
) -> None:
    first, second = lincoln_petersen(n1, n2, m), chapman(n1, n2, m)
    assert np.allclose((first.population, first.se), petersen, atol=5e-5)
    assert np.allclose((second.population, second.se), chapman_, atol=5e-5)
    assert np.allclose((second.ci_low, second.ci_high), limits, atol=5e-4)
    assert nour(n1, n2, m) == pytest.approx(bound, abs=5e-5)


def test_chao_bounds_equal_rcapture_and_published_values() -> None:
    assert chao(1896, 1774, 115).population == pytest.approx(15578.9391, abs=5e-5)
    assert chao(1896, 1774, 115, 4).population == pytest.approx(12158.2043, abs=5e-5)
    assert chao(2069, 975, 801, bias_corrected=True).population == pytest.approx(
        2661.0511, abs=5e-5
    )


@pytest.mark.parametrize(
    ("counts", "model", "population", "se", "aic"),
    [
        (HEPATITIS, "[1,2,3]", 388.4835, 21.5531, 69.7479),
        (HEPATITIS, "[12,3]", 416.0, 30.9429, 68.5353),
        (HEPATITIS, "[12,13]", 463.5, 59.2716, 68.8131),
        (HEPATITIS, "[12,23]", 526.7059, 78.0217, 62.5937),
        (HEPATITIS, "[13,23]", 451.7143, 52.9426, 69.2955),
        (HEPATITIS, "[12,13,23]", 1312.7647, 517.9781, 51.3911),
        (DIABETES, "[1,2,3,4]", 2250.6008, 18.5946, 312.6381),
        (DIABETES, "[12,13,23,24,34]", 2771.1913, 145.0891, 112.7793),
        (DIABETES, "[12,13,14,23,24,34]", 2789.8344, 151.7421, 114.216),
        (DIABETES, "[13,24,34]", 2472.2465, 53.457, 123.1346),
        (DIABETES, "[123,24,34]", 2585.5512, 194.8413, 113.737),
        (HIV, "[1,2,3,4]", 11124.5785, 904.753, 90.062),
        (HIV, "[12,3,4]", 12318.4677, 1188.7227, 86.6496),
        (LESBIAN, "[12,14,23,24,34]", 6349.0242, 533.4671, 124.3271),
        (LESBIAN, "[12,13,14,23,24,34]", 7126.0188, 715.1798, 121.07),
    ],
)
def test_log_linear_models_equal_rcapture(
    counts: list[int], model: str, population: float, se: float, aic: float
) -> None:
    row = capture(table(counts)).filter(pl.col("model") == model).row(0, named=True)
    found = (row["population"], row["se"], row["aic"])
    assert np.allclose(found, (population, se, aic), atol=6e-5)


# Rcapture's closedpCI.t; it replaces the gamma function by Stirling's formula, hence five digits
@pytest.mark.parametrize(
    ("counts", "model", "low", "high"),
    [
        (HEPATITIS, "[1,2,3]", 350.31106, 435.41128),
        (HEPATITIS, "[12,3]", 363.17509, 486.19643),
        (HEPATITIS, "[12,23]", 408.89884, 734.17251),
        (HEPATITIS, "[12,13,23]", 654.67965, 3031.1118),
        (HIV, "[1,2,3,4]", 9531.7, 13114.1),
        (LESBIAN, "[12,14,23,24,34]", 5421.7, 7536.3),
    ],
)
def test_profile_limits_equal_rcapture(
    counts: list[int], model: str, low: float, high: float
) -> None:
    row = capture(table(counts)).filter(pl.col("model") == model).row(0, named=True)
    assert np.allclose((row["ci_low"], row["ci_high"]), (low, high), rtol=2e-5)


def test_all_hierarchical_models_are_enumerated() -> None:
    assert [len(hierarchical_models(lists)) for lists in (3, 4, 5)] == [8, 113, 6893]


def test_the_spread_is_shown_and_aic_is_warned_about_where_it_is_known_to_fail() -> None:
    # serum checks put the number of infected at about 545; AIC's first choice is 1,313
    result = capture(table(HEPATITIS))
    spread = result.filter(pl.col("model") == "spread").row(0, named=True)
    assert (round(spread["ci_low"]), round(spread["ci_high"])) == (388, 1313)
    assert len(warnings(result)) == 2
    assert result["model"][0] == "[12,13,23]"


def test_lists_that_agree_raise_no_warning() -> None:
    independent = [round(1000 * p) for p in (0.336, 0.224, 0.144, 0.096, 0.084, 0.056, 0.036)]
    assert warnings(capture(table(independent))) == []


def test_what_each_list_missed() -> None:
    frame = pl.DataFrame({"a": [1, 1, 0], "b": [1, 0, 1], "count": [49, 86, 73]})
    result = missed(frame, capture(frame))
    assert np.allclose(result["missed_percent"], [100 - 13500 / 333.56, 100 - 12200 / 333.56])


def test_row_order_and_split_rows_change_nothing() -> None:
    whole = table(HEPATITIS)
    split = pl.concat([whole, whole]).with_columns(pl.col("count") / 2).reverse()
    columns = ["population", "se", "ci_low", "ci_high"]
    first, second = (capture(f).select(columns).drop_nulls().to_numpy() for f in (whole, split))
    assert np.allclose(first, second)


@given(st.integers(1, 5000))
def test_full_overlap_estimates_the_count_itself(count: int) -> None:
    one = chapman(count, count, count)
    assert (one.population, one.se, one.ci_low, one.ci_high) == (count, 0, count, count)


@given(st.integers(1, 500), st.integers(0, 500), st.integers(0, 500))
def test_two_list_limits_contain_the_estimate_and_never_fall_below_those_seen(
    both: int, only_a: int, only_b: int
) -> None:
    for method in (chapman, lincoln_petersen):
        one = method(both + only_a, both + only_b, both)
        assert both + only_a + only_b <= one.ci_low + 1e-6
        assert one.ci_low - 1e-6 <= one.population <= one.ci_high + 1e-6


def test_models_with_empty_cells_are_null_not_wild() -> None:
    result = capture(table([0, 0, 5, 9, 0, 8, 7])).filter(pl.col("model").str.starts_with("["))
    wild = result.filter(pl.col("population") > 1e4)
    assert wild.is_empty() and 0 < result["population"].null_count() < 8


def test_strata_add_up_and_a_stratum_without_overlap_refuses_the_total() -> None:
    rows = {"list_a": [1, 1, 0] * 2, "list_b": [1, 0, 1] * 2, "town": [1] * 3 + [2] * 3}
    frame = pl.DataFrame({**rows, "count": [49, 86, 73, 20, 30, 10]})
    strata, total = stratified_chapman(frame, ["town"])
    assert total["population"][0] == pytest.approx(strata["population"].sum())
    nobody = frame.with_columns(pl.Series("count", [49, 86, 73, 0, 30, 10]))
    strata, total = stratified_chapman(nobody, ["town"])
    assert strata["population"].is_null().to_list() == [False, True]
    assert total["population"][0] is None


def test_equal_weights_and_clusters_alike_reproduce_chapman() -> None:
    one = pl.DataFrame({"list_a": [1] * 6 + [0] * 2, "list_b": [1] * 4 + [0] * 2 + [1] * 2})
    frame = pl.concat([one.with_columns(cluster=pl.lit(c), weight=2.0) for c in range(5)])
    row = clustered_chapman(frame).row(0, named=True)
    assert row["population"] == pytest.approx(chapman(60, 60, 40).population)
    assert row["clusters"] == 5 and row["se"] == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize(
    ("frame", "error"),
    [
        (pl.DataFrame({"a": [1, 0], "b": [0, 1], "count": [5, 6]}), NoOverlapError),
        (pl.DataFrame({"a": [1, 2], "b": [0, 1], "count": [5, 6]}), InvalidValueError),
        (pl.DataFrame({"a": [1, 0], "b": [1, 0], "count": [5, 6]}), InvalidValueError),
        (pl.DataFrame({"a": [1, 1], "b": [1, 0], "count": [5, -6]}), EstimatorError),
        (pl.DataFrame({"a": [1], "count": [5]}), EstimatorError),
    ],
)
def test_unusable_lists_raise(frame: pl.DataFrame, error: type[EstimatorError]) -> None:
    with pytest.raises(error):
        capture(frame)


def test_one_cluster_and_nobody_seen_twice_raise() -> None:
    frame = pl.DataFrame({"list_a": [1], "list_b": [1], "weight": [1.0], "cluster": [1]})
    with pytest.raises(SmallNumbersError):
        clustered_chapman(frame)
    with pytest.raises(SmallNumbersError):
        chao(10, 10, 0)
