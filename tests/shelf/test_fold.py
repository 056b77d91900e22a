"""What is folded tells the same as every sighting would."""

from __future__ import annotations

import os
import shutil
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from flows.assemble import assemble
from flows.cards import decisive, is_late, newest
from flows.home import Home
from flows.night import close, receive
from flows.shelf import fold
from flows.shelf.files import SIGHT, Shelf
from flows.shelf.fold import EMPTY, PARTS, Fold
from flows.sightings import Sightings, sightings_of
from flows.store import opened
from flows.tonight import Tonight
from tests.flows.conftest import death_file, death_line
from tests.shelf.test_random_histories import FIRST, assembled, deliver, new_home, same

DAY = datetime(2025, 1, 1)
#: What a row of a sheet says: card, content, and the day it says it was changed (0: it does not).
ROW = st.tuples(st.sampled_from("abc"), st.integers(1, 3), st.sampled_from([0, 0, 0, 2, 4]))
SHEET = st.tuples(st.integers(1, 6), st.lists(ROW, max_size=5))


def sight(order_no: int, day: int, rows: list[tuple[str, int, int]]) -> pl.DataFrame:
    """Sightings of a sheet that was exported on a day."""
    return pl.DataFrame(
        [
            {
                "order_no": order_no, "source_row": number, "row_hash": content, "occurrence": 0,
                "card_id": card, "is_made_id": False,
                "stated_time": DAY + timedelta(days=changed) if changed else None,
                "exported_at": DAY + timedelta(days=day), "content_order": order_no,
                "content_no": number,
            }
            for number, (card, content, changed) in enumerate(rows)
        ],
        schema=SIGHT,
    )  # fmt: skip


def of(sheets: list[tuple[int, list[tuple[str, int, int]]]]) -> list[pl.DataFrame]:
    return [sight(number, day, rows) for number, (day, rows) in enumerate(sheets, 1)]


@given(st.lists(SHEET, min_size=2, max_size=7), st.data())
def test_what_is_decisive_makes_the_same_newest_versions_whatever_follows(
    sheets: list[tuple[int, list[tuple[str, int, int]]]], data: st.DataObject
) -> None:
    parts = data.draw(st.permutations(of(sheets)))
    kept, before = EMPTY.rows, []
    for part in parts:
        before.append(part)
        if is_late(kept, part):  # then all is folded anew
            kept = decisive(pl.concat(before))
            continue
        told, _ = newest(pl.concat([kept, part]).sort("order_no", "source_row"))
        every, _ = newest(pl.concat(before).sort("order_no", "source_row"))
        assert_frame_equal(told, every)
        kept = decisive(pl.concat([kept, part]))
        assert kept.group_by("card_id").len()["len"].max() in (None, 1, 2, 3, 4)


@given(st.lists(SHEET, min_size=2, max_size=7))
def test_no_sheet_is_late_after_sheets_that_were_exported_before_it(
    sheets: list[tuple[int, list[tuple[str, int, int]]]],
) -> None:
    kept = EMPTY.rows
    for part in of(sorted(sheets)):
        assert not is_late(kept, part)
        kept = decisive(pl.concat([kept, part]))


def test_a_late_file_that_contradicts_what_was_said_all_along_is_late() -> None:
    said = [sight(day, day, [("a", 1, 0), ("b", 1, 0)]) for day in (1, 3, 5)]
    kept = decisive(pl.concat(said))
    assert kept["order_no"].to_list() == [1, 1, 5, 5]
    assert is_late(kept, sight(6, 2, [("a", 2, 0)]))
    assert not is_late(kept, sight(6, 2, [("a", 1, 0), ("c", 2, 0)]))  # the same, or another card
    assert not is_late(kept, sight(6, 2, [("a", 2, 2)]))  # it says itself when it was changed


