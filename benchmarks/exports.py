"""A county that drops complete exports every night: does a night hang on how many have come?

`python benchmarks/exports.py [--deaths 24000] [--exports 40]` makes a county of 200,000 cards and
two homes, one with a single export of it and one with `--exports` of them, each 400 cards longer
than the one before. Both then get the next one: a night each, `--rounds` times in turn, each a
process. Seconds are wall time of the steps after imports and processor seconds; what counts is
the ratio, which is 1 where a night goes by the cards and not by the exports that have shown them.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import sys
import tempfile
from datetime import date, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from benchmarks.usual_night import CARDS, county, night

LAST = date(2026, 1, 30)
NEW = 100
SCOPE = 'card_type = "{card}"\ncomplete = true\nexported_at = {day}T01:00:00\n'


def export(inbox: Path, rows: dict[str, list[bytes]], ahead: int, left_out: int) -> None:
    """Write the complete exports of a day: all cards but the last `left_out` of each kind."""
    day = LAST + timedelta(days=ahead)
    for card, (header, *lines) in rows.items():
        file = inbox / f"{card}-{day}.csv"
        file.write_bytes(b"".join([header, *lines[: len(lines) - left_out]]))
        file.with_name(f"{file.name}.scope.toml").write_text(SCOPE.format(card=card, day=day))


def main() -> None:
    """Print the figures."""
    options = argparse.ArgumentParser()
    options.add_argument("--deaths", type=int, default=24_000)
    options.add_argument("--exports", type=int, default=40)
    options.add_argument("--rounds", type=int, default=3)
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        inbox = county(place, given.deaths)
        rows = {}
        for card in CARDS:
            file = inbox / f"{card}.csv"
            rows[card] = file.read_bytes().splitlines(keepends=True)
            file.unlink()
        homes = {1: place / "one", given.exports: place / "many"}
        seen: dict[int, list[tuple[float, float]]] = {count: [] for count in homes}
        for count, home in homes.items():
            shutil.copytree(inbox, home / "inbox")
            for back in range(count):
                export(home / "inbox", rows, -back, NEW * (given.rounds + back))
            wall, cpu = night(home, LAST, "first")
            shown = sum(
                max(0, len(lines) - 1 - NEW * (given.rounds + back))
                for lines in rows.values()
                for back in range(count)
            )
            print(f"first night, exports of each kind {count:3}, rows {shown:,}: "
                  f"{wall:6.1f} s   cpu {cpu:6.1f} s")  # fmt: skip
        for number in range(1, given.rounds + 1):
            for count, home in homes.items():
                export(home / "inbox", rows, number, NEW * (given.rounds - number))
                seen[count].append(night(home, LAST + timedelta(days=number), "new"))
        for count, times in seen.items():
            walls, cpus = zip(*times, strict=True)
            print(
                f"next export after {count:3}: median {statistics.median(walls):6.1f} s "
                f"({min(walls):.1f}-{max(walls):.1f})   cpu {statistics.median(cpus):6.1f} s"
            )
        one, many = seen.values()
        ratios = sorted(b / a for (a, _), (b, _) in zip(one, many, strict=True))
        print(f"many / one, pair by pair: {', '.join(f'{ratio:.2f}' for ratio in ratios)}")


if __name__ == "__main__":
    main()
