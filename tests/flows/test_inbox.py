"""A file that nobody touched is not opened every night; one that somebody did is."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from flows import inbox, open_file
from flows.load import Loader
from flows.night import receive
from flows.store import opened
from flows.tonight import Tonight
from tests.flows.conftest import DAY, death_file, death_line


@pytest.fixture
def summed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the files that were read to the end to sum them."""
    names: list[str] = []

    def counted(file: Path) -> str:
        names.append(file.name)
        return sha256(file)

    sha256 = open_file.sha256
    monkeypatch.setattr(open_file, "sha256", counted)
    return names


def night(home, *, is_full: bool = False) -> int:
    """Receive; how many sheets are there."""
    with opened(home) as store:
        tonight = Tonight(store, DAY, is_full=is_full)
        receive(tonight)
        return tonight.sheets.height


def test_an_untouched_file_is_summed_once(home, put, summed, monkeypatch):
    monkeypatch.setattr(inbox, "RESTING_SECONDS", 0)
    put("死亡.csv", death_file(death_line("a")))
    assert [night(home), night(home)] == [1, 1]
    assert summed == ["死亡.csv"]


def test_a_full_night_opens_every_file(home, put, summed, monkeypatch):
    monkeypatch.setattr(inbox, "RESTING_SECONDS", 0)
    put("死亡.csv", death_file(death_line("a")))
    assert [night(home), night(home, is_full=True)] == [1, 1]
    assert summed == ["死亡.csv"] * 2


def test_other_content_of_the_same_size_and_time_is_read(home, put, summed, monkeypatch):
    monkeypatch.setattr(inbox, "RESTING_SECONDS", 0)
    put("死亡.csv", death_file(death_line("a")))
    assert night(home) == 1
    file = home.inbox / "死亡.csv"
    before = file.stat()
    put("死亡.csv", death_file(death_line("b")))
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))  # as some copy programs do
    assert (file.stat().st_size, file.stat().st_mtime_ns) == (before.st_size, before.st_mtime_ns)
    assert night(home) == 2


def test_a_file_that_has_just_changed_is_summed_again(home, put, summed):
    put("死亡.csv", death_file(death_line("a")))
    assert [night(home), night(home)] == [1, 1]
    assert summed == ["死亡.csv"] * 2


def test_a_file_whose_twin_was_taken_away_unread_is_read(home, put, monkeypatch):
    monkeypatch.setattr(inbox, "RESTING_SECONDS", 0)
    for name in ("a.csv", "b.csv"):
        put(name, death_file(death_line("a")))
    sha256 = open_file.sha256

    def taken(file: Path) -> str:
        digest = sha256(file)
        if file.name == "a.csv":
            file.unlink()
        return digest

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(open_file, "sha256", taken)
        night(home)
    assert night(home) == 1


def test_a_file_rests_or_not_when_it_is_looked_at_however_long_the_night_takes(
    home, put, summed, monkeypatch
):
    put("死亡.csv", death_file(death_line("a")))

    def later(*given: object) -> object:
        monkeypatch.setattr(inbox, "RESTING_SECONDS", -3600)  # an hour has gone by
        return load(*given)

    load = Loader.load
    with monkeypatch.context() as slow:
        slow.setattr(Loader, "load", later)
        night(home)
    night(home)
    assert summed == ["死亡.csv"] * 2
