"""Survival against R on a synthetic cohort of 200 invented patients (data/synthetic_cohort.csv).

Expected hazards: reference/life_table/china_wpp2024.csv, given to R as a ratetable in days.
"""

import datetime as dt
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from estimators.cohort import (
    cohort_window,
    complete_window,
    exclude,
    lost_share,
    period_window,
    reportable_survival,
)
from estimators.errors import AgeGroupError, InvalidOptionError, InvalidValueError
from estimators.expected_hazard import from_life_table, hazard_table
from estimators.life_table import life_table
from estimators.survival import survival
from estimators.survival_summary import actuarial, age_standardised_survival

HERE = Path(__file__).parent
COHORT = pl.read_csv(HERE / "data" / "synthetic_cohort.csv", try_parse_dates=True)
HAZARDS = pl.read_csv(HERE.parents[1] / "reference" / "life_table" / "china_wpp2024.csv")
YEAR = 365.241
NO_HAZARD = HAZARDS.with_columns(hazard=pl.lit(0.0))


def estimates(frame: pl.DataFrame) -> np.ndarray:
    return frame.select("survival", "ci_low", "ci_high").to_numpy()


def test_kaplan_meier_equals_survfit() -> None:
    # R survival 3.5-3: survfit(Surv(time, dead) ~ 1, conf.type = "log") at 365, 1095, 1826 days
    found = estimates(survival(COHORT, method="observed"))
    expected = [
        [0.821988092249, 0.770175446099, 0.877286373153],
        [0.448107573396, 0.380740289690, 0.527394664480],
        [0.283655228008, 0.218982622589, 0.367427732050],
    ]
    assert np.allclose(found, expected, atol=1e-11)


def test_kaplan_meier_by_sex_equals_survfit_with_numbers_at_risk() -> None:
    found = survival(COHORT, ["sex"], method="observed", at=[5]).sort("sex")
    assert np.allclose(found["survival"], [0.329636997000317, 0.234334453122389], atol=1e-12)
    assert found["at_risk"].to_list() == [17, 10]


def test_period_analysis_equals_left_truncated_survfit() -> None:
    # R: survfit(Surv(entry, time, dead) ~ 1), window 2017-01-01 to 2019-12-31
    window = period_window(COHORT, dt.date(2017, 1, 1), dt.date(2019, 12, 31))
    found = estimates(survival(window, method="observed", entry="entry_days"))
    expected = [
        [0.769568791491951, 0.685963192907563, 0.86336428974869],
        [0.452907224088097, 0.35852436000431, 0.572136726298653],
        [0.288321317000672, 0.201075355529883, 0.413423025501738],
    ]
    assert window.height == 156 and np.allclose(found, expected, atol=1e-12)


def test_ederer_two_equals_relsurv() -> None:
    # relsurv 2.2-9: rs.surv(method = "ederer2", precision = 0.01), last exits before 1, 3, 5 years
    at = [(day + 0.5) / YEAR for day in (361, 1089, 1818)]
    found = estimates(survival(COHORT, method="ederer2", at=at, life_table=HAZARDS))
    expected = [
        [0.852146105390, 0.798589411945, 0.909294531168],
        [0.503671945863, 0.428294999695, 0.592314711192],
        [0.341089735212, 0.263975377344, 0.440731285764],
    ]
    assert np.allclose(found, expected, atol=1.5e-6)


def test_hakulinen_equals_survexp_with_potential_follow_up() -> None:
    # survival 3.5-3: survfit / survexp(conditional = FALSE). relsurv 2.2-9 itself freezes
    # the weights between exits and gives 0.850170, 0.494012, 0.332256
    found = survival(COHORT, method="hakulinen", life_table=HAZARDS)["survival"]
    assert np.allclose(found, [0.8505486713, 0.4941719553, 0.3326027167], atol=5e-7)


def test_pohar_perme_equals_relsurv() -> None:
    # relsurv 2.2-9: rs.surv(method = "pohar-perme", add.times = 1:1826, precision = 0.1)
    found = estimates(survival(COHORT, method="pohar-perme", life_table=HAZARDS))
    expected = [
        [0.8529099111, 0.7984994793, 0.9110279159],
        [0.5358680611, 0.4551426344, 0.6309111852],
        [0.3490100785, 0.2565974838, 0.4747047131],
    ]
    assert np.allclose(found, expected, atol=5e-5)


