"""Survey intervals against invented counties whose 漏报率 is known, and precision against promise.

    python benchmarks/survey.py [--draws 500]

Each county has towns in two strata, villages of unequal size, and a chance of being missed that
differs between towns and villages (logit-normal). A county is invented anew every 50 draws, so that
the result does not hang on one county; it is drawn by the plan's own code, and the interval is the
one the analysis prints. Goal: 93-97 % of the
intervals hold the county's rate (500 draws of an exact 95 % interval give 93.1-96.9 % in 95 runs
of 100). The promise is the half width the plan prints before anybody goes to the field.
"""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import polars as pl

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from estimators.survey_estimate import ratio  # noqa: E402
from estimators.survey_sample import half_width  # noqa: E402
from flows.survey_design.draw import draw_towns, draw_villages  # noqa: E402
from flows.survey_design.weight import DESIGN, with_design, with_units  # noqa: E402

LOW, HIGH = 93.0, 97.0
PLANNED_EFFECT = 2.0  # the plan's default
DRAWS_A_COUNTY = 50


@dataclass(frozen=True)
class County:
    """How a county is made and drawn."""

    name: str
    towns: int
    drawn_towns: int
    drawn_villages: int
    households: int  # per village; 0 all
    missed: float
    town_spread: float = 0.5  # standard deviations on the logit scale
    village_spread: float = 0.4
    death_rate: float = 0.007


COUNTIES = (
    County("19 towns, 10 x 4 whole villages, 10 % missed", 19, 10, 4, 0, 0.10),
    County("19 towns, 10 x 4 villages of 250 households", 19, 10, 4, 250, 0.10),
    County("8 towns, all taken, 5 whole villages each", 8, 8, 5, 0, 0.10),
    County("30 towns, 12 x 4 whole villages, 4 % missed", 30, 12, 4, 0, 0.04),
    County("19 towns, 10 x 4, towns very unequal, 20 %", 19, 10, 4, 0, 0.20, 0.8),
)


def invented(county: County, generator: np.random.Generator) -> pl.DataFrame:
    """One row a village: town_code, stratum, households, deaths, missed."""
    rows = []
    for town in range(county.towns):
        town_effect = generator.normal(0, county.town_spread)
        for village in range(int(generator.integers(6, 16))):
            households = int(generator.gamma(6, 90)) + 60
            logit = np.log(county.missed / (1 - county.missed)) + town_effect
            chance = 1 / (1 + np.exp(-logit - generator.normal(0, county.village_spread)))
            deaths = int(generator.poisson(households * 2.62 * county.death_rate))
            rows.append((
                f"{330001000 + town}", f"{330001000000 + 1000 * town + village}",
                "城镇" if town < county.towns / 4 else "农村", households, deaths,
                int(generator.binomial(deaths, chance)),
            ))  # fmt: skip
    names = ["town_code", "village_code", "stratum", "households", "deaths", "missed"]
    return pl.DataFrame(rows, schema=names, orient="row").with_columns(
        village_name=pl.col("village_code"), people=pl.col("households") * 2.62
    )


def found(villages: pl.DataFrame, generator: np.random.Generator) -> pl.DataFrame:
    """One row a death found in the drawn households, and one a village where none was."""
    rows: list[tuple[str, int, int, str]] = []
    for number, drawn, households, deaths, missed in villages.select(
        "cluster_no", "drawn_households", "households", "deaths", "missed"
    ).iter_rows():
        seen = int(generator.binomial(deaths, drawn / households)) if drawn < households else deaths
        lost = int(generator.hypergeometric(missed, deaths - missed, seen)) if seen else 0
        rows += [(number, int(case < lost), 1, f"{case}") for case in range(seen)]
        if not seen:
            rows.append((number, 0, 0, "-"))
    cases = pl.DataFrame(rows, schema=["cluster_no", "y", "x", "serial"], orient="row")
    return with_units(
        cases.join(villages, on="cluster_no").with_columns(
            weight="design_weight", done_households="drawn_households"
        )
    )