@given(st.lists(SHEET, min_size=1, max_size=7), st.integers(0, 7))
def test_runs_tell_which_sheet_showed_which_card_as_pairs_do(
    sheets: list[tuple[int, list[tuple[str, int, int]]]], count: int
) -> None:
    parts = of(sheets)
    pairs = pl.concat(parts)
    folded = sightings_of(EMPTY.rows)
    for part in parts[:count]:
        folded = folded.add(part)
    recent = pl.concat([EMPTY.rows, *parts[count:]]).select("card_id", "order_no")
    told = Sightings(folded.cards, folded.runs, recent)
    ids = pairs["card_id"].unique().sort(descending=True)
    beside = told.beside(ids)
    seen = pairs.group_by("card_id").agg(last=pl.col("order_no").max())
    rows = ids.to_frame().with_columns(last=beside.last)
    assert_frame_equal(rows, seen, check_row_order=False)
    for orders in ([1], [2, 3], list(range(1, 8))):
        shown = set(pairs.filter(pl.col("order_no").is_in(orders))["card_id"])
        assert sorted(told.of(orders)) == sorted(shown)
        assert set(ids[beside.shown(orders)]) == shown


def fold_at_once(monkeypatch: pytest.MonkeyPatch, recent: int = 0) -> None:
    """Fold however few there are, but the last days."""
    monkeypatch.setattr(fold, "LEAST", 0)
    monkeypatch.setattr(fold, "RECENT", timedelta(days=recent))


