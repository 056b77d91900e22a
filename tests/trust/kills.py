"""Kill the night at random instants; after a restart nothing may show that it happened.

Blows are spread over what a night does, not over its seconds: most of those go by while libraries
are imported, where nothing can be lost. The night is watched through its own run log, and through
the files it writes where one step does several things.
"""

from __future__ import annotations

import random
import shutil
import subprocess
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tests.trust.picture import (
    end_session,
    environment,
    new_home,
    night_command,
    picture,
    published_tables,
    run_night,
)

FIRST, SECOND = "2026-01-31", "2026-02-01"
START_UP = "start-up"
#: What a night does, in order, with the share of blows it gets.
PHASES = {
    "receive": 4, "assemble": 3, "validate": 3, "models": 4, "letters": 4, "swap": 2, "close": 2,
    "present": 3,
}  # fmt: skip
#: A phase that is one step begins when the step before it has said that it is done.
AFTER = {"receive": "开始：", "assemble": "步骤 receive 完成", "validate": "步骤 assemble 完成",
         "models": "步骤 validate 完成", "close": "步骤 publish 完成",
         "present": "步骤 close 完成"}  # fmt: skip
POLL = 0.003  # seconds
LONGEST = 300.0  # seconds a night may take before the harness gives up


@dataclass
class Survived:
    """How many kills hit a running night, and in what."""

    kills: int = 0
    late: int = 0  # the night was over before the blow
    rounds: int = 0
    landed: Counter[str] = field(default_factory=Counter)


def survive(
    folder: Path,
    inbox: Path,
    later: Path,
    kills: int,
    *,
    seed: int = 0,
    in_a_row: int = 8,
    orchestrated: bool = False,
    say: Callable[[str], None] = lambda line: None,
) -> Survived:
    """Kill the second night of a home `kills` times and compare with a home left in peace.

    Args:
        folder: for the homes.
        inbox: files of the first night.
        later: files that come before the second.
        kills: blows that must land on a night at work; those during start-up are not counted.
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
    lasts = _lengths(Night(peaceful, more))
    expected = picture(peaceful)
    after = published_tables(peaceful / "surveillance.duckdb")
    draw, done, aimed = random.Random(seed), Survived(), Counter[str]()
    while done.kills < kills:
        home = folder / f"round-{done.rounds}"
        shutil.copytree(base, home)
        for _ in range(min(in_a_row, kills - done.kills)):
            # What was hit least for its share is aimed at next; a phase that is gone before the
            # blow falls does not hold up the others.
            phase = min(PHASES, key=lambda name: (done.landed[name] + aimed[name]) / PHASES[name])
            aimed[phase] += 1
            hit = _strike(Night(home, more), phase, draw.uniform(0, lasts[phase]))
            if hit is None:
                done.late += 1
            else:
                done.landed[hit] += 1
                done.kills += hit != START_UP
            _require_whole(home / "surveillance.duckdb", before, after)
        run_night(home, SECOND, *more)
        found = picture(home)
        different = sorted(
            name for name in expected.keys() | found.keys() if expected.get(name) != found.get(name)
        )
        assert not different, f"seed {seed}, round {done.rounds}: {different}"
        shutil.rmtree(home)
        done.rounds += 1
        say(f"{done.kills} kills survived, {done.late} too late; {told(done.landed)}")
    return done


def _require_whole(file: Path, *nights: dict[str, str]) -> None:
    """What a reader would see is one of the nights, whole."""
    seen = published_tables(file)
    unlike = [name for name in nights[-1] if seen.get(name) != nights[-1][name]]
    assert seen in nights, f"a reader saw something between two nights: {unlike}"


def told(landed: Counter[str]) -> str:
    """Blows by phase, in the order of a night."""
    return ", ".join(f"{name} {landed[name]}" for name in (START_UP, *PHASES) if landed[name])


class Night:
    """A running night, seen from outside."""

    def __init__(self, home: Path, more: tuple[str, ...]) -> None:
        """Start it, in a session of its own: Prefect brings a server along."""
        self.home = home
        self.began = time.time()
        self.file = self._inode()
        self.process = subprocess.Popen(
            night_command(home, SECOND, *more),
            env=environment(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def has_begun(self, phase: str) -> bool:
        """The phase has begun, or is over."""
        if phase == "letters":
            return any(
                file.stat().st_mtime >= self.began for file in self.home.glob("outbox/*-draft/*")
            )
        if phase == "swap":
            return self._inode() != self.file
        return AFTER[phase] in self._said()

    def doing(self) -> str:
        """The last phase that has begun."""
        begun = [phase for phase in PHASES if self.has_begun(phase)]
        return begun[-1] if begun else START_UP

    def kill(self) -> None:
        """SIGKILL to the night, then to what it had started."""
        self.process.kill()
        self.process.wait()
        end_session(self.process.pid)

    def _said(self) -> str:
        mark = f" {self.process.pid} "
        lines = [
            line
            for log in self.home.glob("logs/night-*.log")
            for line in log.read_text("utf-8").splitlines()
        ]
        return "\n".join(line for line in lines if mark in line[:40])

    def _inode(self) -> int:
        return (self.home / "surveillance.duckdb").stat().st_ino


def _lengths(night: Night) -> dict[str, float]:
    """Seconds from the beginning of each phase to that of the next, of a night left in peace."""
    begun: dict[str, float] = {}
    while night.process.poll() is None:
        waiting = [phase for phase in PHASES if phase not in begun]
        # In order: a phase that has not begun keeps the later ones from being asked about.
        if waiting and night.has_begun(waiting[0]):
            begun[waiting[0]] = time.monotonic()
        time.sleep(POLL)
    end_session(night.process.pid)
    assert night.process.returncode == 0 and len(begun) == len(PHASES), sorted(begun)
    ends = [*list(begun.values())[1:], time.monotonic()]
    return {phase: end - begun[phase] for phase, end in zip(PHASES, ends, strict=True)}


def _strike(night: Night, phase: str, after: float) -> str | None:
    """Kill a night some time into a phase.

    Returns:
        What it was doing, or None where it had ended.
    """
    give_up = time.monotonic() + LONGEST
    while night.process.poll() is None and not night.has_begun(phase):
        assert time.monotonic() < give_up, f"the night never came to {phase}"
        time.sleep(POLL)
    try:
        night.process.wait(after)
    except subprocess.TimeoutExpired:
        night.kill()
        return night.doing()
    end_session(night.process.pid)
    return None
