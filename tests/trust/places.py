"""Every place where people or programs can read what a night made: filled, then scanned."""

from __future__ import annotations

import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.trust.leak import cards_of, scan, secrets_of
from tests.trust.picture import end_session, environment, new_home, night_command, run_night

NIGHT, NEXT = "2026-01-31", "2026-02-01"
#: What people read, print or send on, and what they see on a terminal.
COMMANDS = (
    ("report", "--year", "2025"), ("brief", "--month", "2025-12"), ("evidence", "--year", "2025"),
    ("dashboard",), ("score", "--year", "2025"), ("findings", "--format", "json"),
    ("tasks", "--format", "json"), ("letters",), ("doctor",),
    ("query", "select * from quality.finding", "--format", "json"),
)  # fmt: skip
#: The step fails with the cards themselves in its error, as a library's error may quote them.
QUOTING = """
import flows.night
def fail(tonight):
    raise ValueError([frame.to_dicts() for frame in tonight.frames.values()])
flows.night.STEPS["publish"] = fail
"""
#: The process ends as by a fault in a library's native code, with all cards in its memory.
DYING = """
import flows.night, os
def fail(tonight):
    os.abort()
flows.night.STEPS["publish"] = fail
"""
#: As a shell that asks for dumps, as large as this process may; the program has to refuse them.
DUMPS = (
    "import resource; most = resource.getrlimit(resource.RLIMIT_CORE)[1]; "
    "resource.setrlimit(resource.RLIMIT_CORE, (most, most))\n"
)
WAYS = ("--no-prefect", "--prefect")
OPEN = ("surveillance.duckdb", "published", "previous", "outbox", "reports", "logs")


@dataclass(frozen=True)
class Leaks:
    """What was looked for, by kind, and where it was found."""

    secrets: dict[str, int]
    places: int
    hits: list[str]
    dumps: list[str]  # images of a process's memory


def leaks(folder: Path, inbox: Path, failing: tuple[str, ...] = WAYS) -> Leaks:
    """Nights that end well, fail and crash; then every place that is not raw, state or desk.

    Args:
        folder: for the home and what is beside it.
        inbox: files of the county.
        failing: ways to run the nights that fail and crash; the good one runs under Prefect.
    """
    home, said = new_home(folder / "leak", inbox), folder / "said"
    (home / "settings.toml").write_text("publish_by_county = true\n", "utf-8")
    said.mkdir()
    prefect = folder / "prefect"
    run_night(home, NIGHT, "--prefect", PREFECT_HOME=str(prefect))
    for words in COMMANDS:
        ended, text = _run([*words, "--home", str(home)], "", said, prefect)
        assert ended in (0, 2), (words, ended, text[-2000:])
    for name, before, expected in (("quoting", QUOTING, 3), ("dying", DYING, -signal.SIGABRT)):
        for way in failing:
            words = ["night", "--home", str(home), "--as-of", NEXT, way]
            ended, _ = _run(words, before, said, prefect)
            assert ended == expected, (name, way, ended)
    cards = cards_of(home, NIGHT)
    found = scan([*(home / name for name in OPEN), prefect, said], secrets_of(cards))
    kinds = {kind: len(secrets_of([c for c in cards if kind in c])) for kind in KINDS}
    dumps = sorted(file.name for file in said.rglob("core*"))
    return Leaks(kinds, found.places, found.hits, dumps)


KINDS = ("name", "id_number", "phone", "address")


def _run(words: list[str], before: str, said: Path, prefect: Path) -> tuple[int, str]:
    """Run one command in a folder where a dump would fall, and keep what it says there.

    In a session of its own, ended with it: a crashed flow leaves Prefect's server behind.
    """
    code = night_command(Path(), "")[2]
    file = said / f"{len(list(said.iterdir())):02d}-{words[0]}.txt"
    with file.open("wb") as stream:
        process = subprocess.Popen(
            [sys.executable, "-c", DUMPS + before + code, *words],
            env=environment(PREFECT_HOME=str(prefect)),
            cwd=said,
            stdout=stream,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        ended = process.wait(600)
    end_session(process.pid)
    return ended, file.read_text("utf-8", "replace")
