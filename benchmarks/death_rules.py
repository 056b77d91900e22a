"""Speed of all rules on death cards: records per second, one run, with denominators and without.

    python benchmarks/death_rules.py [--cards 1000000] [--sample DIR]

The cards are those of a synthetic county (`zhikong sample DIR --faults 0.2`), repeated; codes,
ages and chains are as mixed as a county's.  Codes and intervals are looked up once per distinct
value, which repeating does not make any cheaper for the rules themselves.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import tempfile
import time
from datetime import date
from pathlib import Path
from typing import Any

import pandera.errors
import polars as pl

from flows.check import _kinds, _texts
from flows.home import REFERENCE
from flows.layout import layouts
from validators.catalogue import rules
from validators.finding import find, schema_for
from validators.result import rule_results
from validators.verdict import verdicts

GOAL = 150_000
#: Records a second of the R package codeditr (WHO's CoDEdit rules), measured on a certificate file.
CODEDITR = 200
#: Cards of the comparison with one check after the other.
COMPARED = 200_000


def county(folder: Path) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Typed death cards of a sample and the text that could not be read."""
    from flows.sample.command import sample

    if not (folder / "inbox").exists():
        sample(folder, faults=0.2)
    table = layouts(REFERENCE)
    texts = dict(_texts(folder / "inbox" / "death_cards.csv", table, []))
    kind = _kinds(texts)["death"]
    return kind.frame, kind.malformed


def one_by_one(frame: pl.DataFrame) -> float:
    """Seconds pandera needs when every check works its verdict out for itself."""
    start = time.perf_counter()
    with contextlib.suppress(pandera.errors.SchemaErrors):
        schema_for("death", "33").validate(frame, lazy=True)
    return time.perf_counter() - start


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cards", type=int, default=1_000_000)
    parser.add_argument("--sample", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        frame, malformed = county(options.sample or Path(made) / "sample")
    times = -(-options.cards // frame.height)
    big = pl.concat([frame] * times).head(options.cards)
    unread = pl.concat(
        [
            malformed.with_columns((pl.col("row_index") + i * frame.height).cast(pl.UInt32))
            for i in range(times)
        ]
    ).filter(pl.col("row_index") < big.height)
    judged: dict[str, Any] = {"as_of": date(2026, 1, 20), "province": "33"}
    find(frame, "death", malformed=malformed, **judged)  # tables and schemas are built once
    start, used = time.perf_counter(), time.process_time()
    report = find(big, "death", malformed=unread, **judged)
    middle, used = time.perf_counter(), time.process_time() - used
    results = rule_results(report)
    end = time.perf_counter()
    speed = big.height / (middle - start)
    print(f"cards {big.height:,}, rules {len(rules('death'))}, processors {os.cpu_count()}")
    print(f"findings {report.findings.height:,}, counted {report.statistics.height:,}")
    print(f"rules: {middle - start:.2f} s, {speed:,.0f} records/s (goal {GOAL:,})")
    print(f"processor time {used:.2f} s; load of the machine {os.getloadavg()[0]:.1f}")
    print(f"codeditr: {CODEDITR:,} records/s; {speed / CODEDITR:,.0f} times as many")
    whole = big.height / (end - start)
    print(f"with denominators ({results.height:,} rows): {whole:,.0f} records/s")
    few = report.prepared.head(COMPARED)
    schema = schema_for("death", "33")
    start = time.perf_counter()
    verdicts(few, schema)
    together = time.perf_counter() - start
    alone = one_by_one(few)
    print(
        f"verdicts of {few.height:,} cards: {together:.2f} s in one select, {alone:.2f} s check by "
        f"check ({alone / together:.1f} times as long)"
    )


if __name__ == "__main__":
    main()
