"""Many readers while nights publish: no error, no torn read, no old file kept for ever."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.trust.picture import environment, new_home, run_night

#: Opens the file, looks, stays for a while, often over a swap, and looks again. The pauses leave
#: the nights a part of the processors: fifty readers without them need three of their own.
READER = """
import json, random, sys, time
from pathlib import Path
import duckdb
file, stop, draw = Path(sys.argv[1]), Path(sys.argv[2]), random.Random(int(sys.argv[3]))
reads, torn, over, nights, errors = 0, 0, 0, set(), []
while not stop.exists():
    try:
        before = file.stat().st_ino
        with duckdb.connect(str(file), read_only=True) as connection:
            connection.execute("set enable_progress_bar = false")  # it writes where we answer
            seen = []
            for wait in (draw.uniform(0, 8), 0):
                (as_of,) = connection.execute("select as_of from reference.home").fetchone()
                # Findings are of the same night as the file's own day, in both looks.
                (last,) = connection.execute(
                    "select max(last_found_on) from quality.finding where resolved_on is null"
                ).fetchone()
                seen += [as_of, last]
                time.sleep(wait)
            over += file.stat().st_ino != before
            torn += len(set(seen)) != 1
            reads += 1
            nights.add(str(as_of))
    except duckdb.Error as error:
        errors.append(type(error).__name__)
    time.sleep(draw.uniform(0, 8))
print(json.dumps({"reads": reads, "torn": torn, "over": over, "nights": sorted(nights),
                  "errors": errors}))
"""


@dataclass(frozen=True)
class Read:
    """What the readers saw together."""

    readers: int
    nights: int
    reads: int
    torn: int
    over_a_swap: int  # reads that began before a file was replaced and ended after
    errors: list[str]
    nights_seen: int
    previous_files: int
    left_over: list[str]  # drafts and logs nobody needs any more


def read_while_writing(
    folder: Path,
    inbox: Path,
    readers: int,
    nights: int,
    say: Callable[[str], None] = lambda line: None,
) -> Read:
    """Run nights one after the other while processes read the published file.

    Args:
        folder: for the home.
        inbox: files of every night.
        readers: processes.
        nights: how many.
        say: told one line a night.
    """
    home = new_home(folder / "home", inbox)
    run_night(home, "2026-02-01")
    stop = folder / "stop"
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", READER, str(home / "surveillance.duckdb"), str(stop), str(n)],
            env=environment(),
            stdout=subprocess.PIPE,
            text=True,
        )
        for n in range(readers)
    ]
    try:
        for night in range(nights):
            run_night(home, f"2026-02-{night + 2:02d}")
            say(f"night {night + 1} of {nights} published under {readers} readers")
        time.sleep(10)  # everybody comes round once more
    finally:
        stop.touch()
    said = [json.loads(process.communicate(timeout=120)[0]) for process in processes]
    return Read(
        readers,
        nights,
        sum(one["reads"] for one in said),
        sum(one["torn"] for one in said),
        sum(one["over"] for one in said),
        [error for one in said for error in one["errors"]],
        len({night for one in said for night in one["nights"]}),
        len(list((home / "previous").glob("*.duckdb"))),
        sorted(file.name for mark in ("*.draft*", "*.wal") for file in home.rglob(mark)),
    )
