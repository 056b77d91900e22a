"""A household survey: deaths found by visiting villages, reported and not."""

from __future__ import annotations

import numpy as np
import polars as pl

from flows.sample.cards import Cards
from flows.sample.county import County
from flows.sample.draw import first_day
from flows.sample.survey import LISTED_SHARE, from_cards, listable, unreported
from flows.sample.tables import fields

MISSED_SHARE = 0.06
CLUSTERS = 12


def household_survey(
    rng: np.random.Generator, place: County, orgs: pl.DataFrame, deaths: Cards
) -> pl.DataFrame:
    """Deaths found by visiting households, in clusters (villages) of town and country."""
    year = place.years[-2] if len(place.years) > 1 else place.years[-1]
    cutoff = first_day(year + 1) + 14
    rows = listable(place, orgs, deaths, "death", year, ours=False)
    size = min(120, int(len(rows) * LISTED_SHARE))
    if size < 10:
        return pl.DataFrame(schema=dict.fromkeys(fields("survey_case"), pl.String))
    missed = max(1, round(size * MISSED_SHARE))
    common: dict[str, int | str] = {"purpose": "household_survey", "year": year, "cutoff": cutoff}
    listed = pl.concat(
        [
            from_cards(
                rng, deaths, rng.choice(rows, size - missed, replace=False), "death", common
            ),
            unreported(rng, place, orgs, missed, "death", common),
        ]
    )
    cluster = np.arange(listed.height) % CLUSTERS
    urban = cluster < CLUSTERS // 3
    return listed.with_columns(
        source=pl.Series(
            rng.choice(["household", "police", "civil_affairs", "village_doctor"], listed.height)
        ),
        cluster=pl.Series([f"示例村{number + 1:02d}" for number in cluster]),
        stratum=pl.Series(np.where(urban, "城镇", "农村").tolist()),
        weight=pl.Series(np.where(urban, "31.5", "24.0").tolist()),
    ).select(fields("survey_case"))
