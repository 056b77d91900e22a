"""`make trust`: the whole of it, with the counts; fails when one falls short."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path

from flows.sample import write_sample
from tests.trust.fuzz import corpus, fuzz
from tests.trust.kills import survive
from tests.trust.leak import cards_of, scan, secrets_of
from tests.trust.picture import KEY, new_home, run_night
from tests.trust.readers import read_while_writing

KILLS, ORCHESTRATED_KILLS, FILES, READERS, NIGHTS = 200, 3, 20_000, 50, 20


def say(line: str) -> None:
    """One line at once, for whoever watches."""
    sys.stdout.write(f"  {line}\n")
    sys.stdout.flush()


def samples(folder: Path) -> tuple[Path, Path]:
    """Two deliveries of one synthetic county: the second holds corrected and new cards."""
    for name, seed in (("first", 1), ("second", 2)):
        write_sample(
            folder / name, year=2025, deaths=60, faults=0.05, seed=seed, area="330329", preset=None
        )
    later = folder / "later"
    later.mkdir()
    for file in sorted((folder / "second" / "inbox").glob("*cards*")):
        if not file.name.endswith(".toml"):
            (later / f"later_{file.name}").write_bytes(file.read_bytes())
            os.utime(later / f"later_{file.name}", (1_769_904_000, 1_769_904_000))
    return folder / "first" / "inbox", later


def leaks(folder: Path, inbox: Path) -> tuple[int, int, list[str]]:
    """A night under Prefect, then every place people or programs can read."""
    home = new_home(folder / "leak", inbox)
    (home / "settings.toml").write_text("publish_by_county = true\n", "utf-8")
    os.environ["PREFECT_HOME"] = str(folder / "prefect")
    run_night(home, "2026-01-31", "--prefect")
    open_to_people = ("surveillance.duckdb", "published", "outbox", "reports", "logs")
    places = [*(home / name for name in open_to_people), folder / "prefect"]
    done = scan(places, secrets_of(cards_of(home, "2026-01-31")))
    return done.secrets, done.places, done.hits


def main() -> int:
    """Run everything and print one line a promise."""
    os.environ["ZHIKONG_KEY"] = KEY
    short: list[str] = []

    def report(name: str, counted: str, good: bool) -> None:
        sys.stdout.write(f"{'ok  ' if good else 'FAIL'} {name}: {counted}\n")
        sys.stdout.flush()
        if not good:
            short.append(name)

    with tempfile.TemporaryDirectory() as name:
        folder, began = Path(name), time.monotonic()
        inbox, later = samples(folder)
        done = survive(folder / "kills", inbox, later, KILLS, seed=1, say=say)
        report("kills survived", f"{done.kills} in {done.rounds} nights", done.kills >= KILLS)
        done = survive(
            folder / "flow", inbox, later, ORCHESTRATED_KILLS, orchestrated=True, say=say
        )
        report("kills under Prefect", str(done.kills), done.kills >= ORCHESTRATED_KILLS)
        read = read_while_writing(folder / "readers", inbox, READERS, NIGHTS)
        report(
            "readers while writing",
            f"{read.readers} readers, {read.nights} nights, {read.reads} reads, "
            f"{len(read.errors)} errors, {read.torn} torn",
            not read.errors and not read.torn and read.nights_seen > NIGHTS // 2,
        )
        secrets, places, hits = leaks(folder / "leaks", inbox)
        report("leak scan", f"{secrets} secrets in {places} places, {len(hits)} hits {hits[:5]}",
               not hits and secrets > 0)  # fmt: skip
        seeds = corpus(folder / "seeds", inbox)
        fuzzed = fuzz(folder / "fuzz", seeds, FILES, seed=1, say=say)
        report(
            "files fuzzed",
            f"{fuzzed.files} files, {fuzzed.loaded} rows kept, {sum(fuzzed.refused.values())} "
            f"refused, slowest {fuzzed.slowest:.1f} s, faults {fuzzed.faults[:5]}",
            fuzzed.files >= FILES and not fuzzed.faults,
        )
        sys.stdout.write(f"{time.monotonic() - began:.0f} s\n")
    return 1 if short else 0


if __name__ == "__main__":
    sys.exit(main())