def count_of_rows(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many sightings every later night reads beside what is folded."""
    read: list[int] = []
    gather: Any = fold._gather

    def counted(shelf: Any, folded: Fold, orders: list[int], *more: Any) -> Any:
        read.append(sum(shelf.facts(order).census.row_count for order in orders))
        return gather(shelf, folded, orders, *more)

    monkeypatch.setattr(fold, "_gather", counted)
    return read


def test_a_night_reads_of_complete_exports_what_is_new_and_a_row_a_card(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fold_at_once(monkeypatch)
    read = count_of_rows(monkeypatch)
    home = new_home(tmp_path / "home")
    cards: list[tuple[str, dict[str, str]]] = [(f"c{number}", {}) for number in range(10)]
    for night in range(5):
        deliver(home, night, "cards", [*cards, (f"d{night}", {})])
        with opened(home) as store:
            tonight = assembled(store, FIRST + timedelta(days=night))
            close(tonight)
        kind = tonight.kinds["death"]
        assert kind.frame.height == 11 + night
        assert [kind.sightings.of([order]).len() for order in (1, night + 1)] == [11, 11]
    # Two exports beside a row a card, where the last night would find four.
    assert [count for count in read if count] == [11, 11, 11, 22, 11, 11, 11, 11]


@pytest.mark.parametrize(("recent", "rows"), [(0, 96), (2, 35)])
def test_a_source_that_lags_a_day_does_not_have_all_folded_anew_every_night(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, recent: int, rows: int
) -> None:
    fold_at_once(monkeypatch, recent)
    read = count_of_rows(monkeypatch)
    home = new_home(tmp_path / "home")
    cards: list[tuple[str, dict[str, str]]] = [(f"c{n}", {"updated": ""}) for n in range(10)]
    for night in range(7):
        deliver(home, night, "cards", [*cards, (f"d{night}", {})])
        # Older than the export of the night before, and of one card it says something else.
        deliver(home, 100 + night, "late", [])
        late = home.inbox / f"{100 + night}-late.csv"
        said = death_line("c0", updated="", cause="R99", name=f"合成{night}")
        late.write_text(death_file(said), "utf-8")
        os.utime(late, (1_736_000_000 + 86_400 * night - 90_000,) * 2)
        read.clear()
        with opened(home) as store:
            close(assembled(store, FIRST + timedelta(days=night)))
    assert sum(read) == rows  # of the last night; without days left beside, all that have come


def of_complete_exports(folder: Path, nights: int) -> Home:
    """A home after some nights of complete exports of ten cards, each night one card more."""
    home = new_home(folder)
    for night in range(nights):
        complete(home, night, [f"c{number}" for number in range(10 + night)])
        with opened(home) as store:
            close(assembled(store, FIRST + timedelta(days=night)))
    assert list(home.shelf.rglob("fold-death-runs"))
    return home


def complete(home: Home, number: int, cards: list[str]) -> Path:
    """Put a complete export into the inbox; its scope file."""
    deliver(home, number, "cards", [(card, {}) for card in cards])
    scope = home.inbox / f"{number}-cards.csv.scope.toml"
    scope.write_text('card_type = "death"\ncomplete = true\n', "utf-8")
    return scope


def as_from_raw(home: Home, night: int) -> Tonight:
    """A night, held against the same night without anything folded; it is not a look back."""
    day = FIRST + timedelta(days=night)
    with opened(home) as store, pytest.MonkeyPatch.context() as without:
        tonight = assembled(store, day)
        aside = home.shelf.rename(home.path / "aside")
        without.setattr(fold, "LEAST", 1_000_000)
        same(tonight, assembled(store, day))
        shutil.rmtree(home.shelf)
        aside.rename(home.shelf)
    return tonight


def test_an_export_that_waits_for_an_answer_is_not_folded_and_counts_once_it_is_accepted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fold_at_once(monkeypatch)
    home = of_complete_exports(tmp_path / "home", 4)
    scope = complete(home, 4, ["c0", "c1", "d0"])
    for night in (4, 5):
        tonight = as_from_raw(home, night)
        assert [(held.vanishing, held.known) for held in tonight.held] == [(11, 13)]
        assert "d0" not in tonight.frames["death"]["card_id"]
    scope.write_text(scope.read_text("utf-8") + "accept_withdrawal = true\n", "utf-8")
    tonight = as_from_raw(home, 6)
    assert tonight.held == []
    assert tonight.frames["death"].filter("is_withdrawn").height == 11
    assert tonight.frames["death"].filter(~pl.col("is_withdrawn"))["card_id"].to_list() == [
        *("c0", "c1", "d0")
    ]


def test_a_look_back_reads_what_had_come_and_leaves_the_fold_for_tomorrow(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fold_at_once(monkeypatch)
    home = of_complete_exports(tmp_path / "home", 5)
    file = next(home.shelf.rglob("fold-death-runs"))
    before = file.read_bytes()
    assert as_from_raw(home, 1).frames["death"].height == 11
    assert file.read_bytes() == before
    assert as_from_raw(home, 5).frames["death"].height == 14


@pytest.mark.parametrize("done", range(len(PARTS)))
def test_a_fold_of_which_a_part_was_written_is_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, done: int
) -> None:
    fold_at_once(monkeypatch)
    home = of_complete_exports(tmp_path / "home", 3)
    writes: list[str] = []

    def stopped(shelf: Shelf, rows: pl.DataFrame, what: str, basis: str = "") -> None:
        if "fold" in what:
            writes.append(what)
        if len(writes) > done:
            raise KeyboardInterrupt
        keep(shelf, rows, what, basis)

    keep = Shelf.keep
    complete(home, 3, [f"c{number}" for number in range(13)])
    complete(home, 4, [f"c{number}" for number in range(14)])
    with monkeypatch.context() as killed:
        killed.setattr(Shelf, "keep", stopped)
        with pytest.raises(KeyboardInterrupt), opened(home) as store:
            assembled(store, FIRST + timedelta(days=3))
    assert len(writes) == done + 1
    assert as_from_raw(home, 3).frames["death"].height == 14


def test_a_late_export_that_waits_is_not_taken_for_damage_when_a_new_one_comes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fold_at_once(monkeypatch)
    home, told = new_home(tmp_path / "home"), list[str]()
    cards: list[tuple[str, dict[str, str]]] = [(f"c{n}", {"updated": ""}) for n in range(10)]
    for night in range(7):
        new: list[tuple[str, dict[str, str]]] = [(f"x{n}", {"updated": ""}) for n in range(night)]
        said = [*cards[:8], ("c8", {"updated": "", "cause": "R99"})] if night == 3 else cards + new
        deliver(home, night, "cards", said)
        scope = home.inbox / f"{night}-cards.csv.scope.toml"
        scope.write_text('card_type = "death"\ncomplete = true\n', "utf-8")
        with opened(home) as store:
            tonight = Tonight(store, FIRST + timedelta(days=night), told.append)
            receive(tonight)
            assemble(tonight)
        assert bool(tonight.held) == (night == 3)  # the next export shows what it shows
    assert [line for line in told if "损坏" in line] == []
