"""A first night of ten million cards of eight counties beside one county's: time and memory.

`python benchmarks/province.py [--deaths 412000] [--counties 8]` makes the counties once, then runs
a night of the first alone and one of all together, each as a process of its own without the
orchestrator. The goals: all finish within 24 GiB, and a card takes at most 1.3 times as long among
ten million as among a million. Needs some 15 GB of disk and half an hour.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from benchmarks.night import CARDS, ONE, measured

#: Counties of one prefecture; their people, institutions and files are their own.
COUNTIES = "330329 330302 330304 330324 330326 330327 330328 330381".split()
MOST_GIB, MOST_RATIO = 24, 1.3


def county(place: Path, area: str, deaths: int, seed: int) -> None:
    """One county's files, each named by the county."""
    from flows.sample import write_sample

    made = place / "made" / area
    write_sample(made, year=2025, deaths=deaths, faults=0.0, seed=seed, area=area, preset=None)
    target = place / "files" / area
    target.mkdir(parents=True)
    for file in (made / "inbox").iterdir():
        file.rename(target / f"{file.stem}-{area}{file.suffix}")


def night(place: Path, areas: list[str]) -> tuple[int, float, float]:
    """A first night of some counties: cards, seconds, peak GiB."""
    inbox = place / f"home-{len(areas)}" / "inbox"
    inbox.mkdir(parents=True)
    cards = 0
    for area in areas:
        for file in (place / "files" / area).iterdir():
            os.link(file, inbox / file.name)
            if file.name.startswith(CARDS) and file.suffix == ".csv":
                cards += file.read_bytes().count(b"\n") - 1
    print(f"{len(areas)} counties, {cards:,} cards")
    seconds, memory = measured(str(ONE), str(inbox.parent), "2026-01-31")
    print(
        f"night {seconds:,.1f} s, {seconds / cards * 1e6:.1f} s a million cards, {memory:.2f} GiB"
    )
    return cards, seconds, memory


def main() -> None:
    """Print the figures."""
    options = argparse.ArgumentParser()
    options.add_argument("--deaths", type=int, default=412_000)
    options.add_argument("--counties", type=int, default=len(COUNTIES))
    given = options.parse_args()
    areas = COUNTIES[: given.counties]
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        work = [(place, area, given.deaths, seed) for seed, area in enumerate(areas, 11)]
        with multiprocessing.Pool(2, maxtasksperchild=1) as makers:  # making one takes 3 GiB
            makers.starmap(county, work, chunksize=1)
        few, few_seconds, _ = night(place, areas[:1])
        many, many_seconds, memory = night(place, areas)
        ratio = (many_seconds / many) / (few_seconds / few)
        fits = "reached" if memory <= MOST_GIB else "not reached"
        steady = "reached" if ratio <= MOST_RATIO else "not reached"
        print(f"within {MOST_GIB} GiB: {fits}")
        print(f"time a card {ratio:.2f} times that of one county, at most {MOST_RATIO}: {steady}")


if __name__ == "__main__":
    main()