def test_cumulative_net_hazard_equals_a_loop_over_patients_and_tenths_of_days() -> None:
    # brute force of Pohar Perme, Stare & Esteve (2012), eq. 5, on the same patients
    found = survival(COHORT, method="pohar-perme", life_table=HAZARDS)["survival"]
    assert np.allclose(found, [0.8529152743, 0.5358855453, 0.3490283872], atol=6e-6)


@pytest.mark.parametrize("method", ["ederer2", "hakulinen", "pohar-perme"])
def test_without_expected_deaths_net_survival_is_observed_survival(method: str) -> None:
    observed = survival(COHORT, method="observed")["survival"]
    found = survival(COHORT, method=method, life_table=NO_HAZARD)["survival"]
    assert np.allclose(found, observed, atol=1e-12)


def test_actuarial_equals_cutler_and_ederer_1958() -> None:
    # table 2: 126 male kidney cancers; alive, deaths, lost or withdrawn by year of follow-up
    deaths, censored = [47, 5, 2, 2, 0], [19, 17, 15, 9, 6]
    rows = []
    for year, (died, left) in enumerate(zip(deaths, censored, strict=True)):
        rows += [(year, 1)] * died + [(year, 0)] * left
    rows += [(5, 0)] * (126 - len(rows))
    start = dt.date(2000, 1, 1)
    frame = pl.DataFrame(
        {
            "sex": 1,
            "age_years": 60.0,
            "diagnosis_date": start,
            "exit_date": [start + dt.timedelta(days=int(year * 365.25) + 180) for year, _ in rows],
            "dead": [dead for _, dead in rows],
        }
    )
    found = actuarial(frame, at=[1, 2, 3, 4, 5])["survival"].to_list()
    assert [round(value, 2) for value in found] == [0.60, 0.54, 0.50, 0.44, 0.44]


@given(st.lists(st.tuples(st.integers(1, 3000), st.booleans()), min_size=1, max_size=40))
@settings(max_examples=60, deadline=None)
def test_observed_survival_never_increases_and_its_limits_contain_it(
    exits: list[tuple[int, bool]],
) -> None:
    start = dt.date(2010, 3, 1)
    frame = pl.DataFrame(
        {
            "sex": 1,
            "age_years": 50,
            "diagnosis_date": start,
            "exit_date": [start + dt.timedelta(days=days) for days, _ in exits],
            "dead": [int(dead) for _, dead in exits],
        }
    )
    found = survival(frame, method="observed", at=[0.5, 1, 2, 3, 5]).drop_nulls("survival")
    assert (found["survival"].diff().drop_nulls() <= 0).all()
    assert ((found["ci_low"] <= found["survival"]) & (found["survival"] <= found["ci_high"])).all()


def test_permuting_patients_changes_nothing() -> None:
    shuffled = COHORT.sample(fraction=1, shuffle=True, seed=11)
    first, second = (survival(f, life_table=HAZARDS) for f in (COHORT, shuffled))
    assert np.allclose(estimates(first), estimates(second), atol=1e-12)


def test_all_censored_gives_one_and_times_beyond_follow_up_are_null_with_a_reason() -> None:
    alive = COHORT.with_columns(dead=pl.lit(0))
    found = survival(alive, method="observed", at=[1, 20])
    assert found["survival"].to_list() == [1.0, None]
    assert "随访时间不足" in found["refused"][1]


def test_everybody_dead_gives_zero_not_a_gap() -> None:
    found = survival(COHORT.filter(pl.col("dead") == 1), method="observed", at=[20])
    assert found.select("survival", "ci_low", "refused").row(0) == (0.0, 0.0, None)
    assert found["ci_high"][0] > 0


def test_age_standardised_survival_is_the_weighted_mean_and_refuses_an_empty_age_group() -> None:
    weights = pl.DataFrame({"age_start": [15, 60], "weight": [40, 60]})
    young, old = (
        survival(COHORT.filter(part), life_table=HAZARDS, at=[3])["survival"][0]
        for part in (pl.col("age_years") < 60, pl.col("age_years") >= 60)
    )
    row = age_standardised_survival(COHORT, weights, life_table=HAZARDS, at=[3]).row(0, named=True)
    assert row["survival"] == pytest.approx(0.4 * young + 0.6 * old)
    assert row["ci_low"] < row["survival"] < row["ci_high"]
    empty = pl.DataFrame({"age_start": [15, 60, 120], "weight": [40, 50, 10]})
    refused = age_standardised_survival(COHORT, empty, life_table=HAZARDS, at=[3])
    assert refused["survival"][0] is None and "年龄组" in refused["refused"][0]


