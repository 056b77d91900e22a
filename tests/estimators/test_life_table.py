"""Life tables and premature mortality."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from estimators.cause_deleted import cause_deleted_life_table
from estimators.errors import AgeGroupError, InvalidOptionError, InvalidValueError
from estimators.life_table import life_table
from estimators.premature import premature_mortality
from estimators.separation import andreev_kingkade, coale_demeny

# fmt: off
AGES = [0, 1, *range(5, 95, 5)]
PEOPLE = [
    7060, 35059, 46974, 48489, 43219, 38561, 46009, 57208, 61435, 55601, 50209, 56416, 46411,
    39820, 37978, 37039, 33288, 23306, 11936, 11936,
]
DEATHS = [17, 9, 4, 8, 20, 15, 24, 33, 50, 71, 100, 163, 263, 304, 536, 872, 1390, 1605, 1936, 1937]
EXPECTED = [
    80.169608, 79.362457, 75.441936, 70.472999, 65.529095, 60.675101, 55.78836, 50.927527,
    46.067404, 41.245056, 36.493227, 31.833438, 27.26028, 22.971914, 18.768569, 14.958583,
    11.516844, 8.618849, 6.163943, 6.162106,
]
ERRORS = [
    0.146389, 0.139069, 0.136665, 0.135838, 0.134494, 0.130783, 0.127727, 0.124861, 0.122825,
    0.120729, 0.117855, 0.114018, 0.110667, 0.104787, 0.098401, 0.09119, 0.085983, 0.085569,
    0.094686, 0.140012,
]
QX = [
    0.00240272, 0.00102631, 0.00042568, 0.00082459, 0.00231112, 0.00194308, 0.00260479,
    0.00288006, 0.00406108, 0.00636446, 0.00990904, 0.01434266, 0.02793801, 0.03745688,
    0.06816216, 0.11117061, 0.18904877, 0.29375698, 0.57701478, 1.0,
]
UN_MALE_MX = [
    0.23669, 0.04672, 0.00982, 0.00511, 0.00697, 0.01036, 0.01169, 0.01332, 0.01528, 0.01757,
    0.02092, 0.02517, 0.03225, 0.04241, 0.06056, 0.08574, 0.1184, 0.16226, 0.23745,
]
UN_MALE_EX = [
    35.0, 42.901, 47.19, 44.438, 40.523, 36.868, 33.691, 30.567, 27.5, 24.485, 21.504, 18.599,
    15.758, 13.08, 10.584, 8.466, 6.729, 5.312, 4.211,
]
MORTPAK_FEMALE_MX = [
    0.12846, 0.02477, 0.00603, 0.0034, 0.00417, 0.00513, 0.00581, 0.00645, 0.00725, 0.00813,
    0.00913, 0.01199, 0.01647, 0.0256, 0.04047, 0.06624, 0.10638, 0.19611,
]
MORTPAK_FEMALE_EX = [
    49.997, 55.675, 57.245, 53.921, 49.803, 45.799, 41.922, 38.084, 34.249, 30.42, 26.578,
    22.701, 18.945, 15.349, 12.095, 9.24, 6.903, 5.099,
]
# fmt: on
FRAME = pl.DataFrame({"age_start": AGES, "deaths": DEATHS, "population": PEOPLE})


def test_chiang_table_equals_phe_life_expectancy() -> None:
    table = life_table(FRAME)
    assert np.allclose(table["ex"], EXPECTED, atol=6e-7)
    assert np.allclose(table["qx"], QX, atol=6e-9)
    assert np.allclose((table["ci_high"] - table["ex"]) / 1.959963985, ERRORS, atol=6e-7)
    assert table.row(0, named=True)["ci_low"] == pytest.approx(79.882691, abs=6e-7)


@pytest.mark.parametrize(
    ("mx", "ex", "sex"),
    [
        (UN_MALE_MX, UN_MALE_EX, "male"),
        (MORTPAK_FEMALE_MX, MORTPAK_FEMALE_EX, "female"),
    ],
    ids=["UN 1982, Model Life Tables, p. 34", "MORTPAK-LITE 1988, p. 82"],
)
def test_united_nations_tables_are_reproduced_from_their_rates(
    mx: list[float], ex: list[float], sex: str
) -> None:
    people = 1_000_000
    frame = pl.DataFrame(
        {"age_start": AGES[: len(mx)], "deaths": [m * people for m in mx], "population": people}
    ).with_columns(sex=pl.lit(sex))
    # rates printed with five decimals fix ex to about 0.004 years
    assert np.allclose(life_table(frame, a0="greville")["ex"], ex, atol=0.004)


@pytest.mark.parametrize(
    ("formula", "m0", "sex", "a0"),
    [
        # Preston, Heuveline & Guillot (2001), table 3.3
        (lambda m, s: coale_demeny(m, s)[0], 0.02, 1, 0.045 + 2.684 * 0.02),
        (lambda m, s: coale_demeny(m, s)[1], 0.02, 2, 1.522 - 1.518 * 0.02),
        (lambda m, s: coale_demeny(m, s)[0], 0.15, 2, 0.350),
        (lambda m, s: coale_demeny(m, s)[0], 0.15, 0, 0.340),
        # Andreev & Kingkade (2015), at the published break points the pieces meet
        (andreev_kingkade, 0.023, 1, 0.14929 - 1.99545 * 0.023),
        (andreev_kingkade, 0.08307, 1, 0.29915),
        (andreev_kingkade, 0.01724, 2, 0.14903 - 2.05527 * 0.01724),
        (andreev_kingkade, 0.06891, 2, 0.31411),
    ],
)
def test_years_lived_by_infants_who_die(formula, m0: float, sex: int, a0: float) -> None:  # type: ignore[no-untyped-def]
    assert float(formula(np.array([m0]), np.array([sex]))[0]) == pytest.approx(a0, abs=2e-3)


def test_premature_mortality_equals_the_who_formula_and_contains_its_estimate() -> None:
    row = premature_mortality(FRAME).row(0, named=True)
    assert row["value"] == pytest.approx(0.16041865, abs=5e-9)
    assert row["ci_low"] < row["value"] < row["ci_high"]


def test_premature_mortality_of_no_deaths_is_zero_with_an_upper_limit() -> None:
    frame = pl.DataFrame({"age_start": range(30, 70, 5), "deaths": 0, "population": 1000})
    row = premature_mortality(frame).row(0, named=True)
    assert row["value"] == 0 and row["ci_high"] == pytest.approx(1 - np.exp(-0.005 * 3.688879454))


def test_groups_are_independent_and_row_order_does_not_matter() -> None:
    two = pl.concat(
        [
            FRAME.with_columns(area=pl.lit("a")),
            FRAME.with_columns(pl.col("deaths") * 2, area=pl.lit("b")),
        ]
    ).sample(fraction=1, shuffle=True, seed=3)
    table = life_table(two, ["area"]).filter(pl.col("area") == "a").sort("age_start")
    assert np.allclose(table["ex"], EXPECTED, atol=6e-7)


def test_under_reporting_raises_mortality_and_lowers_expectancy() -> None:
    corrected = life_table(FRAME.with_columns(underreporting=pl.lit(0.2)))
    doubled = life_table(FRAME.with_columns(pl.col("deaths") / 0.8))
    assert np.allclose(corrected["ex"], doubled["ex"])
    assert corrected["ex"][0] < EXPECTED[0] - 1


def test_deleting_nothing_changes_nothing_and_deleting_a_cause_adds_years() -> None:
    nothing = cause_deleted_life_table(FRAME.with_columns(cause_deaths=pl.lit(0)))
    assert np.allclose(nothing["gain_years"], 0, atol=1e-9)
    some = cause_deleted_life_table(FRAME.with_columns(cause_deaths=pl.col("deaths") // 3))
    assert (some["gain_years"] > 0).all()


def test_halving_a_constant_hazard_by_deletion_doubles_the_open_expectancy() -> None:
    frame = pl.DataFrame({"age_start": [60, 65, 70], "deaths": 200, "population": 10_000})
    table = cause_deleted_life_table(frame.with_columns(cause_deaths=pl.lit(100)))
    assert table["ex"][-1] == pytest.approx(50) and table["ex_deleted"][-1] == pytest.approx(100)


@given(st.lists(st.integers(1, 300), min_size=19, max_size=19))
@settings(max_examples=40, deadline=None)
def test_survivors_never_increase_and_limits_contain_expectancy(deaths: list[int]) -> None:
    frame = pl.DataFrame({"age_start": AGES[:19], "deaths": deaths, "population": 5000})
    table = life_table(frame)
    assert (table["lx"].diff().drop_nulls() <= 0).all()
    known = table.drop_nulls("ex")
    assert ((known["ci_low"] <= known["ex"]) & (known["ex"] <= known["ci_high"])).all()


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (pl.col("population") / 200, "总人口不超过"),
        (pl.when(pl.col("age_start") == 50).then(0).otherwise(pl.col("population")), "人口为 0"),
        (pl.when(pl.col("age_start") == 50).then(9).otherwise(pl.col("population")), "大于人口"),
    ],
)
def test_guard_rails_refuse_and_say_why(change: pl.Expr, reason: str) -> None:
    table = life_table(FRAME.with_columns(change.alias("population")))
    assert table["ex"].null_count() == 20 and reason in table["refused"][0]


def test_no_rows_in_give_no_rows_out() -> None:
    empty = FRAME.with_columns(area=pl.lit("a")).clear()
    whole = life_table(FRAME.with_columns(area=pl.lit("a")), ["area"])
    assert life_table(empty, ["area"]).schema == whole.schema
    assert premature_mortality(empty, ["area"]).is_empty()


def test_no_deaths_in_the_open_group_are_refused() -> None:
    none = pl.when(pl.col("age_start") == 90).then(0).otherwise(pl.col("deaths"))
    table = life_table(FRAME.with_columns(deaths=none))
    assert "最高年龄组没有死亡" in table["refused"][0]


@pytest.mark.parametrize(
    ("frame", "options", "error"),
    [
        (FRAME.filter(pl.col("age_start") != 1), {}, AgeGroupError),
        (pl.concat([FRAME, FRAME.head(1)]), {}, AgeGroupError),
        (FRAME, {"a0": "coale-demeny"}, InvalidOptionError),
        (FRAME, {"a0": 1.5}, InvalidOptionError),
        (FRAME.with_columns(underreporting=pl.lit(20.0)), {}, InvalidValueError),
    ],
)
def test_unusable_tables_raise(
    frame: pl.DataFrame, options: dict[str, object], error: type
) -> None:
    with pytest.raises(error):
        life_table(frame, **options)  # type: ignore[arg-type]


@pytest.mark.filterwarnings("error")
def test_more_deaths_than_people_are_refused_in_silence() -> None:
    frame = pl.DataFrame(
        {"age_start": range(30, 70, 5), "deaths": [500] * 8, "population": [1] * 8}
    )
    row = premature_mortality(frame).row(0, named=True)
    assert row["value"] is None and "死亡数大于人口数" in row["refused"]
