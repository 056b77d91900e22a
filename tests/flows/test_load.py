"""While large files are written the next is settled; a file is recorded in its turn, or not."""

from __future__ import annotations

import time
from pathlib import Path
from threading import Event

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows import ingest as ingest_module
from flows import load
from flows.home import Home
from flows.ingest import ingest
from flows.load import Loader
from flows.store import Store, opened
from flows.text import is_utf8
from tests.flows.conftest import DAY, death_file, death_line

FILES = {name: [name, f"{name}-2"] for name in "abcd"}


def recorded(home, say=lambda line: None):
    with opened(home) as store:
        try:
            ingest(store, DAY, say)
        finally:
            rows = store.connection.sql(
                "select source_file, loaded_rows, repeated_rows from state.sheet order by order_no"
            ).fetchall()
    return rows


@pytest.fixture(params=[0, 3, 10_000])
def waiting_rows(request, monkeypatch):
    """However many rows may wait, the outcome is one."""
    monkeypatch.setattr(load, "WAITING_ROWS", request.param)
    return request.param


def test_a_row_of_a_file_that_is_still_being_written_is_repeated_in_the_next(
    home, put, waiting_rows
):
    put("a.csv", death_file(death_line("1"), death_line("2")))
    put("b.csv", death_file(death_line("2"), death_line("3")))
    put("c.csv", death_file(death_line("3"), death_line("1")))
    assert recorded(home) == [("a.csv", 2, 0), ("b.csv", 1, 1), ("c.csv", 0, 2)]


def test_what_could_not_be_written_is_not_recorded_nor_what_follows_and_comes_next_night(
    home, put, waiting_rows, monkeypatch
):
    for name, cards in FILES.items():
        put(f"{name}.csv", death_file(*map(death_line, cards)))
    said: list[str] = []

    def full(store: Store, lines: object, file: str) -> None:
        written.append(file)
        if len(written) == 3:
            raise OSError("disk full")
        write(store, lines, file)

    written: list[str] = []
    write = Store.write_raw
    with monkeypatch.context() as tonight, pytest.raises(OSError, match="disk full"):
        tonight.setattr(Store, "write_raw", full)
        recorded(home, said.append)
    whole = ["a.csv：2 行", "b.csv：2 行", "c.csv：2 行", "d.csv：2 行"]
    assert said == whole[: len(said)] and len(said) <= 2
    first = len(said)
    said.clear()
    assert recorded(home, said.append) == [(f"{name}.csv", 2, 0) for name in FILES]
    assert said == whole[first:]


@pytest.mark.parametrize("fault", [OSError(5, "input/output error"), KeyboardInterrupt()])
def test_what_was_written_before_some_other_fault_is_recorded(
    home, put, waiting_rows, monkeypatch, fault
):
    for number in range(8):
        put(f"{number}.csv", death_file(death_line(str(number))))
    put("9.csv", death_file(death_line("9")))

    def opened_or_not(home: Home, path: Path, *given: object) -> object:
        if path.name == "9.csv":
            for _ in range(200):  # what is before it has been written by then
                if len(home.raw_files) == 8:
                    break
                time.sleep(0.05)
            raise fault
        return read(home, path, *given)

    read = ingest_module.open_file
    with monkeypatch.context() as tonight:
        tonight.setattr(ingest_module, "open_file", opened_or_not)
        with pytest.raises(type(fault)):
            recorded(home)
    with opened(home) as store:
        rows = store.connection.sql("select source_file from state.sheet order by order_no")
        assert [name for (name,) in rows.fetchall()] == [f"{number}.csv" for number in range(8)]


def test_after_a_file_that_could_not_be_written_none_is_begun(home, put, waiting_rows, monkeypatch):
    for number in range(8):
        put(f"{number}.csv", death_file(death_line(str(number))))
    tried: list[str] = []

    def full(store: Store, lines: object, file: str) -> None:
        tried.append(file)
        raise OSError("disk full")

    monkeypatch.setattr(Store, "write_raw", full)
    with pytest.raises(OSError, match="disk full"):
        recorded(home)
    assert 1 <= len(tried) <= load.WRITERS


def test_a_night_that_breaks_off_does_not_wait_for_what_is_to_be_read_ahead(home, put, monkeypatch):
    for number in range(40):
        put(f"{number:02}.csv", death_file(death_line(str(number))))
    begun: list[object] = []

    def slow(*given: object) -> object:
        begun.append(given)
        time.sleep(0.05)
        return read(*given)

    def interrupted(self: Loader, *given: object) -> None:
        raise KeyboardInterrupt

    read = ingest_module.open_file
    monkeypatch.setattr(ingest_module, "open_file", slow)
    monkeypatch.setattr(Loader, "load", interrupted)
    with pytest.raises(KeyboardInterrupt):
        recorded(home)
    assert len(begun) < 10


def test_a_second_copy_in_one_night_is_not_read_again_however_far_ahead(home, put, monkeypatch):
    put("a.csv", death_file(death_line("a")))
    put("b.csv", death_file(death_line("b")))
    put("c.csv", death_file(death_line("a")))
    sheets: dict[str, int] = {}

    def opened_file(home: object, path: Path, *given: object) -> object:
        found = read(home, path, *given)
        sheets[path.name] = len(found.sheets or [])
        return found

    read = ingest_module.open_file
    monkeypatch.setattr(ingest_module, "open_file", opened_file)
    assert recorded(home) == [("a.csv", 1, 0), ("b.csv", 1, 0)]
    assert sheets == {"a.csv": 1, "b.csv": 1, "c.csv": 0}


def test_two_large_files_are_written_while_the_next_is_settled_and_no_fourth(
    home, put, monkeypatch
):
    monkeypatch.setattr(load, "WAITING_ROWS", 0)
    for name, cards in FILES.items():
        put(f"{name}.csv", death_file(*map(death_line, cards)))
    held: list[int] = []
    begun = [Event() for _ in FILES]  # to be settled
    following = iter([begun[2], begun[3], begun[3], None])

    def settled(self: Loader, *given: object) -> object:
        held.append(len(self.writing))
        begun[len(held) - 1].set()
        return settle(self, *given)

    def slow(store: Store, lines: object, file: str) -> None:
        after = next(following)
        # Would stand still here were they not at the same time.
        assert after is None or after.wait(10)
        write(store, lines, file)

    settle, write = Loader._settled, Store.write_raw
    monkeypatch.setattr(Loader, "_settled", settled)
    monkeypatch.setattr(Store, "write_raw", slow)
    assert recorded(home) == [(f"{name}.csv", 2, 0) for name in FILES]
    assert held == [0, 1, 2, 2]


@given(st.binary() | st.text().map(str.encode) | st.text().map(lambda t: t.encode("gb18030")))
def test_bytes_are_utf8_where_python_says_so(data):
    try:
        data.decode()
        expected = True
    except UnicodeDecodeError:
        expected = False
    assert is_utf8(data) is expected


@pytest.mark.parametrize(
    "data", [b"\xed\xa0\x80", b"\xc0\x80", b"\xf4\x90\x80\x80", b"\xe4\xb8", b"", "中".encode()]
)
def test_surrogates_overlong_and_cut_characters_are_no_utf8(data):
    assert is_utf8(data) is (data in (b"", "中".encode()))
