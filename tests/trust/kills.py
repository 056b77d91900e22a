"""Kill the night at random instants; after a restart nothing may show that it happened."""

from __future__ import annotations

import random
import shutil
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.trust.picture import (
    environment,
    new_home,
    night_command,
    picture,
    published_tables,
    run_night,
)

FIRST, SECOND = "2026-01-31", "2026-02-01"


@dataclass
class Survived:
    """How many kills hit a running night, and how far it had come by the files it left."""

    kills: int = 0
    late: int = 0  # the night was over before the blow
    rounds: int = 0


def survive(
    folder: Path,
    inbox: Path,
    later: Path,
    kills: int,
    *,
    seed: int = 0,
    in_a_row: int = 5,
    orchestrated: bool = False,
    say: Callable[[str], None] = lambda line: None,
) -> Survived:
    """Kill the second night of a home `kills` times and compare with a home left in peace.

    Args:
        folder: for the homes.
        inbox: files of the first night.
        later: files that come before the second.
        kills: blows that must land on a running process.
        seed: of the instants.
        in_a_row: blows before a night may end.
        orchestrated: under Prefect.
        say: told one line a round.

    Raises:
        AssertionError: a published file that is not whole, or a home that ended up different.
    """
    more = ("--prefect",) if orchestrated else ("--no-prefect",)
    base = new_home(folder / "base", inbox)
    run_night(base, FIRST, "--no-prefect")
    before = published_tables(base / "surveillance.duckdb")
    shutil.copytree(later, base / "inbox", dirs_exist_ok=True)
    peaceful = folder / "peaceful"
    shutil.copytree(base, peaceful)
    began = time.monotonic()
    run_night(peaceful, SECOND, *more)
    lasts = time.monotonic() - began
    expected = picture(peaceful)
    after = published_tables(peaceful / "surveillance.duckdb")
    draw, done = random.Random(seed), Survived()
    while done.kills < kills:
        home = folder / f"round-{done.rounds}"
        shutil.copytree(base, home)
        for _ in range(min(in_a_row, kills - done.kills)):
            if _strike(home, draw.uniform(0, lasts), more):
                done.kills += 1
            else:
                done.late += 1
            seen = published_tables(home / "surveillance.duckdb")
            unlike = [name for name in after if seen.get(name) not in (after[name],)]
            assert seen in (before, after), f"a reader saw something between two nights: {unlike}"
        run_night(home, SECOND, *more)
        found = picture(home)
        different = sorted(
            name for name in expected.keys() | found.keys() if expected.get(name) != found.get(name)
        )
        assert not different, f"seed {seed}, round {done.rounds}: {different}"
        shutil.rmtree(home)
        done.rounds += 1
        say(f"{done.kills} kills survived, {done.late} too late")
    return done


def _strike(home: Path, after: float, more: tuple[str, ...]) -> bool:
    """Start a night and kill it; False where it had ended."""
    process = subprocess.Popen(
        night_command(home, SECOND, *more),
        env=environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        process.wait(after)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return True
    return False
