from __future__ import annotations

import polars as pl
import pytest

from flows.population import GROUPS, mean_population
from flows.typed import type_columns


def population(*rows: str) -> pl.DataFrame:
    """Rows `year area sex age_group population residency pop_kind`."""
    names = ["year", "area_code", "sex", "age_group", "population", "residency", "pop_kind"]
    cells = [row.split() for row in rows]
    frame = pl.DataFrame(cells, schema=dict.fromkeys(names, pl.String), orient="row")
    return mean_population(type_columns(frame, "population")[0])


def test_the_mean_of_a_year_is_the_average_of_its_two_year_ends():
    mean = population(
        "2023 330329 1 30-34 1000 registered year_end", "2024 330329 1 30-34 1100 户籍 year_end"
    )
    assert mean.select("year", "population", "method").rows() == [
        (2024, 1050.0, "mean of two year-ends")
    ]


def test_one_year_end_alone_gives_no_mean():
    assert population("2024 330329 1 30-34 1000 registered year_end").is_empty()


def test_a_mean_as_given_goes_before_year_ends_and_those_before_mid_year():
    ends = ["2023 330329 1 0 10 registered year_end", "2024 330329 1 0 20 registered year_end"]
    middle = "2024 330329 1 0 16 registered mid_year"
    given = "2024 330329 1 0 14 registered mean"
    assert population(*ends, middle)["population"].to_list() == [15.0]
    assert population(*ends, middle, given)["population"].to_list() == [14.0]


def test_residencies_are_never_mixed():
    mean = population(
        "2023 330329 1 0 10 registered year_end", "2024 330329 1 0 20 resident year_end"
    )
    assert mean.is_empty()


def test_a_county_is_the_sum_of_its_towns_only_where_it_is_not_given_itself():
    towns = ["2024 330329100 1 0 10 registered mean", "2024 330329101 1 0 5 registered mean"]
    county = "2024 330329 1 0 99 registered mean"
    summed = population(*towns).filter(area_code="330329")
    assert summed.select("population", "method").rows() == [(15.0, "sum of towns")]
    assert population(*towns, county).filter(area_code="330329")["population"].to_list() == [99.0]


@pytest.mark.parametrize(
    ("group", "parts"),
    [("0-4", ["0", "1-4"]), ("80+", ["80-84", "85+"]), ("80岁及以上", ["80-84", "85+"]),
     ("15-24", ["15-19", "20-24"]), ("30-34", ["30-34"]), ("0", ["0"])],
)  # fmt: skip
def test_coarser_groups_are_split_by_the_standard_and_flagged(group, parts):
    mean = population(f"2024 330329 1 {group} 1000 registered mean")
    assert sorted(mean["age_group"].to_list(), key=GROUPS.index) == parts
    assert mean["population"].sum() == pytest.approx(1000)
    assert mean["is_split"].to_list() == [len(parts) > 1] * len(parts)


@pytest.mark.parametrize(
    "row",
    ["2024 330329 1 0 -5 registered mean", "2024 330329 1 0 多 registered mean",
     "2024 330329 9 0 5 registered mean", "2024 330329 1 合计 5 registered mean"],
)  # fmt: skip
def test_rows_that_are_no_population_make_none(row):
    assert population(row).is_empty()
