"""Ratios of cluster samples against R's survey 4.1-1 on `data/cluster_sample.csv` (invented).

library(survey); options(survey.lonely.psu = "adjust")
x <- read.csv("cluster_sample.csv")
one <- svydesign(ids=~i, strata=~h, weights=~w, data=x, nest=TRUE)
fpc <- svydesign(ids=~i, strata=~h, weights=~w, fpc=~big, data=x, nest=TRUE)
two <- svydesign(ids=~i+j, strata=~h, weights=~w, fpc=~big+small, data=x, nest=TRUE)
svyratio(~y, ~x, one); svyciprop(~y, two, method="logit", df=degf(two))
svyciprop(~y, subset(two, sex == 1), method="beta", df=5); svymean(~y, fpc, deff="replace")
svyratio(~y, ~x, svydesign(..., data=subset(x, !(h == "C" & i != 7))))           # lonely
"""

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from estimators.errors import (
    InvalidValueError,
    MissingColumnError,
    SmallNumbersError,
    ZeroDenominatorError,
)
from estimators.survey_estimate import Design, Stage, ratio

SAMPLE = pl.read_csv(Path(__file__).parent / "data" / "cluster_sample.csv")
ONE = Design("w", "h", (Stage("i"),))
FPC = Design("w", "h", (Stage("i", "big"),))
TWO = Design("w", "h", (Stage("i", "big"), Stage("j", "small")))
THREE = Design("w", "h", (Stage("i", "big"), Stage("j", "small"), Stage("k", "homes", "visited")))
LONELY = SAMPLE.filter((pl.col("h") != "C") | (pl.col("i") == 7))


@pytest.mark.parametrize(
    ("design", "se"),
    [(ONE, 0.09128979103), (FPC, 0.07209973682), (TWO, 0.08232999135)],
    ids=["with replacement", "corrected at stage one", "two stages"],
)
def test_ratio_and_standard_error_equal_r_survey(design: Design, se: float) -> None:
    found = ratio(SAMPLE, "y", "x", design)
    assert (found.value, found.se) == pytest.approx((0.4314601458, se), abs=5e-11)
    assert (found.degrees, found.clusters, found.strata, found.elements) == (5, 8, 3, 52)


def test_third_stage_counts_units_in_which_nothing_was_found() -> None:
    # R: rows with x = y = 0 added up to 6 of 20 households a village;
    # svydesign(ids=~i+j+k, fpc=~big+small+homes)
    homes = SAMPLE.with_columns(k=pl.int_range(pl.len()).over("i", "j"), homes=20, visited=6)
    assert ratio(homes, "y", "x", THREE).se == pytest.approx(0.08570126004, abs=5e-11)


@pytest.mark.parametrize(
    ("method", "limits"),
    [
        ("logit", (0.2425679224, 0.6426442598)),
        ("beta", (0.2253048779, 0.6566620587)),
        ("linear", (0.2198241655, 0.6430961261)),
    ],
)
def test_intervals_equal_svyciprop(method, limits) -> None:  # type: ignore[no-untyped-def]
    found = ratio(SAMPLE, "y", "x", TWO, method=method)
    assert (found.ci_low, found.ci_high) == pytest.approx(limits, abs=5e-10)


def test_domain_equals_subset_of_the_design() -> None:
    found = ratio(SAMPLE, "y", "x", TWO, domain=pl.col("sex") == 1, method="beta")
    assert (found.value, found.se) == pytest.approx((0.4667539267, 0.1138967755), abs=5e-11)
    assert (found.ci_low, found.ci_high) == pytest.approx((0.1906875181, 0.7588828021), abs=5e-10)


def test_design_effect_equals_svymean() -> None:
    assert ratio(SAMPLE, "y", "x", FPC).design_effect == pytest.approx(1.080776605, abs=5e-10)


