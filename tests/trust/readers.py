"""Many readers while nights publish: no error, no torn read, no old file kept for ever."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from tests.trust.picture import environment, new_home, run_night

READER = """
import json, sys, time
from pathlib import Path
import duckdb
file, stop = Path(sys.argv[1]), Path(sys.argv[2])
reads, torn, nights, errors = 0, 0, set(), []
while not stop.exists():
    try:
        with duckdb.connect(str(file), read_only=True) as connection:
            (as_of,) = connection.execute("select as_of from reference.home").fetchone()
            # Findings are of the same night as the file's own day, in one and in a second look.
            for _ in range(2):
                (last,) = connection.execute(
                    "select max(last_found_on) from quality.finding where resolved_on is null"
                ).fetchone()
                torn += last != as_of
            reads += 1
            nights.add(str(as_of))
    except duckdb.Error as error:
        errors.append(type(error).__name__)
    time.sleep(0.2)
print(json.dumps({"reads": reads, "torn": torn, "nights": sorted(nights), "errors": errors}))
"""


@dataclass(frozen=True)
class Read:
    """What the readers saw together."""

    readers: int
    nights: int
    reads: int
    torn: int
    errors: list[str]
    nights_seen: int
    previous_files: int


def read_while_writing(folder: Path, inbox: Path, readers: int, nights: int) -> Read:
    """Run nights one after the other while processes read the published file.

    Args:
        folder: for the home.
        inbox: files of every night.
        readers: processes.
        nights: how many.
    """
    home = new_home(folder / "home", inbox)
    run_night(home, "2026-02-01")
    stop = folder / "stop"
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", READER, str(home / "surveillance.duckdb"), str(stop)],
            env=environment(),
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(readers)
    ]
    for night in range(nights):
        run_night(home, f"2026-02-{night + 2:02d}")
    time.sleep(1)
    stop.touch()
    said = [json.loads(process.communicate(timeout=120)[0]) for process in processes]
    return Read(
        readers,
        nights,
        sum(one["reads"] for one in said),
        sum(one["torn"] for one in said),
        [error for one in said for error in one["errors"]],
        len({night for one in said for night in one["nights"]}),
        len(list((home / "previous").glob("*.duckdb"))),
    )
