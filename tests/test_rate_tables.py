"""Rates of a year are the same to the last digit, made alone or beside others, in any order."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

import numpy as np
import polars as pl
import pytest

from flows.class_tables import _of_classes
from flows.home import REFERENCE
from flows.rate_tables import CANCER, CAUSE, _cancer, _causes
from flows.shelf.kept import Kept

COUNTIES = ("330326", "330327", "330329", "330381")
YEARS = (2023, 2024, 2025)
AGES = pl.read_csv(REFERENCE / "age_group.csv")
WEIGHTS = pl.read_csv(REFERENCE / "standard_population.csv").select(
    "standard", "age_group", "weight"
)
PLACES = pl.DataFrame(
    list(product(COUNTIES, YEARS, ("registered",), ("0", "1", "2"))),
    schema={"area_code": pl.String, "year": pl.Int32, "residency": pl.String, "sex": pl.String},
    orient="row",
)
NAMES = pl.DataFrame({"grouping": ["small"] * 3, "group_code": ["C16", "C34", "ALL"]})
CLASSES = pl.DataFrame({"area_code": COUNTIES, "class_code": ["3303:rural"] * 3 + ["3303:urban"]})


def given(draw: np.random.Generator) -> dict[str, pl.DataFrame]:
    """Tallies of four counties whose mean populations are fractions, as they are in life."""
    cells = PLACES.join(AGES.select("age_group"), how="cross")
    people = cells.with_columns(population=pl.Series(draw.uniform(500, 5000, cells.height)))
    sites = cells.join(NAMES, how="cross").sample(fraction=0.6, seed=int(draw.integers(1000)))
    count = pl.Series(draw.integers(1, 40, sites.height))
    tally = sites.with_columns(
        case_count=count, verified_count=count // 2, certificate_only_count=count // 5,
        unspecified_count=count // 7,
    )  # fmt: skip
    return {
        "tally": tally,
        "people": people,
        "deaths": tally.group_by(CANCER).agg(death_count=pl.col("case_count").sum() // 2),
        "weights": WEIGHTS,
    }


def sites(draw: np.random.Generator) -> dict[str, pl.DataFrame]:
    return given(draw) | {
        "has_deaths": PLACES.select("area_code", "year", "residency").unique()
        .with_columns(has_deaths=pl.lit(True)),
        "ages": AGES.select("age_group", "age_from", "age_to", "width_years")
        .join(WEIGHTS.filter(standard="CN2000").drop("standard"), on="age_group"),
        "names": NAMES.with_columns(group_name_zh="group_code"),
    }  # fmt: skip


def causes(draw: np.random.Generator) -> dict[str, pl.DataFrame]:
    made = given(draw)
    tally = made["tally"].select(*CAUSE[:-1], "age_group", cause_group="group_code",
                                 count="case_count")  # fmt: skip
    names = NAMES.select(cause_group="group_code", cause_group_name_zh="group_code")
    return {
        "tally": tally,
        "people": made["people"],
        "weights": WEIGHTS,
        "names": names.with_columns(level=pl.lit("group")),
    }


def classes(draw: np.random.Generator) -> dict[str, pl.DataFrame]:
    return given(draw) | {"classes": CLASSES}


@pytest.mark.parametrize(
    ("made_from", "make", "keys"),
    [
        (sites, _cancer, CANCER),
        (causes, _causes, CAUSE),
        (classes, _of_classes, ["prefecture_code", "urban_rural", *CANCER[1:]]),
    ],
)
def test_kept_years_are_those_made_from_nothing(
    made_from: Callable[[np.random.Generator], dict[str, pl.DataFrame]],
    make: Callable[..., pl.DataFrame],
    keys: list[str],
) -> None:
    for seed in range(5):
        yesterday = made_from(np.random.default_rng(seed))
        first = Kept()
        first.by_part("rates", yesterday, ["year"], make)
        one_more = pl.col(yesterday["tally"].columns[-1]) + (pl.col("year") == YEARS[-1])
        today = yesterday | {"tally": yesterday["tally"].with_columns(one_more.cast(pl.Int64))}
        shuffled = {
            name: frame.sample(fraction=1.0, shuffle=True, seed=seed)
            for name, frame in today.items()
        }
        second = Kept(first.asked)
        found = second.by_part("rates", shuffled, ["year"], make).sort(keys)
        whole = make(**today).sort(keys)
        assert len(second.asked.keys() & first.asked.keys()) == len(YEARS) - 1
        assert found.height > 8 and found.equals(whole)