def test_lonely_stratum_follows_the_named_rule() -> None:
    centred = ratio(LONELY, "y", "x", FPC)  # R: survey.lonely.psu = "adjust"
    assert (centred.se, centred.lonely_strata) == (pytest.approx(0.06626983014, abs=5e-11), 1)
    assert ratio(LONELY, "y", "x", FPC, lonely="certain").se < centred.se
    with pytest.raises(SmallNumbersError, match="层“C”只有 1 个群"):
        ratio(LONELY, "y", "x", FPC, lonely="refuse")


def test_stratum_drawn_whole_adds_nothing_at_stage_one() -> None:
    whole = SAMPLE.with_columns(big=pl.col("i").n_unique().over("h"))
    with_c = ratio(whole, "y", "x", FPC, method="linear")
    assert with_c.se == 0
    assert with_c.ci_low == with_c.value == with_c.ci_high


def test_nobody_missed_has_a_one_sided_limit_on_the_effective_size() -> None:
    none = SAMPLE.with_columns(y=pl.lit(0))
    found = ratio(none, "y", "x", FPC, planned_effect=2.0)
    # 52 cases, deff 2: 1 - 0.025 ** (1 / 26)
    assert (found.value, found.ci_low, found.method) == (0, 0, "exact on n/deff")
    assert found.ci_high == pytest.approx(1 - 0.025 ** (1 / 26))


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"x": pl.lit(0)}, ZeroDenominatorError),
        ({"big": pl.lit(2)}, InvalidValueError),
        ({"w": pl.lit(None, pl.Float64)}, InvalidValueError),
        ({"h": pl.lit(None, pl.String)}, InvalidValueError),
        ({"i": pl.lit(1)}, SmallNumbersError),
    ],
    ids=["nobody", "more drawn than there are", "no weight", "no stratum", "one cluster"],
)
def test_samples_that_cannot_be_estimated_are_refused(change, error) -> None:  # type: ignore[no-untyped-def]
    frame = SAMPLE.with_columns(**change)
    if error is SmallNumbersError:
        frame = frame.with_columns(big=pl.lit(9))
    with pytest.raises(error):
        ratio(frame, "y", "x", FPC)


def test_absent_column_is_named() -> None:
    with pytest.raises(MissingColumnError):
        ratio(SAMPLE.drop("i"), "y", "x", FPC)


@given(seed=st.integers(0, 10_000), factor=st.floats(0.1, 50))
def test_equal_weights_scale_out_and_rows_may_come_in_any_order(seed: int, factor: float) -> None:
    found = ratio(SAMPLE, "y", "x", TWO)
    scaled = SAMPLE.with_columns(pl.col("w") * factor).sample(fraction=1, shuffle=True, seed=seed)
    again = ratio(scaled, "y", "x", TWO)
    assert (again.value, again.se) == pytest.approx((found.value, found.se), rel=1e-9)


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 6)), min_size=3, max_size=12))
def test_rows_and_their_cluster_totals_give_the_same(counts: list[tuple[int, int]]) -> None:
    pairs = [(min(y, x), x) for y, x in counts]
    rows = [
        {"c": cluster, "y": int(number < y), "x": 1, "weight": 3.0}
        for cluster, (y, x) in enumerate(pairs)
        for number in range(x)
    ]
    empty = [{"c": c, "y": 0, "x": 0, "weight": 3.0} for c, (_, x) in enumerate(pairs) if not x]
    total_y, total_x = (sum(pair[at] for pair in pairs) for at in (0, 1))
    if not 0 < total_y < total_x or sum(x > 0 for _, x in pairs) < 2:
        return
    design = Design("weight", None, (Stage("c"),))
    one = ratio(pl.DataFrame(rows + empty), "y", "x", design, method="linear")
    sums = pl.DataFrame([{"c": c, "y": y, "x": x, "weight": 3.0} for c, (y, x) in enumerate(pairs)])
    two = ratio(sums, "y", "x", design, method="linear")
    assert np.allclose((one.value, one.se), (two.value, two.se))
