"""What a night's history costs: 200,000 cards of which 2,000 change, 30,000 values of which 1 % do.

`python benchmarks/history.py [--nights 30]` keeps synthetic nights in an encrypted state. The floor
is reading once what is known of them.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from datetime import date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from statistics import median

import numpy as np
import polars as pl

sys.path.insert(0, str(Path(__file__).parent.parent))

from flows.home import Home
from flows.store import Store, opened
from flows.trace import interval
from flows.trace.card import summed, tally
from flows.trace.fingerprint import PARTS
from flows.trace.interval import CARDS, VALUES
from flows.trace.night import Traced, TracedCards, begin, remember
from flows.trace.totals import BUCKETS, Totals

CARD_COUNT, CHANGED, FIRST = 200_000, 2_000, date(2026, 1, 1)
INDICATORS, ORGS, YEARS, SHARE = 200, 30, 5, 0.01
NUMERATORS = ("crude_death_rate_per_1000", "death_audit_percent", "id_number_filled_percent",
              "unknown_cause_percent", "first_visit_timely_percent")  # fmt: skip


def cards(chance: np.random.Generator) -> pl.DataFrame:
    """Cards as the trace keeps them: places, units and numerators of a county."""
    towns = [f"330329{number}" for number in range(101, 120)]
    orgs = [f"X330329{number:02}" for number in range(30)]
    inside = [",".join(NUMERATORS[:count]) for count in range(1, 6)]

    def any_of(values: list[str]) -> list[str]:
        return [values[place] for place in chance.integers(0, len(values), CARD_COUNT)]

    return pl.DataFrame(
        {
            "card_type": any_of(["death", "tumour", "cardio", "diabetes"]),
            "card_id": [f"D330329T2025{number:07}" for number in range(CARD_COUNT)],
            "version_time": pl.Series([datetime(2025, 6, 1)] * CARD_COUNT)
            + pl.Series(chance.integers(0, 10**7, CARD_COUNT)).cast(pl.Duration("ms")) * 1000,
            "standing": any_of(["official", "official", "received", "repeat"]),
            "year": pl.Series(chance.integers(2021, 2026, CARD_COUNT), dtype=pl.Int32),
            "area_code": ["330329"] * CARD_COUNT,
            "town_code": any_of(towns),
            "residence_area_code": ["330329"] * CARD_COUNT,
            "residence_town_code": any_of(towns),
            "report_area_code": ["330329"] * CARD_COUNT,
            "org_code": any_of(orgs),
            "managing_area_code": ["330329"] * CARD_COUNT,
            "managing_org_code": any_of(orgs),
            "numerators": any_of(inside),
        }
    ).cast({"version_time": pl.Datetime("us")})


def values(chance: np.random.Generator) -> pl.DataFrame:
    """Published numbers: indicators of the county and of each unit, over years."""
    rows = [
        ("330329", f"X330329{org:02}" if org else None, 2021 + year, None, f"indicator_{name}")
        for name in range(INDICATORS)
        for org in range(ORGS)
        for year in range(YEARS)
    ]
    frame = pl.DataFrame(rows, schema=list(VALUES.keys), orient="row")
    numerator = pl.Series(chance.integers(0, 900, frame.height)).cast(pl.Float64)
    return frame.with_columns(
        pl.col("year").cast(pl.Int32), pl.col("residency").cast(pl.String), unit=pl.lit("percent"),
        numerator=numerator, denominator=pl.lit(1000.0), value=numerator / 10,
    )  # fmt: skip


def nights(
    store: Store,
    table: interval.Table,
    count: int,
    now: tuple[pl.DataFrame, pl.DataFrame],
    chance: np.random.Generator,
) -> list[tuple[float, float, float]]:
    """Seconds to compare, to remember and to read the table once, of every night but the first."""
    card, value, spent = *now, []
    for number in range(count):
        night = FIRST + timedelta(days=number)
        if number:
            hit = pl.Series(chance.random(card.height) < CHANGED / CARD_COUNT)
            card = card.with_columns(
                version_time=pl.when(hit)
                .then(pl.lit(datetime(2026, 1, 1) + timedelta(days=number), pl.Datetime("us")))
                .otherwise("version_time")
            )
            moved = pl.Series(chance.random(value.height) < SHARE)
            value = value.with_columns(numerator=pl.col("numerator") + moved.cast(pl.Float64))
        moments = [time.perf_counter()]
        changed = interval.changes(store.connection, CARDS, card, night)
        numbers = interval.changes(store.connection, VALUES, value, night)
        tallied = summed([tally(changed, night, True)])
        moments.append(time.perf_counter())
        _keep(store, night, changed, numbers, tallied)
        moments.append(time.perf_counter())
        interval.held_on(store.connection, table, night)
        moments.append(time.perf_counter())
        compared, kept, floor = (after - before for before, after in pairwise(moments))
        spent.append((compared, kept, floor))
    return spent[1:]


def _keep(
    store: Store, night: date, cards: pl.DataFrame, values: pl.DataFrame, tallied: pl.DataFrame
) -> None:
    writing = begin(store)
    interval.forget(writing, CARDS, night)
    interval.add(writing, CARDS, night, cards)
    nothing = Totals(np.zeros(BUCKETS, np.uint64))  # what they are is not looked at here
    of_cards = TracedCards(writing, tallied, nothing)
    traced = Traced(of_cards, values, dict.fromkeys(PARTS, "same"))
    remember(night, traced, lambda connection: None)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--nights", type=int, default=30)
    count = parser.parse_args().nights
    chance = np.random.default_rng(1)
    card, value = cards(chance), values(chance)
    print(
        f"{card.height:,} cards, {CHANGED:,} changed a night; {value.height:,} values, 1 % changed"
    )
    for name, table, now in (
        ("cards", CARDS, (card, value.clear())),
        ("values", VALUES, (card.clear(), value)),
    ):
        with tempfile.TemporaryDirectory() as folder:
            home = Home(Path(folder) / "home")
            with opened(home) as store:
                nights(store, table, 2, now, chance)
                store.connection.execute("checkpoint state")
                first = home.state.stat().st_size
            again = Home(Path(folder) / "again")
            with opened(again) as store:
                spent = nights(store, table, count, now, chance)
                store.connection.execute("checkpoint state")
                size = again.state.stat().st_size
            compare, keep, floor = (median(one) for one in zip(*spent, strict=True))
            print(
                f"{name}: compare {compare:.3f} s, remember {keep:.3f} s a night"
                f" ({(compare + keep) / floor:.1f} times reading all once);"
                f" state {first / 1e6:.1f} MB after 2 nights, {size / 1e6:.1f} MB after {count}"
            )


if __name__ == "__main__":
    main()
