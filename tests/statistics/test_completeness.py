"""indicator.completeness: known ratios, always with a range, never one number alone."""

from __future__ import annotations

import polars as pl
import pytest

from flows.statistics import national
from flows.statistics.completeness import completeness
from tests.statistics.cards import counted, people


def deaths_at(cells, share=1.0, under_five=1.0):
    """Deaths at a share of the national rates of each year."""
    years = cells["year"].unique().to_list()
    rates = pl.concat(
        national.rates(national.of_year(y)).with_columns(year=pl.lit(y, pl.Int32)) for y in years
    )
    dying = cells.join(rates, on=["year", "sex", "age_from"])
    young = pl.when(pl.col("age_from") < 5).then(under_five).otherwise(share)
    return counted(dying, "death", (pl.col("population") * pl.col("rate") * young).round())


def row(table, method, sex="0"):
    return table.filter((pl.col("method") == method) & (pl.col("sex") == sex)).row(0, named=True)


@pytest.mark.parametrize("share", [1.0, 0.5])
def test_registered_deaths_are_compared_with_those_at_national_rates(share):
    cells = people([2022])
    table = completeness(cells, deaths_at(cells, share, share))
    for sex in "012":
        found = row(table, "expected_deaths", sex)
        assert found["completeness"] == pytest.approx(share, rel=0.01)
        assert found["low"] < share < found["high"]
    assert row(table, "expected_deaths")["expected"] == pytest.approx(
        sum(row(table, "expected_deaths", sex)["expected"] for sex in "12")
    )


def test_adair_lopez_shows_the_spread_of_its_inputs():
    cells = people([2022])
    found = row(completeness(cells, deaths_at(cells, under_five=0.5)), "adair-lopez")
    assert found["variant_count"] == 3
    assert 0 < found["low"] < found["completeness"] < found["high"] < 1


def test_one_way_to_estimate_gives_no_number():
    cells = people([2022])
    found = row(completeness(cells, deaths_at(cells, under_five=0)), "adair-lopez")
    assert (found["completeness"], found["low"], found["variant_count"]) == (None, None, 1)
    assert found["reason_zh"] == "可用的输入只有一种，不能给出范围，故不列出"


def test_two_populations_need_five_years_between_them():
    near, far = people([2020, 2024]), people([2019, 2024])
    found = row(completeness(near, deaths_at(near)), "ggb")
    assert found["reason_zh"] == "两次分年龄人口相隔 4 年，不足 5 年"
    table = completeness(far, deaths_at(far))
    for method in ("ggb", "seg", "ggbseg"):
        found = row(table, method)
        assert (found["reason_zh"] is None) == (found["completeness"] is not None)
        assert found["period"] == "2019-2024"


def test_every_number_stands_inside_its_range_and_the_range_inside_that_of_all():
    cells = people([2019, 2024])
    table = completeness(cells, deaths_at(cells))
    numbers = table.filter(pl.col("completeness").is_not_null())
    assert numbers.height >= 12
    inside = (pl.col("low") <= pl.col("completeness")) & (pl.col("completeness") <= pl.col("high"))
    assert numbers.select(inside.all()).item()
    assert numbers.select((pl.col("low") < pl.col("high")).all()).item()
    of_2024 = numbers.filter((pl.col("year") == 2024) & (pl.col("sex") == "0"))
    whole = table.filter(
        (pl.col("year") == 2024) & (pl.col("sex") == "0") & (pl.col("method") == "range")
    ).row(0, named=True)
    assert (whole["low"], whole["high"]) == (of_2024["low"].min(), of_2024["high"].max())
    assert whole["completeness"] is None
    assert set(table["label_zh"]) == {"仅供参考"}
    assert table.filter(pl.col("method_zh").is_null()).is_empty()


def test_a_year_without_deaths_is_no_data_and_not_zero():
    cells = people([2021, 2022])
    deaths = deaths_at(cells).filter(pl.col("year") == 2022)
    assert set(completeness(cells, deaths)["year"]) == {2022}
    assert completeness(cells, deaths.clear()).is_empty()


def test_national_rates_make_no_step_between_periods():
    men = {
        year: national.rates(national.of_year(year))
        .filter((pl.col("sex") == "1") & (pl.col("age_from") == 70))["rate"]
        .item()
        for year in range(2020, 2028)
    }
    steps = [abs(men[year + 1] / men[year] - 1) for year in range(2020, 2027)]
    assert max(steps) < 0.05


@pytest.mark.parametrize(
    ("year", "periods", "weight"),
    [(2022, (2020, 2020), 0), (2024, (2020, 2025), 0.4), (1980, (1990, 1990), 0)],
)
def test_a_year_lies_between_the_middles_of_two_periods(year, periods, weight):
    *around, share = national.nearest_periods(year)
    assert tuple(around) == periods
    assert share == pytest.approx(weight)
