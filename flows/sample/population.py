"""Year-end people of a county and its towns."""

from __future__ import annotations

import numpy as np
import polars as pl

from flows.sample.county import County
from flows.sample.population_shape import people_by_age
from flows.sample.tables import AGE_GROUPS, fields

YEARLY_LOSS = 0.002  # registered people fall by two in a thousand a year


def population(place: County) -> dict[str, pl.DataFrame]:
    """Year-end people of the county and its towns, one table per residency.

    There is a year-end before the first data year, so that every data year has a mean; the mean
    of the last year is the county's number exactly.
    """
    tables = {}
    for residency, mean in place.population.items():
        parts = []
        for year in range(place.years[0] - 1, place.years[-1] + 1):
            half = round(mean * YEARLY_LOSS / 2)
            total = mean + half * (2 * (place.years[-1] - year) - 1)
            people = people_by_age(place, residency, total)
            whole = np.concatenate([people.sum(axis=2, keepdims=True), people], axis=2)
            areas = [place.area_code, *place.town_codes]
            for column, area in enumerate(areas):
                parts.append(
                    pl.DataFrame(
                        {
                            "year": [str(year)] * 38,
                            "area_code": [area] * 38,
                            "sex": ["1"] * 19 + ["2"] * 19,
                            "age_group": list(AGE_GROUPS) * 2,
                            "population": pl.Series(whole[:, :, column].reshape(-1)),
                            "residency": [residency] * 38,
                            "pop_kind": ["year_end"] * 38,
                        }
                    )
                )
        tables[residency] = pl.concat(parts).select(
            pl.col(name).cast(pl.String) for name in fields("population")
        )
    return tables
