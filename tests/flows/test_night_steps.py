"""What a step of a night leaves to the next, and a night that ends early to nobody."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from flows import night
from flows.home import Home
from flows.shelf import verdict
from flows.store import Store, opened
from flows.tonight import Tonight
from flows.trace.totals import Totals
from tests.trust.picture import KEY
from tests.trust.run import samples

FIRST, SECOND = date(2026, 1, 31), date(2026, 2, 1)
#: What a night adds to: findings, how cards count, published values.
TABLES = ("finding", "card_trace", "card_change", "indicator_value", "night_basis", "run")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.setenv("ZHIKONG_KEY", KEY)
    samples(tmp_path)[0].rename(tmp_path / "inbox")
    return Home(tmp_path)


def run(store: Store, day: date, *without: str) -> None:
    tonight = Tonight(store, day)
    for name, step in night.STEPS.items():
        if name not in without:
            step(tonight)


def kept(store: Store) -> dict[str, list[Any]]:
    execute = store.connection.execute
    return {name: execute(f"from state.{name} order by all").fetchall() for name in TABLES}


def test_new_cards_are_judged_while_persons_are_made_and_not_again(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    judged: list[tuple[str, str]] = []

    def judge(shelf: object, card_type: str, *given: Any) -> None:
        judged.append((step, card_type))
        whole(shelf, card_type, *given)

    whole = verdict._judge
    monkeypatch.setattr(verdict, "_judge", judge)
    with opened(home) as store:
        tonight = Tonight(store, FIRST)
        for step in ("receive", "assemble", "validate"):
            night.STEPS[step](tonight)
    assert sorted(judged) == [
        ("assemble", name) for name in ("cardio", "death", "diabetes", "tumour")
    ]
    assert tonight.findings.height


def test_a_night_that_ends_before_close_adds_nothing_to_state(home: Home) -> None:
    with opened(home) as store:
        run(store, FIRST)
        before = kept(store)
    with opened(home) as store:
        run(store, SECOND, "close", "present")
    with opened(home) as store:
        assert kept(store) == before
        run(store, SECOND)
        after = kept(store)
    assert before["finding"] and before["card_trace"]
    assert len(after["run"]) == len(before["run"]) + 1
    assert len(after["night_basis"]) == len(before["night_basis"]) + 1


@pytest.mark.parametrize("broken", ["_done", "keep"])
def test_a_night_that_breaks_off_while_it_is_kept_counts_no_change_twice(
    home: Home, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    def fails(*given: object) -> None:
        raise OSError("disk full")

    with opened(home) as store:
        with monkeypatch.context() as tonight, pytest.raises(OSError, match="disk full"):
            tonight.setattr(night if broken == "_done" else Totals, broken, fails)
            run(store, SECOND)
        run(store, FIRST)  # an earlier day
        run(store, SECOND)
        cards = store.connection.execute(
            "select count(*), count(distinct (card_type, card_id)) from state.card_trace"
            " where night_to is null"
        ).fetchone()
    assert cards is not None and cards[0] == cards[1] > 0


def test_a_day_before_one_that_changed_the_history_is_a_look_back(home: Home) -> None:
    with opened(home) as store:
        run(store, SECOND)
        store.connection.execute("delete from state.run")  # as an older version may have left it
        assert Tonight(store, FIRST).is_look_back
