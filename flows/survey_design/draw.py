"""The draw: towns with probability proportional to size, villages likewise, then households.

Every stage takes its random numbers from the seed, its own number and the place, so that a frame
of villages that comes in town by town gives the same draw as one that comes at once. Units are
put in random order before the systematic draw: the variance formulas then hold (Hartley HO, Rao
JNK. Ann Math Statist 1962;33:350-74), which a fixed order may break badly.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from estimators.interval import Floats, Integers
from estimators.survey_sample import (
    allocate,
    inclusion_probabilities,
    systematic_pps,
    systematic_serials,
)

#: Below this share of a whole unit a probability counts as 1.
SURE = 1 - 1e-9
TOWN: dict[str, Any] = {
    "stratum": pl.String, "town_code": pl.String, "town_name": pl.String, "town_people": pl.Float64,
    "town_chance": pl.Float64, "is_certain": pl.Boolean, "stratum_towns": pl.Int64,
}  # fmt: skip
VILLAGE: dict[str, Any] = {
    "village_code": pl.String, "village_name": pl.String, "households": pl.Int64,
    "people": pl.Float64, "village_chance": pl.Float64, "town_villages": pl.Int64,
    "drawn_households": pl.Int64, "household_chance": pl.Float64, "serials": pl.String,
}  # fmt: skip


def draw_towns(towns: pl.DataFrame, count: int, seed: int) -> pl.DataFrame:
    """Draw towns within strata, the number shared by people, at least two a stratum.

    Args:
        towns: town_code, town_name, stratum, people (> 0).
        count: towns in all; at least the number of towns takes all of them.
        seed: of the plan.

    Returns:
        TOWN, by stratum and code: `is_certain` for a town too big to be left out, which becomes a
        stratum of its own whose villages are the clusters; `stratum_towns` the towns of the stratum
        that are not.
    """
    strata = towns.group_by("stratum").agg(pl.col("people").sum(), number=pl.len()).sort("stratum")
    numbers = allocate(count, strata["people"].to_numpy(), least=2, most=strata["number"].to_list())
    parts = []
    for place, (stratum, wanted) in enumerate(zip(strata["stratum"], numbers, strict=True)):
        own = towns.filter(pl.col("stratum") == stratum).sort("town_code")
        chance, drawn = _pps(own["people"].to_numpy(), int(wanted), [seed, 1, place])
        certain = chance >= SURE
        parts.append(
            own.with_columns(
                town_people=pl.col("people").cast(pl.Float64),
                town_chance=pl.Series(chance),
                is_certain=pl.Series(certain),
                stratum_towns=pl.lit(int((~certain).sum())),
            )[drawn.tolist()]
        )
    drawn_towns: pl.DataFrame = pl.concat(parts)
    return drawn_towns.select(pl.col(name).cast(kind) for name, kind in TOWN.items())


def draw_villages(
    towns: pl.DataFrame, frame: pl.DataFrame, per_town: int, per_village: int, seed: int
) -> pl.DataFrame:
    """Draw villages of the drawn towns in proportion to households, then their households.

    Args:
        towns: as of `draw_towns`.
        frame: town_code, village_code, village_name, households (>= 1), people (may be null) of
            every village of the drawn towns.
        per_town: villages a town; all where there are fewer.
        per_village: households a village; 0, or more than there are, takes all.
        seed: of the plan.

    Returns:
        TOWN and VILLAGE columns, one row a drawn village; `serials` lists the drawn numbers of the
        village's own register of households, empty where all are taken.
    """
    parts = []
    for town in towns.iter_rows(named=True):
        own = frame.filter(pl.col("town_code") == town["town_code"]).sort("village_code")
        size = own["households"].to_numpy().astype(float)
        key = [seed, 2, int(town["town_code"])]
        chance, drawn = _pps(size, min(per_town, own.height), key)
        chosen = own.with_columns(
            village_chance=pl.Series(chance), town_villages=pl.lit(own.height)
        )[drawn.tolist()]
        rows = [
            town | row | _households(row, per_village, seed) for row in chosen.iter_rows(named=True)
        ]
        parts.append(pl.DataFrame(rows, infer_schema_length=None))
    return pl.concat(parts, how="vertical_relaxed").select(
        pl.col(name).cast(kind) for name, kind in (TOWN | VILLAGE).items()
    )


def _households(village: dict[str, Any], per_village: int, seed: int) -> dict[str, Any]:
    total = int(village["households"])
    wanted = total if per_village <= 0 else min(per_village, total)
    serials = ""
    if wanted < total:
        key = [seed, 3, *_number(village["village_code"])]
        drawn = systematic_serials(total, wanted, np.random.default_rng(key))
        serials = ",".join(str(number) for number in drawn.tolist())
    return {
        "drawn_households": wanted, "household_chance": wanted / total, "serials": serials
    }  # fmt: skip


def _pps(sizes: Floats, count: int, key: list[int]) -> tuple[Floats, Integers]:
    chance = inclusion_probabilities(sizes, count)
    generator = np.random.default_rng(key)
    order = generator.permutation(chance.size)
    return chance, np.sort(order[systematic_pps(chance[order], generator)])


def _number(text: str) -> list[int]:
    """Digits or any text as whole numbers a generator takes."""
    return list(text.encode())
