"""Mutated files by the thousand through the whole of ingest: nothing crashes, hangs or is lost."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import polars as pl
import xlsxwriter

from flows.exchange.dialect import shipped
from flows.exchange.message import Message, Record, write
from tests.trust.mutate import mutate
from tests.trust.picture import environment

TABLES = ("death_cards", "cardio_cards", "institution", "monthly_report", "household_survey")
ROWS = 25
BATCH = 250  # files a process: a crash of the process costs no more than these
SECONDS = 10  # no single file may take longer
MEMORY = 2 << 20  # kilobytes a process may hold, the libraries' own included
AS_OF = date(2026, 1, 31)


@dataclass
class Fuzzed:
    """What became of the files."""

    files: int = 0
    loaded: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    slowest: float = 0.0
    memory: int = 0  # kilobytes, of the largest process


def corpus(folder: Path, inbox: Path) -> list[Path]:
    """Sound small files of every format we can write, the seeds of the mutations.

    Args:
        folder: where they go.
        inbox: an inbox of real-shaped files with cards as CSV.
    """
    folder.mkdir(parents=True)
    for name in TABLES:
        lines = (inbox / f"{name}.csv").read_bytes().splitlines(keepends=True)[:ROWS]
        (folder / f"{name}.csv").write_bytes(b"".join(lines))
        text = b"".join(lines)
        try:
            table = text.decode("utf-8-sig")
        except UnicodeDecodeError:
            table = text.decode("gb18030")
        (folder / f"{name}.txt").write_bytes(table.replace(",", "\t").encode("gb18030"))
        rows = list(csv.reader(io.StringIO(table)))
        with xlsxwriter.Workbook(str(folder / f"{name}.xlsx")) as book:
            sheet = book.add_worksheet("导出")
            for place, row in enumerate(rows):
                sheet.write_row(place, 0, row)
        header = max(rows, key=len)
        body = [row for row in rows if len(row) == len(header) and row != header]
        frame = pl.DataFrame(body, schema=header, orient="row")
        frame.write_parquet(folder / f"{name}.parquet")
        with zipfile.ZipFile(folder / f"{name}.zip", "w", zipfile.ZIP_DEFLATED) as archive:
            archive.write(folder / f"{name}.csv", "导出/" + name + ".csv")
            archive.write(folder / f"{name}.xlsx", name + ".xlsx")
    for packed in (False, True):
        records = [
            Record(
                "add", f"X{n}", {"VC_XB": "1", "VC_XM": "合成", "DT_SWRQ": "2024-01-02 00:00:00"}
            )
            for n in range(ROWS)
        ]
        message = Message("upload", "ZJMB_SW_BGK", {"MESSAGEID": "1"}, records)
        (folder / f"message-{packed}.xml").write_bytes(write(message, shipped(), packed=packed))
    return sorted(folder.iterdir())


def fuzz(
    folder: Path,
    seeds: list[Path],
    files: int,
    *,
    seed: int = 0,
    say: Callable[[str], None] = lambda line: None,
) -> Fuzzed:
    """Mutate and ingest.

    Args:
        folder: for the homes.
        seeds: sound files.
        files: how many mutated ones.
        seed: of the mutations; a fault names the seed that makes it again.
        say: told one line every four batches.
    """
    total = Fuzzed()
    contents = [(file.suffix.lower(), file.read_bytes()) for file in seeds]
    for first in range(0, files, BATCH):
        home = folder / f"batch-{first}"
        inbox = home / "inbox"
        inbox.mkdir(parents=True)
        for number in range(first, min(first + BATCH, files)):
            draw = random.Random(f"{seed}-{number}")
            suffix, data = contents[number % len(contents)]
            (inbox / f"{number:06d}{suffix}").write_bytes(mutate(data, suffix, draw))
        _ingest(home, total, min(BATCH, files - first))
        shutil.rmtree(home)
        if first // BATCH % 4 == 3:
            say(f"{total.files} files fuzzed, {len(total.faults)} faults")
    return total


def _ingest(home: Path, total: Fuzzed, count: int) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.trust.fuzz", str(home)],
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        out, err = process.communicate(timeout=SECONDS * count)
    except subprocess.TimeoutExpired:
        process.kill()
        total.faults.append(f"{home.name}: hangs")
        return
    if process.returncode:
        lines = err.strip().splitlines() or ["died without a word"]
        total.faults.append(f"{home.name}: exit {process.returncode}: {'; '.join(lines[-2:])}")
        return
    said = json.loads(out.splitlines()[-1])
    total.files += count
    total.loaded += said["loaded"]
    total.refused.update(said["refused"])
    total.faults += said["faults"]
    total.slowest = max(total.slowest, said["slowest"])
    total.memory = max(total.memory, said["memory"])


class TooSlowError(BaseException):
    """A file took longer than it may; no reader's own handler may swallow it."""


def ingest_all(folder: Path) -> dict[str, object]:
    """Ingest a home's inbox file by file and look at the books."""
    from flows.home import Home
    from flows.ingest import ingest
    from flows.store import opened

    home = Home(folder)
    faults: list[str] = []
    slowest = 0.0

    def late(*_: object) -> None:
        raise TooSlowError

    signal.signal(signal.SIGALRM, late)
    began, last = time.monotonic(), "the beginning"

    def next_file(line: str) -> None:
        nonlocal began, slowest, last
        last = line.split("：")[0]
        slowest = max(slowest, time.monotonic() - began)
        began = time.monotonic()
        signal.alarm(SECONDS)

    with opened(home) as store:
        signal.alarm(SECONDS)
        try:
            waiting = ingest(store, AS_OF, next_file)
        except BaseException as error:
            # DuckDB has a name of its own for a call that was interrupted.
            error.add_note(f"in the file after {last}, {time.monotonic() - began:.0f} s")
            raise
        signal.alarm(0)
        rows = store.connection.execute(
            "select source_file, received_rows, loaded_rows + repeated_rows + rejected_rows, "
            "loaded_rows, rule_id from state.sheet"
        ).fetchall()
        seen = store.connection.execute("select source_file from state.seen").fetchall()
    # A file of the same bytes as another is known: a second sight adds nothing.
    files = sorted(home.inbox.iterdir(), reverse=True)
    first = {hashlib.sha256(file.read_bytes()).digest(): file.name for file in files}
    told = {name for (name,) in seen} | {fault.source_file for fault in waiting}
    faults += [f"{name}: neither read nor refused" for name in sorted(set(first.values()) - told)]
    faults += [f"{name}: {received} rows became {sum_}" for name, received, sum_, *_ in rows
               if received != sum_]  # fmt: skip
    # The kernel's own mark of this program; getrusage would tell that of the one that started us.
    peak = int(re.findall(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())[0])
    if peak > MEMORY:
        faults.append(f"{folder.name}: {peak >> 10} MiB")
    refused = Counter(row[4] for row in rows if row[4]) + Counter(f.rule_id for f in waiting)
    return {
        "loaded": sum(row[3] for row in rows),
        "refused": refused,
        "faults": faults,
        "slowest": slowest,
        "memory": peak,
    }


if __name__ == "__main__":
    result = ingest_all(Path(sys.argv[1]))
    sys.stdout.write(json.dumps(result) + "\n")
    sys.stdout.flush()
    os._exit(0)  # nothing that runs at exit is part of the question