@dataclass
class Tally:
    """What the draws gave."""

    hits: int = 0
    missed_by: list[float] = field(default_factory=list)  # estimate less truth
    halves: list[float] = field(default_factory=list)
    effects: list[float] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    promises: list[float] = field(default_factory=list)  # with the assumed design effect
    fitted: list[float] = field(default_factory=list)  # with the design effect as it was


def draw(county: County, villages: pl.DataFrame, seed: int, tally: Tally) -> None:
    """Draw once and add the result."""
    towns = villages.group_by("town_code", "stratum").agg(pl.col("people").sum()).sort("town_code")
    towns = towns.with_columns(town_name=pl.col("town_code"))
    total = int(villages["deaths"].sum())
    truth = int(villages["missed"].sum()) / total
    drawn = draw_towns(towns, county.drawn_towns, seed)
    frame = villages.drop("stratum", "deaths", "missed")
    sample = with_design(
        draw_villages(drawn, frame, county.drawn_villages, county.households, seed)
    ).join(villages.select("village_code", "deaths", "missed"), on="village_code")
    cases = found(sample, np.random.default_rng([seed, 9]))
    one = ratio(cases, "y", "x", DESIGN, freedom="satterthwaite", planned_effect=PLANNED_EFFECT)
    half = (one.ci_high - one.ci_low) / 2
    clusters = sample.select("variance_stratum", "variance_cluster").unique()
    degrees = clusters.height - clusters["variance_stratum"].n_unique()
    effect = one.design_effect or PLANNED_EFFECT
    tally.hits += one.ci_low <= truth <= one.ci_high
    tally.missed_by.append(one.value - truth)
    tally.halves.append(half)
    tally.effects.append(effect)
    tally.sizes.append(one.elements)
    tally.promises.append(
        half_width(
            truth, one.elements, design_effect=PLANNED_EFFECT, population=total, degrees=degrees
        )
    )
    # the estimated design effect holds the finite population already
    tally.fitted.append(half_width(truth, one.elements, design_effect=effect, degrees=degrees))


def run(county: County, draws: int) -> bool:
    """Print one kind of county; True when the coverage is within the goal."""
    tally = Tally()
    begin = time.perf_counter()
    villages = pl.DataFrame()
    for number in range(draws):
        if number % DRAWS_A_COUNTY == 0:
            villages = invented(county, np.random.default_rng([20250301, number]))
        draw(county, villages, number, tally)
    coverage = 100 * tally.hits / draws
    met = LOW <= coverage <= HIGH
    verdict = "goal met" if met else f"outside the goal of {LOW:g}-{HIGH:g} %"
    achieved, promised = np.median(tally.halves), np.median(tally.promises)
    print(f"{county.name}: about {np.mean(tally.sizes):.0f} deaths found")
    print(f"  {coverage:.1f} % of {draws} intervals hold the truth ({verdict});")
    print(f"  mean error of the estimate {100 * np.mean(tally.missed_by):+.2f} points")
    print(
        f"  half width promised with a design effect of {PLANNED_EFFECT:g}: "
        f"{100 * promised:.2f} points; achieved {100 * achieved:.2f} (medians), "
        f"ratio {achieved / promised:.2f}"
    )
    print(
        f"  design effect as it was {np.median(tally.effects):.2f}: the same formula then says "
        f"{100 * np.median(tally.fitted):.2f}, ratio {achieved / np.median(tally.fitted):.2f}; "
        f"{time.perf_counter() - begin:.0f} s"
    )
    return met


def main() -> None:
    """Run every county."""
    parser = argparse.ArgumentParser(description="Coverage and precision of survey estimates")
    parser.add_argument("--draws", type=int, default=500)
    arguments = parser.parse_args()
    met = [run(county, arguments.draws) for county in COUNTIES]
    print(f"coverage within {LOW:g}-{HIGH:g} %: {sum(met)} of {len(met)} counties")


if __name__ == "__main__":
    main()
