"""Completeness of registration and age heaping."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from estimators.adair_lopez import adair_lopez
from estimators.completeness import completeness, national_expectancy, trims
from estimators.ddm import (
    extinct_generations,
    growth_balance,
    growth_balance_points,
    populations,
    trim,
)
from estimators.errors import (
    AgeGroupError,
    EstimatorError,
    InvalidOptionError,
    InvalidValueError,
    SmallNumbersError,
    ZeroDenominatorError,
)
from estimators.heaping import age_sex_accuracy, heaping, myers_deviations, whipple

# fmt: off
# Mozambique, females, censuses 1997 and 2007, average annual deaths (example data of R's DDM 1.3)
MOZAMBIQUE = pl.DataFrame({
    "age_start": range(0, 85, 5),
    "pop1": [
        1388350, 1113675, 878429, 854078, 827614, 654465, 477562, 428395, 303147, 282098,
        212060, 174234, 125096, 109288, 50607, 42858, 35430,
    ],
    "pop2": [
        1963660, 1615244, 1183939, 991323, 986526, 841416, 667865, 556191, 389087, 328660,
        283288, 208657, 159557, 127794, 81329, 61012, 59985,
    ],
    "deaths": [
        88248, 11424, 5677, 6123, 7280, 7212, 6426, 5419, 4385, 3765, 3988, 2566, 3686, 2536,
        2575, 1710, 3624,
    ],
})
GGB_X = [
    0.0182261703, 0.0104656577, 0.0108948325, 0.0119558411, 0.0131181151, 0.0145059898,
    0.0158940963, 0.0171763829, 0.0191454281, 0.0210293507, 0.0241143975, 0.0272528777,
    0.0335040954, 0.0372492168, 0.0489753662, 0.0548047386, 0.0786106308,
]
GGB_Y = [
    -0.0278695669, 0.0136457628, 0.0134253021, 0.0136651522, 0.0191954412, 0.0242121463,
    0.0249903057, 0.0269981877, 0.0300102448, 0.0303339284, 0.0388599987, 0.0424180321,
    0.0490955954, 0.0573943234, 0.0712891535, 0.0703029213, 0.1667045291,
]
SEG_CX = [
    0.846056842, 0.701416428, 0.74009152, 0.701049417, 0.62292802, 0.636534561, 0.667848301,
    0.60793628, 0.693317836, 0.64194497, 0.641726522, 0.650247034, 0.685904536, 0.614695206,
    0.795742223, 0.617789504,
]
# PASEX example of DemoTools: males by single year of age
PASEX = [
    80626, 95823, 104315, 115813, 100796, 105086, 97266, 116328, 75984, 89982, 95525, 56973,
    78767, 65672, 53438, 85014, 47600, 64363, 42195, 42262, 73221, 30080, 34391, 29072, 20531,
    66171, 24029, 44227, 24128, 23599, 82088, 16454, 22628, 17108, 12531, 57325, 17220, 28425,
    16206, 17532, 65976, 11593, 15828, 13541, 8133, 44696, 11165, 18543, 12614, 12041, 55798,
    9324, 10772, 10453, 6773, 28358, 9916, 13348, 8039, 7583, 42470, 5288, 5317, 6582, 3361,
    17949, 3650, 5873, 3279, 3336, 27368, 1965, 2495, 2319, 1335, 12022, 1401, 1668, 1360, 1185,
    9167, 424, 568, 462, 282, 6206, 343, 409, 333, 291, 4137, 133, 169, 157, 89, 2068, 68, 81,
    66, 57,
]
UN_MALES = [
    4677000, 4135000, 3825000, 3647000, 3247000, 2802000, 2409000, 2212000, 1786000, 1505000,
    1390000, 984000, 745000, 537000, 346000,
]
UN_FEMALES = [
    4544000, 4042000, 3735000, 3647000, 3309000, 2793000, 2353000, 2112000, 1691000, 1409000,
    1241000, 887000, 697000, 525000, 348000,
]
# fmt: on
DATA = populations(*(column.to_numpy() for column in MOZAMBIQUE.get_columns()), years=10)  # type: ignore[misc]


def test_growth_balance_equals_ddm() -> None:
    x, y = growth_balance_points(DATA)
    assert np.allclose(x, GGB_X, atol=6e-11) and np.allclose(y, GGB_Y, atol=6e-11)
    found = growth_balance(DATA, 15, 65)
    assert np.allclose(found, (0.6311138876664484, -0.001174422862884, 1.5752229704965), atol=1e-13)
    assert growth_balance(DATA, 15, 65, line="ols")[0] == pytest.approx(0.63963842239586, abs=1e-14)


def test_extinct_generations_equal_ddm() -> None:
    found = extinct_generations(DATA, 6.0)
    assert np.allclose(found[:-1], SEG_CX, atol=6e-10) and np.isnan(found[-1])
    assert found[trim(DATA, 25, 60)].mean() == pytest.approx(0.6531825048962521, abs=1e-14)


@pytest.mark.parametrize(("method", "ddm_automatic"), [("ggb", 0.69868), ("ggbseg", 0.684803)])
def test_every_trim_is_shown_and_the_range_contains_ddms_automatic_choice(
    method: str, ddm_automatic: float
) -> None:
    table = completeness(MOZAMBIQUE, method=method, years=10, open_expectancy=6.0)
    assert table["method"].to_list() == [method] * 36 + ["min", "median", "max"]
    low, _, high = table["completeness"].to_list()[-3:]
    assert low < ddm_automatic < high
    chosen = (pl.col("age_low") == 15) & (pl.col("age_high") == 65)
    if method == "ggb":
        assert table.filter(chosen)["completeness"][0] == pytest.approx(0.6311138876664484)


def test_summed_deaths_need_the_flag_and_then_give_the_same_answer() -> None:
    summed = MOZAMBIQUE.with_columns(pl.col("deaths") * 10)
    annual = completeness(MOZAMBIQUE, years=10)["completeness"]
    assert np.allclose(completeness(summed, years=10, deaths_summed=True)["completeness"], annual)
    assert np.allclose(completeness(summed, years=10)["completeness"], annual * 10)


def test_complete_registration_in_a_stable_population_is_found_complete() -> None:
    ages = np.arange(0, 100, 5)
    growth, hazard = 0.01, 0.012 * np.exp(0.07 * (ages - 40))
    survivors = np.exp(-np.cumsum(np.append(0, 5 * hazard[:-1])))
    width = np.where(ages < ages[-1], 5, 1 / (hazard + growth))
    first = 1e6 * np.exp(-growth * ages) * survivors * width
    first *= np.where(
        ages < ages[-1], (1 - np.exp(-5 * (hazard + growth))) / (5 * (hazard + growth)), 1
    )
    second = first * np.exp(growth * 10)
    deaths = hazard * np.sqrt(first * second)
    data = populations(ages, first, second, deaths, 10)
    open_expectancy = 1 / hazard[-1]
    assert growth_balance(data, 15, 75)[0] == pytest.approx(1, abs=0.05)
    assert extinct_generations(data, open_expectancy)[3:15].mean() == pytest.approx(1, abs=0.05)


# Adair & Lopez (2018), supporting information: published predictions with the country's effect
@pytest.mark.parametrize(
    ("model", "row", "effect", "published"),
    [
        (1, (1993, 5.14623, 0.059607, 0.0401703, 0.874693), 0.2, 0.9199347),
        (2, (1993, 5.14623, 0.059607, 0.0401703, 0.874693), 0.0947, 0.8734129),
        (1, (2010, 7.68844, 0.104362, 0.0140005, 0.999484), 1.0838, 0.992601),
        (2, (1992, 5.28661, 0.04188, 0.047906, 0.638095), 0.2211, 0.9044261),
        (1, (1995, 4.53551, 0.044093, 0.0306504, 0.698937), -0.0739, 0.8784062),
        (2, (2008, 9.07307, 0.220131, 0.00341355, 0.999921), 0.2633, 0.9863771),
    ],
)
def test_adair_lopez_equals_published_predictions(
    model: int, row: tuple[float, ...], effect: float, published: float
) -> None:
    names = ["year", "reg_cdr", "pct65", "u5mr", "u5compl"]
    frame = pl.DataFrame([row], schema=names, orient="row").with_columns(sex=pl.lit("both"))
    found = adair_lopez(frame, model=model, random_effect=effect)["completeness"][0]
    assert found == pytest.approx(published, abs=1e-5)


@pytest.mark.parametrize(
    ("column", "value"), [("u5mr", 40.0), ("u5mr", 0.0), ("pct65", 12.0), ("reg_cdr", 700.0)]
)
def test_adair_lopez_refuses_the_unit_traps(column: str, value: float) -> None:
    frame = pl.DataFrame({"sex": [1], "year": 2020, "reg_cdr": 6.5, "pct65": 0.14, "u5mr": 0.008})
    assert 0 < adair_lopez(frame, model=2)["completeness"][0] < 1
    with pytest.raises(InvalidValueError) as caught:
        adair_lopez(frame.with_columns(pl.lit(value).alias(column)), model=2)
    assert caught.value.column == column


def test_heaping_equals_demotools() -> None:
    row = heaping(pl.DataFrame({"age": range(100), "count": PASEX})).row(0)
    assert np.allclose(row[:3], (233.8730, 47.25573, 23.62787), atol=6e-5)


@given(st.permutations(range(10, 90)))
def test_no_heaping_gives_100_and_0_in_any_row_order(ages: list[int]) -> None:
    frame = pl.DataFrame({"age": ages, "count": 7})
    assert whipple(frame) == pytest.approx(100)
    assert np.allclose(myers_deviations(frame), 0)


def test_everybody_on_round_ages_gives_500_and_180() -> None:
    frame = pl.DataFrame({"age": range(90)}).with_columns(count=(pl.col("age") % 10 == 0) * 9)
    assert heaping(frame).row(0)[:3] == (500.0, pytest.approx(180), pytest.approx(90))


def test_without_the_oldest_ages_whipple_is_given_and_myers_is_null_with_a_reason() -> None:
    row = heaping(pl.DataFrame({"age": range(20, 70), "count": 5})).row(0, named=True)
    assert row["whipple"] == 100 and row["myers"] is None and "缺少 10 岁" in row["refused"]


def test_age_sex_accuracy_equals_pas_agesex() -> None:
    frame = pl.DataFrame({"age_start": range(0, 75, 5), "male": UN_MALES, "female": UN_FEMALES})
    assert np.allclose(age_sex_accuracy(frame).row(0), (2.249, 3.907, 3.655, 14.308), atol=5e-4)


def test_small_populations_get_the_un_correction() -> None:
    frame = pl.DataFrame({"age_start": range(0, 75, 5), "male": UN_MALES, "female": UN_FEMALES})
    thousandth = frame.with_columns(pl.col("male", "female") / 1000)
    total = float(thousandth["male"].sum() + thousandth["female"].sum())
    difference = age_sex_accuracy(thousandth)["index"][0] - age_sex_accuracy(frame)["index"][0]
    assert difference == pytest.approx(3.5 - 3500 / np.sqrt(total), abs=1e-6)


def test_national_expectancy_takes_the_newest_year_of_the_open_age() -> None:
    table = pl.DataFrame({"sex": [0, 0, 1], "year": [2000, 2020, 2020], "age": 80, "ex": [7, 9, 8]})
    assert national_expectancy(table, 80, 0) == 9 and national_expectancy(table, 85, 0) is None


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda: completeness(MOZAMBIQUE, method="seg", years=10), InvalidOptionError),
        (lambda: completeness(MOZAMBIQUE, years=0), InvalidOptionError),
        (lambda: completeness(MOZAMBIQUE.head(5), years=10), AgeGroupError),
        (lambda: completeness(MOZAMBIQUE.with_columns(pop1=0), years=10), ZeroDenominatorError),
        (lambda: whipple(pl.DataFrame({"age": [1], "count": [1]})), AgeGroupError),
        (lambda: whipple(pl.DataFrame({"age": range(90), "count": 0})), ZeroDenominatorError),
        (
            lambda: age_sex_accuracy(
                pl.DataFrame({"age_start": range(0, 75, 5), "male": 0, "female": 1})
            ),
            SmallNumbersError,
        ),
    ],
)
def test_unusable_input_raises(call, error: type[EstimatorError]) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(error):
        call()


def test_trims_have_at_least_eight_ages_and_leave_out_the_open_group() -> None:
    found = trims(np.arange(0.0, 90.0, 5.0))
    assert all(high - low >= 35 and high <= 80 for low, high in found)
