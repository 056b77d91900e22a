"""indicator.funnel: towns like their county, towns of old people, and counties of two towns."""

from __future__ import annotations

import polars as pl
import pytest

from flows.statistics.funnel import funnels
from tests.statistics.cards import counted, people

TOWNS = ["330329100", "330329101", "330329102", "330329103"]


def county(cells):
    total = cells.group_by("year", "residency", "sex", "age_group", "age_from").agg(
        pl.col("population").sum(), area_code=pl.lit("330329")
    )
    return pl.concat([cells, total.select(cells.columns)])


def events_of(cells, count):
    towns = counted(cells, "death", count)
    total = (
        towns.with_columns(area_code=pl.lit("330329"))
        .group_by([name for name in towns.columns if name != "count"])
        .agg(pl.col("count").sum())
    )
    return pl.concat([towns, total.select(towns.columns)])


def four_towns():
    return pl.concat([people([2024], town, 1000.0) for town in TOWNS])


def only(table, standardisation):
    return table.filter(pl.col("standardisation") == standardisation).sort("area_code")


def test_towns_like_their_county_lie_on_the_middle_line():
    cells = four_towns()
    table = funnels(county(cells), events_of(cells, pl.lit(5)))
    for name in ("crude", "indirect"):
        found = only(table, name)
        assert found["area_code"].to_list() == TOWNS
        assert found["count"].to_list() == [190] * 4
        assert found["value"].to_list() == pytest.approx([500.0] * 4)
        assert found["target"].to_list() == pytest.approx([500.0] * 4)
        assert found["outside"].to_list() == [0.0] * 4
        assert found["low_998"][0] < found["low_95"][0] < 500 < found["high_95"][0]


def test_a_town_of_old_people_is_high_in_the_crude_rate_only():
    old = pl.col("age_from") >= 65
    cells = four_towns().with_columns(
        population=pl.when(old & (pl.col("area_code") == TOWNS[0])).then(5000.0).otherwise(1000.0)
    )
    rate = pl.when(old).then(0.03).otherwise(0.001)
    table = funnels(county(cells), events_of(cells, pl.col("population") * rate))
    assert only(table, "crude")["value"][0] > 1.5 * only(table, "crude")["value"][1]
    assert only(table, "indirect")["value"].to_list() == pytest.approx(
        [only(table, "indirect")["target"][0]] * 4
    )


def test_a_town_with_twice_the_deaths_of_the_others_is_outside():
    cells = pl.concat([people([2024], f"3303291{n:02d}", 1000.0) for n in range(12)])
    twice = pl.when(pl.col("area_code") == "330329100").then(10).otherwise(5)
    found = only(funnels(county(cells), events_of(cells, twice)), "crude")
    assert found["outside"].to_list() == [99.8] + [0.0] * 11


def test_two_towns_have_rates_and_the_reason_why_no_limits():
    cells = pl.concat([people([2024], town, 1000.0) for town in TOWNS[:2]])
    found = only(funnels(county(cells), events_of(cells, pl.lit(5))), "crude")
    assert found["value"].to_list() == pytest.approx([500.0, 500.0])
    assert found["low_95"].null_count() == 2
    assert found["reason_zh"].to_list() == ["只有 2 个单位，不能估计过度离散"] * 2


def test_without_events_or_towns_there_are_no_rows():
    cells = four_towns()
    events = events_of(cells, pl.lit(5))
    assert funnels(county(cells), events.clear()).is_empty()
    assert funnels(people([2024]), events).is_empty()
