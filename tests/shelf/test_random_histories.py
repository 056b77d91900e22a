"""What is read back from the shelf is what a night makes from raw, whatever came before."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from flows.assemble import assemble
from flows.home import Home
from flows.night import close, receive
from flows.shelf import fold
from flows.store import Store, opened
from flows.tonight import Tonight
from flows.validate import validate
from tests.flows.conftest import death_file, death_line

FIRST = date(2025, 1, 10)
INSTITUTIONS = "机构编码,机构名称,别名,机构级别,地区编码,报告死因\n"
#: What a card may say that rules, dates to come, dictionaries and duplicates look at.
CHANGES = st.fixed_dictionaries(
    {},
    optional={
        "name": st.sampled_from(["", "合成乙", "合成丙"]),
        "cause": st.sampled_from(["C53.9", "R99", "不详", "I21.9"]),
        "birth": st.sampled_from(["1950-01-01", "1950", "2030-01-01", "何时"]),
        "death": st.sampled_from(["2024-06-01", "2025-01-12", "2025-02-01", "2024-13-01"]),
        "county": st.sampled_from(["330329", "泰顺县", "无此县", ""]),
        "status": st.sampled_from(["0", "3", "5"]),
        "audit": st.sampled_from(["1", "3", ""]),
        "updated": st.sampled_from(["", "2024-06-10 08:00:00", "2025-01-09 08:00:00"]),
    },
)
CARD = st.tuples(st.sampled_from(["a", "b", "c", "d", ""]), CHANGES)
DELIVERY = st.one_of(
    st.tuples(st.just("cards"), st.lists(CARD, min_size=1, max_size=5)),
    st.tuples(st.just("again"), st.booleans()),  # all of last time; as a complete export or not
    st.tuples(st.just("institution"), st.sampled_from(["县医院", "人民医院"])),
    st.tuples(st.just("rules"), st.sampled_from(["3.1", "3.2"])),
    st.tuples(st.just("nothing"), st.none()),
)


def deliver(home: Home, number: int, what: str, given: object) -> None:
    """Put a delivery into the inbox, or change the settings."""
    file = home.inbox / f"{number}-{what}.csv"
    if what == "cards":
        assert isinstance(given, list)
        file.write_text(death_file(*(death_line(card, **said) for card, said in given)), "utf-8")
    elif what == "again":
        before = sorted(home.inbox.glob("*-cards.csv"))
        if before:
            lines = before[-1].read_text("utf-8").splitlines()
            again = file.with_name(f"{number}-cards.csv")
            again.write_text("\n".join([*lines[:1], *lines[1:][::-1]]) + "\n", "utf-8")
            if given:
                scope = again.with_name(again.name + ".scope.toml")
                scope.write_text('card_type = "death"\ncomplete = true\n', "utf-8")
    elif what == "institution":
        file.write_text(f"{INSTITUTIONS}330329001,{given},,3,330329,1\n", "utf-8")
    elif what == "rules":
        (home.path / "settings.toml").write_text(f'icdo_revision = "{given}"\n', "utf-8")
        home.__dict__.pop("settings", None)
    for path in home.inbox.iterdir():  # exported a day after the other, whatever the clock says
        os.utime(path, (1_736_000_000 + 86_400 * number,) * 2) if path.name.startswith(
            f"{number}-"
        ) else None


def assembled(store: Store, night: date) -> Tonight:
    """A night up to its findings."""
    tonight = Tonight(store, night)
    receive(tonight)
    assemble(tonight)
    validate(tonight)
    return tonight


def same(ours: Tonight, theirs: Tonight) -> None:
    """Compare everything that later steps read."""
    for name, frame in ours.frames.items():
        assert_frame_equal(frame, theirs.frames[name], check_column_order=False)
    for name, kind in ours.kinds.items():
        other = theirs.kinds[name]
        assert (kind.absent_columns, kind.notes) == (other.absent_columns, other.notes)
        for part in ("malformed", "unresolved", "lost_columns", "disagreements"):
            one, two = getattr(kind, part), getattr(other, part)
            assert_frame_equal(one, two, check_row_order=False)
        for order in ours.sheets["order_no"]:
            shown = sorted(kind.sightings.of([order]))
            assert shown == sorted(other.sightings.of([order]))
        assert sorted(kind.contested_ids) == sorted(other.contested_ids)
    assert ours.held == theirs.held
    assert_frame_equal(ours.findings, theirs.findings)
    assert_frame_equal(ours.rule_results.rows, theirs.rule_results.rows)


def new_home(folder: Path) -> Home:
    shutil.rmtree(folder, ignore_errors=True)
    home = Home(folder)
    home.prepare()
    return home


@settings(
    max_examples=8,
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),  # a smaller history would take minutes
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(st.lists(st.lists(DELIVERY, min_size=1, max_size=3), min_size=2, max_size=4))
def test_any_history_read_from_the_shelf_is_what_raw_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, history: list[list[tuple[str, object]]]
) -> None:
    home, number = new_home(tmp_path / "home"), 0
    for night, deliveries in enumerate(history):
        for what, said in deliveries:
            deliver(home, number, what, said)
            number += 1
        day = FIRST + timedelta(days=8 * night)  # days to come come
        with opened(home) as store:
            with monkeypatch.context() as folding:
                folding.setattr(fold, "LEAST", 0)
                folding.setattr(fold, "RECENT", timedelta(0))
                tonight = assembled(store, day)
            shutil.move(home.shelf, tmp_path / "aside") if home.shelf.exists() else None
            same(tonight, assembled(store, day))
            shutil.rmtree(home.shelf, ignore_errors=True)
            if (tmp_path / "aside").exists():
                shutil.move(tmp_path / "aside", home.shelf)
            close(tonight)


def test_a_day_that_lay_in_the_future_is_judged_again_when_it_has_come(tmp_path: Path) -> None:
    home = new_home(tmp_path / "home")
    deliver(home, 0, "cards", [("a", {"death": "2025-01-12"})])
    told = {}
    for day in (FIRST, date(2025, 1, 13), FIRST):
        with opened(home) as store:
            tonight = assembled(store, day)
            close(tonight)
        found = tonight.findings.filter(pl.col("resolved_on").is_null())["rule_id"]
        told.setdefault(day, []).append("death.death_date.in_the_future" in found)
    assert told == {FIRST: [True, True], date(2025, 1, 13): [False]}


def test_the_verdict_goes_by_the_columns_of_the_file_that_shows_a_card_last(tmp_path: Path) -> None:
    home = new_home(tmp_path / "home")
    nameless = [(f"n{number}", {"name": ""}) for number in range(20)]
    deliver(home, 0, "cards", nameless[:1])  # one card without a name: a fault of the card
    deliver(home, 1, "cards", nameless)  # a file of twenty: the export lost the column
    with opened(home) as store:
        sheets = assembled(store, FIRST)
        close(sheets)
        shutil.rmtree(home.shelf)
        same(sheets, assembled(store, FIRST))
    missing = sheets.findings.filter(rule_id="death.name.missing")
    assert missing.is_empty()


def test_a_row_is_typed_on_the_night_it_came_and_never_again(
    tmp_path: Path, monkeypatch: object
) -> None:
    from flows.shelf import sheet

    typed: list[int] = []
    once: Callable[..., tuple[pl.DataFrame, ...]] = sheet.typed_rows

    def counted(rows: pl.DataFrame, *more: object) -> tuple[pl.DataFrame, ...]:
        typed.append(rows.height)
        return once(rows, *more)

    monkeypatch.setattr(sheet, "typed_rows", counted)  # type: ignore[attr-defined]
    home = new_home(tmp_path / "home")
    deliver(home, 0, "cards", [("a", {}), ("b", {"cause": "R99"})])
    for night, expected in enumerate([[2], [2], [2, 1]]):
        if night == 2:  # one of these rows is known, one is new
            deliver(home, 2, "cards", [("a", {}), ("c", {})])
        with opened(home) as store:
            tonight = assembled(store, FIRST + timedelta(days=night))
            close(tonight)
        assert typed == expected
    assert tonight.frames["death"]["card_id"].to_list() == ["b", "a", "c"]


AGAIN = "上次留下的中间结果有损坏，已改从原始库重算；原始库不受影响。"


def of_two_sheets(folder: Path) -> tuple[Home, Tonight]:
    """A home after a night, with something malformed, lost and found; and what it assembled."""
    home = new_home(folder)
    deliver(home, 0, "cards", [("a", {}), ("b", {"cause": "R99", "birth": "何时"})])
    deliver(home, 1, "cards", [("c", {"name": ""}), ("a", {"county": "无此县"})])
    with opened(home) as store:
        tonight = assembled(store, FIRST)
        close(tonight)
    return home, tonight


def judged_again(home: Home) -> tuple[Tonight, list[str]]:
    """The night once more, as far as it is judged, and what it says of the shelf."""
    told: list[str] = []
    with opened(home) as store:
        tonight = Tonight(store, FIRST, told.append)
        for step in (receive, assemble, validate):
            step(tonight)
    return tonight, [line for line in told if line == AGAIN]


@pytest.mark.parametrize("kind", ["sight", "content", "rest", "about", "verdict"])
def test_a_damaged_shelf_costs_a_full_night_and_nothing_else(tmp_path: Path, kind: str) -> None:
    home, sound = of_two_sheets(tmp_path / "home")
    file = min(home.shelf.rglob(f"*.{kind}*"))
    file.write_bytes(file.read_bytes()[:-40])
    tonight, told = judged_again(home)
    same(tonight, sound)
    assert told == [AGAIN]


def test_whatever_file_of_the_shelf_is_gone_the_night_is_the_same(tmp_path: Path) -> None:
    home, sound = of_two_sheets(tmp_path / "home")
    files = sorted(file.relative_to(home.path) for file in home.shelf.rglob("*.*"))
    kinds = {file.suffix.split("-")[0] for file in files}
    assert {".about", ".sight", ".content", ".malformed", ".lost", ".failing"} < kinds
    for file in files:
        one = Home(shutil.copytree(home.path, tmp_path / file.name))
        (one.path / file).unlink()
        tonight, told = judged_again(one)
        same(tonight, sound)
        if not file.suffix.startswith((".about", ".verdict", ".rest")):  # made anew, or read later
            assert told == [AGAIN], file


def test_a_shelf_of_which_half_was_removed_is_not_believed(tmp_path: Path) -> None:
    home, sound = of_two_sheets(tmp_path / "home")
    files = [
        file.relative_to(home.path) for file in home.shelf.rglob("*.*")
    ]  # as rmtree finds them
    for count in range(2, len(files)):
        one = Home(shutil.copytree(home.path, tmp_path / str(count)))
        for file in files[:count]:
            (one.path / file).unlink()
        same(judged_again(one)[0], sound)
