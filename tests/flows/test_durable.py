"""What a home cannot make again is on the disk before anything says that it is there."""

from __future__ import annotations

import errno
import os
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from flows import raw_file
from flows.backup import back_up
from flows.home import Home
from flows.plain import run_plain
from tests.trust.picture import KEY


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> dict[int, int]:
    """Files that the disk was asked to hold: number on the disk and size."""
    found: dict[int, int] = {}
    monkeypatch.setattr(
        os, "fsync", lambda number: found.update({(s := os.fstat(number)).st_ino: s.st_size})
    )
    return found


def is_held(file: Path, held: dict[int, int]) -> bool:
    """Whether the disk was asked to hold all of a file."""
    return held.get(file.stat().st_ino) == file.stat().st_size


def test_a_sheet_and_what_is_published_are_held(home: Home, held: dict[int, int]) -> None:
    (home.inbox / "death.csv").write_text("报卡编号,姓名,性别\n1,甲,1\n", "utf-8")
    run_plain(home, date(2026, 1, 31), lambda line: None)
    (sheet,) = home.raw_files
    assert is_held(sheet, held) and is_held(home.published, held)


def test_a_sheet_that_the_disk_did_not_take_has_no_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        raw_file.write([pl.DataFrame({"source_row": [1]})], tmp_path / "1.raw", KEY)
    assert list(tmp_path.iterdir()) == []  # nor does it fill the disk any longer


def test_a_night_removes_what_one_that_was_killed_left_half_written(home: Home) -> None:
    (home.inbox / "death.csv").write_text("报卡编号,姓名,性别\n1,甲,1\n", "utf-8")
    (home.raw / "0123-9.raw.draft").write_bytes(b"half")
    run_plain(home, date(2026, 1, 31), lambda line: None)
    assert [file.name.endswith("-1.raw") for file in home.raw.iterdir()] == [True]


def test_a_key_is_held_before_it_is_the_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ZHIKONG_KEY", raising=False)
    there = []
    monkeypatch.setattr(os, "fsync", lambda _: there.append((tmp_path / "keys/key").exists()))
    made = Home(tmp_path).key
    assert there == [False]
    assert (tmp_path / "keys/key").read_text() == made
    assert [file.name for file in (tmp_path / "keys").iterdir()] == ["key"]
    assert (tmp_path / "keys/key").stat().st_mode & 0o777 == 0o600


def test_a_key_that_a_full_disk_cut_short_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ZHIKONG_KEY", raising=False)
    with monkeypatch.context() as patch, pytest.raises(OSError, match="No space"):
        patch.setattr(os, "fsync", full)
        Home(tmp_path).key  # noqa: B018
    assert not list((tmp_path / "keys").iterdir())
    assert len(Home(tmp_path).key) == 32


def test_a_key_that_another_process_made_meanwhile_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ZHIKONG_KEY", raising=False)
    monkeypatch.setattr(os, "fsync", lambda _: (tmp_path / "keys/key").write_text(KEY))
    assert Home(tmp_path).key == KEY


def test_a_key_is_made_where_files_cannot_be_linked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ZHIKONG_KEY", raising=False)

    def refused(*_: object) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", refused)
    made = Home(tmp_path).key
    assert (tmp_path / "keys/key").read_text() == made


def test_every_file_of_a_backup_is_held(home: Home, tmp_path: Path, held: dict[int, int]) -> None:
    (home.inbox / "death.csv").write_text("报卡编号,姓名,性别\n1,甲,1\n", "utf-8")
    run_plain(home, date(2026, 1, 31), lambda line: None)
    copy = back_up(home, tmp_path / "backups").folder
    files = [file for file in copy.rglob("*") if file.is_file()]
    assert len(files) > 3
    assert [file.name for file in files if not is_held(file, held)] == []


def full(_: int) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")
