"""How many people of each sex, age group and town."""

from __future__ import annotations

import numpy as np
import polars as pl

from flows.sample.county import County
from flows.sample.draw import Ints, quota
from flows.sample.tables import AGE_GROUPS, table


def people_by_age(place: County, residency: str, total: int) -> Ints:
    """Year-end people by sex, age group and town, adding up to `total`.

    Returns:
        Whole numbers of shape (2 sexes, 19 age groups, towns).
    """
    shape = table("sample_population_shape").filter(pl.col("residency") == residency)
    weights = np.array(
        [
            shape.filter(pl.col("sex") == sex).sort(_age_order())["per_mille"].to_numpy()
            for sex in ("1", "2")
        ]
    )
    share = place.registered_male / place.population["registered"]
    by_sex = weights / weights.sum(axis=1, keepdims=True) * np.array([[share], [1 - share]])
    towns = place.town_weights[residency]
    return quota(by_sex[:, :, None] * towns[None, None, :], total)


def _age_order() -> pl.Expr:
    return pl.col("age_group").replace_strict(
        {group: order for order, group in enumerate(AGE_GROUPS)}, return_dtype=pl.Int64
    )
