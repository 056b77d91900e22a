"""The counts by town that the pages start from are those of the events of every card."""

from __future__ import annotations

from dataclasses import replace

import duckdb
import polars as pl
import pytest

from flows.dashboard.health import EVENTS, _by_town, _deaths_by_town
from flows.dashboard.place import place_of


@pytest.mark.parametrize(
    ("residency", "area", "town"),
    [
        ("registered", "area_code", "town_code"),
        ("resident", "residence_area_code", "residence_town_code"),
    ],
)
def test_towns_count_each_event_of_the_county_once(
    published: duckdb.DuckDBPyConnection, residency: str, area: str, town: str
) -> None:
    place = replace(place_of(published), residency=residency)
    years = [2022, 2023, 2024, 2025]
    counted = _by_town(published, place, years)
    for event in EVENTS:
        cards = published.execute(
            f"select coalesce({town}, {area} || '000'), year, count(*) from events(?)"
            f" where {area} = ? and list_contains(?, year) group by all order by all",
            [event, place.area_code, years],
        ).fetchall()
        assert cards
        assert counted.filter(event=event).drop("event").rows() == cards
    deaths = _deaths_by_town(published, place, years)
    assert (
        deaths.group_by("area_code", "year")
        .agg(pl.col("count").sum())
        .sort("area_code", "year")
        .rows()
        == counted.filter(event="death").drop("event").rows()
    )
