"""`make trust`: the whole of it, with the counts; fails when one falls short.

Two promises at a time where there are two processors; or those named, one after the other:
`python -m tests.trust.run kills leaks`.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from flows.sample import write_sample
from tests.trust.fuzz import corpus, fuzz
from tests.trust.kills import PHASES, survive, told
from tests.trust.picture import KEY
from tests.trust.places import leaks
from tests.trust.readers import read_while_writing
from tests.trust.served import served

KILLS, ORCHESTRATED_KILLS, FILES, READERS, NIGHTS = 200, 3, 20_000, 50, 20
LEAST_A_PHASE = 10  # of the kills; `swap` and `close` are over in milliseconds
BRIEF_PHASES = ("swap", "close")
KEPT = 7  # previous published files, as the settings have it


def say(line: str) -> None:
    """One line at once, for whoever watches."""
    sys.stdout.write(f"  {time.strftime('%H:%M:%S')} {line}\n")
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


def kills(folder: Path, inbox: Path, later: Path) -> tuple[str, bool]:
    """Of the plain process, spread over all a night does."""
    done = survive(folder, inbox, later, KILLS, seed=1, say=say)
    short = [
        name for name in PHASES if name not in BRIEF_PHASES and done.landed[name] < LEAST_A_PHASE
    ]
    text = f"{done.kills} in {done.rounds} rounds ({told(done.landed)}; {done.late} too late)"
    return text, done.kills >= KILLS and not short


def flow(folder: Path, inbox: Path, later: Path) -> tuple[str, bool]:
    """The same under Prefect."""
    done = survive(folder, inbox, later, ORCHESTRATED_KILLS, orchestrated=True, say=say)
    return f"{done.kills} ({told(done.landed)})", done.kills >= ORCHESTRATED_KILLS


def readers(folder: Path, inbox: Path, later: Path) -> tuple[str, bool]:
    """While nights publish; old files go."""
    read = read_while_writing(folder, inbox, READERS, NIGHTS, say)
    text = (
        f"{read.readers} readers, {read.nights} nights, {read.reads} reads, "
        f"{read.over_a_swap} of them over a swap, {len(read.errors)} errors, {read.torn} torn, "
        f"{read.previous_files} earlier files kept, {len(read.left_over)} left over"
    )
    good = not read.errors and not read.torn and not read.left_over
    return text, (
        good
        and read.nights_seen > NIGHTS // 2
        and read.over_a_swap > 0
        and read.previous_files == KEPT
    )


def leak_scan(folder: Path, inbox: Path, later: Path) -> tuple[str, bool]:
    """Nights that end well, fail and crash."""
    found = leaks(folder, inbox)
    kinds = ", ".join(f"{count} {kind}" for kind, count in found.secrets.items())
    text = f"{kinds} in {found.places} places, {len(found.hits)} hits, {len(found.dumps)} dumps"
    good = not found.hits and not found.dumps and all(found.secrets.values())
    return f"{text} {found.hits[:5] or ''}".rstrip(), good


def fuzzing(folder: Path, inbox: Path, later: Path) -> tuple[str, bool]:
    """Mutated files of every format."""
    done = fuzz(folder / "runs", corpus(folder / "seeds", inbox), FILES, seed=1, say=say)
    text = (
        f"{done.files} files, {done.loaded} rows kept, {sum(done.refused.values())} refused, "
        f"slowest {done.slowest:.1f} s, most memory {done.memory >> 10} MiB, "
        f"{len(done.faults)} faults {done.faults[:5] or ''}"
    )
    return text.rstrip(), done.files >= FILES and not done.faults


def schedule(folder: Path, inbox: Path, later: Path) -> tuple[str, bool]:
    """`zhikong serve` with nothing else at hand."""
    return f"a night by itself after {served(folder, inbox):.0f} s", True


Promise = Callable[[Path, Path, Path], tuple[str, bool]]
PROMISES: dict[str, tuple[str, Promise]] = {
    "kills": ("kills survived", kills),
    "flow": ("kills under Prefect survived", flow),
    "readers": ("readers while writing", readers),
    "schedule": ("served on a schedule", schedule),
    "leaks": ("leak scan", leak_scan),
    "fuzz": ("files fuzzed", fuzzing),
}


def keep(key: str, folder: Path, inbox: Path, later: Path) -> tuple[bool, str]:
    """See whether one promise is kept; the line says it with its counts."""
    title, promise = PROMISES[key]
    began, place = time.monotonic(), folder / key
    place.mkdir()
    try:
        text, good = promise(place, inbox, later)
    except Exception:
        # One promise that is broken, or a harness that fails, hides no other.
        text, good = traceback.format_exc(), False
    line = f"{'ok  ' if good else 'FAIL'} {title}: {text} [{time.monotonic() - began:.0f} s]\n"
    sys.stdout.write(line)
    sys.stdout.flush()
    return good, line


def main(names: list[str]) -> int:
    """Run everything, or what is named, and print one line a promise."""
    if unknown := set(names) - set(PROMISES):
        sys.stderr.write(f"unknown: {', '.join(sorted(unknown))}; {', '.join(PROMISES)}\n")
        return 2
    os.environ["ZHIKONG_KEY"] = KEY
    jobs = 1 if names else min(2, os.cpu_count() or 1)
    with tempfile.TemporaryDirectory() as name, ThreadPoolExecutor(jobs) as pool:
        folder = Path(name)
        os.environ["PREFECT_HOME"] = str(folder / "prefect")
        inbox, later = samples(folder)
        kept = list(pool.map(lambda key: keep(key, folder, inbox, later), names or PROMISES))
    sys.stdout.write("\nmake trust\n" + "".join(line for _, line in kept))
    return 0 if all(good for good, _ in kept) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
