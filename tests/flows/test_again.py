"""A complete export whose content came before shows that it stands, and adds no row."""

from __future__ import annotations

import io
import os
import zipfile
from datetime import date

import pytest

from flows.data_state import data_state
from flows.quality import batches
from flows.store import opened
from tests.flows.conftest import death_file, death_line
from tests.flows.test_lost_column import ran

CARDS = [death_line(f"d{number}") for number in range(100)]
ALL, LESS = death_file(*CARDS), death_file(*CARDS[1:])
SCOPE = 'card_type = "death"\ncomplete = true\nexported_at = 2025-01-{:02d}T08:00:00\n'


def withdrawn(home, *steps: str) -> list[str]:
    return ran(home, *steps).frames["death"].filter("is_withdrawn")["card_id"].to_list()


@pytest.mark.parametrize("last", ["3.csv", "1.csv"])
def test_what_an_export_withdrew_comes_back_with_the_next_that_shows_it(home, put, last):
    for day, (name, content) in enumerate([("1.csv", ALL), ("2.csv", LESS), (last, ALL)], 1):
        put(f"{name}.scope.toml", SCOPE.format(day))
        os.utime(put(name, content))
        found = withdrawn(home)
        assert found == (["d0"] if day == 2 else [])
    with opened(home) as store:
        told = batches(store, date(2025, 1, 31), [])
    sums = told.select("received_rows", "loaded_rows", "repeated_rows").rows()
    assert sums == [(100, 100, 0), (99, 0, 99)]


def test_an_export_with_nothing_new_is_as_new_as_it_says(home, put):
    for day in (1, 9):
        put("1.csv.scope.toml", SCOPE.format(day))
        os.utime(put("1.csv", ALL), ns=(day, day))
        tonight = ran(home)
        sheets = tonight.sheets_that_count
        state = data_state(sheets, tonight.scopes, tonight.as_of, 7).row(0, named=True)
        assert state["data_until"].day == day
        assert tonight.frames["death"].height == 100


def test_an_old_file_that_somebody_puts_there_once_more_shows_nothing(home, put):
    scope = 'card_type = "death"\ncomplete = true\n'
    for day, (name, content) in enumerate([("1.csv", ALL), ("2.csv", LESS), ("old.csv", ALL)], 1):
        put(f"{name}.scope.toml", scope)
        os.utime(put(name, content), (1_735_700_000 + 86_400 * day,) * 2)
        found = withdrawn(home)
    assert found == ["d0"]


def test_an_increment_that_comes_again_shows_nothing(home, put):
    put("1.csv", ALL)
    withdrawn(home)
    put("2.csv", ALL)
    assert ran(home).sheets["source_file"].to_list() == ["1.csv"]


def test_members_of_a_zip_that_did_not_change_are_shown_by_it(home, put):
    for day, second in ((1, CARDS[50:]), (2, [*CARDS[51:], death_line("new")])):
        target = io.BytesIO()
        with zipfile.ZipFile(target, "w") as archive:
            archive.writestr("a.csv", death_file(*CARDS[:50]))
            archive.writestr("b.csv", death_file(*second))
        put("x.zip.scope.toml", SCOPE.format(day))
        put("x.zip", target.getvalue())
        tonight = ran(home)
    assert tonight.held == []
    assert tonight.frames["death"].filter("is_withdrawn")["card_id"].to_list() == ["d50"]