def test_hazards_from_probabilities_and_abridged_ages() -> None:
    table = pl.DataFrame({"sex": [1, 1, 1], "year": 2000, "age": [0, 1, 5], "qx": [0.1, 0.2, 1.0]})
    hazard = hazard_table(table).hazard.reshape(-1) * YEAR
    assert np.allclose(hazard, [-np.log(0.9), -np.log(0.8) / 4, -np.log(0.8) / 4])


def test_a_countys_own_life_table_serves_as_expected_hazards() -> None:
    ages = [0, 1, *range(5, 90, 5)]
    own = pl.DataFrame(
        [(sex, age, 5 + 2 * age * sex, 4000) for sex in (1, 2) for age in ages],
        schema=["sex", "age_start", "deaths", "population"],
        orient="row",
    )
    hazards = from_life_table(life_table(own, ["sex"]), 2015)
    table = hazard_table(hazards)
    assert table.hazard.shape == (2, 1, 19)
    assert table.hazard[1, 0, 10] * YEAR == pytest.approx((5 + 2 * 45 * 2) / 4000)
    net = survival(COHORT, method="ederer2", life_table=hazards)["survival"]
    assert (net > survival(COHORT, method="observed")["survival"]).all()
    with pytest.raises(InvalidValueError):
        from_life_table(life_table(own.with_columns(population=10), ["sex"]), 2015)


def test_exclusions_are_counted() -> None:
    frame = COHORT.head(5).with_columns(
        exit_date=pl.when(pl.int_range(5) == 0).then("diagnosis_date").otherwise("exit_date"),
        death_certificate_only=pl.Series([0, 1, 0, 0, 0]),
    )
    kept, counts = exclude(frame)
    assert kept.height == 3 and counts["count"].to_list() == [1, 1]


def test_windows_select_whom_they_say() -> None:
    first, last, closing = dt.date(2014, 1, 1), dt.date(2018, 12, 31), dt.date(2021, 12, 31)
    complete = complete_window(COHORT, first, last)
    cohort = cohort_window(COHORT, first, last, closing, years=5)
    assert (
        cohort["diagnosis_date"].max() <= dt.date(2016, 12, 31) < complete["diagnosis_date"].max()
    )
    assert 0 <= lost_share(complete, closing) < 0.2


@pytest.mark.parametrize(
    ("years", "linked", "lost", "at", "method"),
    [
        (5, dt.date(2021, 12, 31), 0.10, (1, 3, 5), "pohar-perme"),
        (4, dt.date(2021, 12, 31), 0.05, (1, 3), "observed"),
        (2, dt.date(2021, 12, 31), 0.05, (1,), "observed"),
        (0, dt.date(2021, 12, 31), 0.00, (), "none"),
        (9, dt.date(2020, 12, 31), 0.00, (), "none"),
        (9, None, 0.00, (), "none"),
        (9, dt.date(2021, 12, 31), 0.11, (), "none"),
    ],
)
def test_only_honest_survival_is_reportable(
    years: int, linked: dt.date | None, lost: float, at: tuple[int, ...], method: str
) -> None:
    verdict = reportable_survival(
        diagnosis_years=years, deaths_linked_to=linked, closing=dt.date(2021, 12, 31), lost=lost
    )
    assert (verdict.at, verdict.method) == (at, method)
    assert ("暂不具备条件" in verdict.reason) == (method == "none")


@pytest.mark.parametrize(
    ("change", "column"),
    [
        ({"age_years": pl.lit(None, pl.Float64)}, "age_years"),
        ({"dead": pl.lit(2)}, "dead"),
        ({"exit_date": pl.lit(dt.date(1999, 1, 1))}, "exit_date"),
        ({"sex": pl.lit(7)}, "sex"),
    ],
)
def test_a_bad_patient_is_named_by_column_and_row(change: dict[str, pl.Expr], column: str) -> None:
    with pytest.raises(InvalidValueError) as caught:
        survival(COHORT.with_columns(**change), method="observed")
    assert (caught.value.column, caught.value.row) == (column, 0)


def test_impossible_options_and_life_tables_raise() -> None:
    with pytest.raises(InvalidOptionError):
        survival(COHORT, method="ederer2")
    with pytest.raises(InvalidOptionError):
        survival(COHORT, method="observed", at=[0])
    with pytest.raises(AgeGroupError):
        hazard_table(HAZARDS.head(150))
