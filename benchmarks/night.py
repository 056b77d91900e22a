"""The night of a million synthetic cards beside a bare load of the same files.

`python benchmarks/night.py [--deaths 330000] [--rounds 3]` makes the sample once, then measures in
turn

* floor: DuckDB `read_csv(all_varchar)` of the four card files into a database file;
* night: every step of the night without the orchestrator, in a process of its own;
* one rule failing on every row: the same, once, with the sex of every death card emptied.

Each is a process of its own; seconds are wall time from its start to its end, memory is the peak
resident set. What counts are the ratios, of a night to the mean of the bare loads before and after
it: a single load takes a fifth more or less from one minute to the next. The goal for a million
cards is three times the bare load within 3 GiB.
"""

from __future__ import annotations

import argparse
import json
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

CARDS = ("death", "tumour", "cardio", "diabetes")

FLOOR = """
import duckdb, sys
connection = duckdb.connect(sys.argv[1])
connection.execute("set enable_progress_bar = false")
for card in {cards!r}:
    connection.execute(
        f"create table {{card}} as select * from read_csv("
        f"'{{sys.argv[2]}}/{{card}}.csv', all_varchar = true, header = true, quote = '\\"')"
    )
"""

ONE = Path(__file__).with_name("_night.py")


def measured(*arguments: str) -> tuple[float, float]:
    """Run Python as a process, and print what it does: wall seconds and peak memory in GiB."""
    runner = (
        "import json, resource, subprocess, sys, time; start = time.perf_counter();"
        "subprocess.run(sys.argv[1:], check=True);"
        "peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss;"
        "print(json.dumps([time.perf_counter() - start, peak]))"
    )
    command = [sys.executable, "-c", runner, sys.executable, *arguments]
    shown = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    print("\n".join(shown[:-1]))
    seconds, peak = json.loads(shown[-1])
    return seconds, peak / 1024**2


def empty_sex(source: Path, target: Path) -> None:
    """Copy a death file with the sex of every card emptied: one rule fails on every row."""
    import polars as pl

    frame = pl.read_csv(source, infer_schema=False)
    frame.with_columns(pl.lit(None, pl.String).alias("VC_XB")).write_csv(target)


def main() -> None:
    """Print the figures."""
    options = argparse.ArgumentParser()
    options.add_argument("--deaths", type=int, default=330_000)
    options.add_argument("--rounds", type=int, default=3)
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        from flows.sample import write_sample

        write_sample(
            place / "sample", year=2025, deaths=given.deaths, faults=0.0, seed=2, area="330329",
            preset=None,
        )  # fmt: skip
        inbox = place / "sample" / "inbox"
        cards = sum((inbox / f"{card}.csv").read_bytes().count(b"\n") - 1 for card in CARDS)
        size = sum((inbox / f"{card}.csv").stat().st_size for card in CARDS) / 1e6
        print(f"{cards:,} cards, {size:,.0f} MB of CSV")
        before = bare_load(place, inbox)
        ratios, peaks = [], []
        for number in range(given.rounds + 1):
            is_failing = number == given.rounds
            seconds, memory = night(place, inbox, is_failing=is_failing)
            after = bare_load(place, inbox)
            ratio = 2 * seconds / (before + after)
            before = after
            title = "one rule failing on every row" if is_failing else "night"
            print(f"{title}  {seconds:7.1f} s  {memory:5.2f} GiB  ratio {ratio:.2f}")
            if not is_failing:
                ratios.append(ratio)
                peaks.append(memory)
        for goal, is_reached in (
            ("3 times the bare load", statistics.median(ratios) <= 3),
            ("3 GiB", max(peaks) <= 3),
        ):
            print(f"at most {goal}: {'reached' if is_reached else 'not reached'}")
        print(f"median ratio {statistics.median(ratios):.2f} ({min(ratios):.2f}-{max(ratios):.2f})")


def bare_load(place: Path, inbox: Path) -> float:
    """Print and give the seconds of a bare load."""
    file = place / "floor.duckdb"
    file.unlink(missing_ok=True)
    seconds, memory = measured("-c", FLOOR.format(cards=CARDS), str(file), str(inbox))
    print(f"bare read_csv  {seconds:7.1f} s  {memory:5.2f} GiB")
    return seconds


def night(place: Path, inbox: Path, *, is_failing: bool) -> tuple[float, float]:
    """Seconds and peak of a night in a home of its own."""
    home = place / "home"
    shutil.copytree(inbox, home / "inbox")
    if is_failing:
        empty_sex(inbox / "death.csv", home / "inbox" / "death.csv")
    seconds, memory = measured(str(ONE), str(home), "2026-01-31")
    shutil.rmtree(home)
    return seconds, memory


if __name__ == "__main__":
    started = time.perf_counter()
    main()
    print(f"whole benchmark {time.perf_counter() - started:.0f} s, own peak "
          f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2:.2f} GiB")  # fmt: skip
