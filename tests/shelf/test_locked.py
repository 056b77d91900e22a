"""A frame in an encrypted file comes back as it was, or not at all."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import polars as pl
import pytest

from flows.shelf.locked import DAMAGED, Locked

KEY = "k" * 32
ROWS = pl.DataFrame(
    {
        "name": ["王小明", None, ""],
        "born": [date(1950, 1, 2), None, date(9999, 12, 31)],
        "seen": [datetime(2026, 1, 31, 1, 2, 3, 4), None, None],
        "count": [-1, None, 2**62],
        "sum": pl.Series([2**64 - 1, 0, None], dtype=pl.UInt64),
        "share": [0.1, None, float("nan")],
        "is_new": [True, False, None],
        "nothing": pl.Series([None, None, None], dtype=pl.String),
    }
)


def test_rows_of_several_files_come_back_in_their_order(tmp_path: Path) -> None:
    locked = Locked(KEY)
    parts = [ROWS, ROWS.clear(), ROWS.reverse()]
    files = [tmp_path / f"{number}.content" for number in range(len(parts))]
    for part, file in zip(parts, files, strict=True):
        locked.write(part, file)
    read = locked.read(files)
    assert read.equals(pl.concat(parts))
    assert read.schema == ROWS.schema
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}
    assert sorted(tmp_path.iterdir()) == files  # no draft is left


def test_the_file_shows_nothing_of_what_is_in_it(tmp_path: Path) -> None:
    file = tmp_path / "1.content"
    shown = []
    for _ in range(2):
        Locked(KEY).write(ROWS, file)
        shown.append(file.read_bytes())
    assert shown[0][:12] != shown[1][:12]  # the number is used once
    for word in ("王小明".encode(), b"name", b"PAR1"):
        assert all(word not in one for one in shown)


@pytest.mark.parametrize("fault", ["changed", "cut", "empty", "renamed", "gone", "other key"])
def test_a_file_that_is_not_as_it_was_written_is_refused(tmp_path: Path, fault: str) -> None:
    file, key = tmp_path / "1.content", KEY
    Locked(KEY).write(ROWS, file)
    whole = file.read_bytes()
    match fault:
        case "changed":
            file.write_bytes(whole[:40] + bytes([whole[40] ^ 1]) + whole[41:])
        case "cut":
            file.write_bytes(whole[:-1])
        case "empty":
            file.write_bytes(b"")
        case "renamed":
            file = file.rename(tmp_path / "2.content")
        case "gone":
            file.unlink()
        case _:
            key = "x" * 32
    with pytest.raises(DAMAGED):
        Locked(key).read([file])
