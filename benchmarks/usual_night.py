"""The usual night of a county beside a full rebuild, in one run.

`python benchmarks/usual_night.py [--deaths 24000] [--new 2000]` makes a county of 200,000 cards,
runs a first night, then in processes of their own, `--rounds` times in turn:

* small: a night without a new file in a county of 9,000 cards: what a night costs whatever the
  cards;
* nothing: a night without a new file;
* new: a night with `--new` further cards of all four kinds (1 %);
* full: the same with everything made again from raw;
* process: the command `zhikong night` with new cards, from its start to its end, while a Prefect
  server runs beside it.

Seconds are wall time of the steps after imports and processor seconds of the process; of the
command all of its time. The goal is a usual night of at most 3 s, and at most 5 % of a full one
plus 2 s; of the command 10 s.
"""

from __future__ import annotations

import argparse
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path

CARDS = ("death", "tumour", "cardio", "diabetes")
FEW_DEATHS = 1_000
ONE = Path(__file__).with_name("_night.py")


def county(place: Path, deaths: int) -> Path:
    """Make a county of so many deaths a year; its inbox."""
    from flows.sample import write_sample

    sample = place / "sample"
    write_sample(sample, year=2025, deaths=deaths, faults=0.02, seed=4, area="330329", preset=None)
    return sample / "inbox"


def night(home: Path, day: date, kind: str) -> tuple[float, float]:
    """One night as a process: wall and processor seconds after imports."""
    command = [sys.executable, str(ONE), str(home), day.isoformat(), kind]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    wall, _, _, cpu, _ = done.stdout.split()[-5:]
    return float(wall), float(cpu)


@contextmanager
def prefect_server(folder: Path) -> Iterator[str]:
    """A Prefect server of our own on a free port; its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"http://127.0.0.1:{port}/api"
    settings = {**os.environ, "PREFECT_HOME": str(folder), "PREFECT_SERVER_ANALYTICS_ENABLED": "0"}
    command = [sys.executable, "-m", "prefect", "server", "start", "--port", str(port)]
    with (folder / "server.log").open("wb") as log:
        server = subprocess.Popen(command, env=settings, stdout=log, stderr=log)
    try:
        for _ in range(120):
            try:
                urllib.request.urlopen(f"{address}/health", timeout=1).close()
                break
            except urllib.error.URLError:
                time.sleep(0.5)
        else:
            raise TimeoutError("the Prefect server does not answer")
        yield address
    finally:
        server.terminate()
        server.wait()


def command(home: Path, day: date, server: str, folder: Path) -> float:
    """The command of a night beside a Prefect server: its seconds from start to end."""
    code = "from flows.cli import main; main()"
    told = [sys.executable, "-c", code, "night", "--home", str(home), "--as-of", day.isoformat()]
    settings = {**os.environ, "PREFECT_API_URL": server, "PREFECT_HOME": str(folder)}
    settings.pop("PYTHONDONTWRITEBYTECODE", None)  # what is installed has been compiled
    start = time.perf_counter()
    subprocess.run(told, check=True, capture_output=True, env=settings)
    return time.perf_counter() - start


def split(inbox: Path, aside: Path, each: int, rounds: int) -> int:
    """Take the last rows of every card file away, in portions for later nights."""
    left = 0
    for card in CARDS:
        file = inbox / f"{card}.csv"
        lines = file.read_bytes().splitlines(keepends=True)
        header, rows = lines[0], lines[1:]
        for number in range(rounds):
            portion = rows[len(rows) - each * (number + 1) : len(rows) - each * number]
            target = aside / str(number) / f"{card}-{number}.csv"
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(b"".join([header, *portion]))
        kept = rows[: len(rows) - each * rounds]
        file.write_bytes(b"".join([header, *kept]))
        left += len(kept)
    return left


def main() -> None:
    """Print the figures."""
    options = argparse.ArgumentParser()
    options.add_argument("--deaths", type=int, default=24_000)
    options.add_argument("--new", type=int, default=2_000)
    options.add_argument("--rounds", type=int, default=3)
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        inbox = county(place, given.deaths)
        stored = split(inbox, place / "later", given.new // len(CARDS), 2 * given.rounds)
        home = place / "home"
        shutil.copytree(inbox, home / "inbox")
        day = date(2026, 1, 31)
        wall, cpu = night(home, day, "first")
        print(f"{stored:,} cards stored, {given.new:,} new ones a night")
        print(f"first night            {wall:6.1f} s   cpu {cpu:6.1f} s")
        small = place / "small"
        shutil.copytree(county(place / "few", FEW_DEATHS), small / "inbox")
        night(small, day, "first")
        kinds = ("small", "nothing", "new", "full")
        seen: dict[str, list[tuple[float, float]]] = {kind: [] for kind in kinds}
        for number in range(given.rounds):
            for kind in kinds:
                day += timedelta(days=1)
                if kind == "new":
                    shutil.copytree(
                        place / "later" / str(number), home / "inbox", dirs_exist_ok=True
                    )
                seen[kind].append(night(small if kind == "small" else home, day, kind))
        lasted = []
        (place / "prefect").mkdir()
        with prefect_server(place / "prefect") as server:
            for number in range(given.rounds, 2 * given.rounds):
                day += timedelta(days=1)
                shutil.copytree(place / "later" / str(number), home / "inbox", dirs_exist_ok=True)
                lasted.append(command(home, day, server, place / "prefect"))
        for kind, times in seen.items():
            walls, cpus = zip(*times, strict=True)
            print(
                f"{kind:8s} median {statistics.median(walls):6.1f} s "
                f"({min(walls):.1f}-{max(walls):.1f})   cpu {statistics.median(cpus):6.1f} s"
            )
        process = statistics.median(lasted)
        print(f"process  median {process:6.1f} s ({min(lasted):.1f}-{max(lasted):.1f})")
        new, full = (statistics.median(wall for wall, _ in seen[kind]) for kind in ("new", "full"))
        ratios = sorted(a / b for (a, _), (b, _) in zip(seen["new"], seen["full"], strict=True))
        print(f"new / full, pair by pair: {', '.join(f'{ratio:.2f}' for ratio in ratios)}")
        print(f"usual night at most 3 s: {'reached' if new <= 3 else 'not reached'}")
        goal = 0.05 * full + 2
        print(f"at most 5 % of a full one + 2 s = {goal:.1f} s: "
              f"{'reached' if new <= goal else 'not reached'}")  # fmt: skip
        print(f"the command at most 10 s: {'reached' if process <= 10 else 'not reached'}")


if __name__ == "__main__":
    main()
