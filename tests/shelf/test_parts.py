"""Columns that a night leaves on the shelf reach the published file as if it had held them."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest

from flows import raw_file
from flows.engine import Engine
from flows.home import Home
from flows.night import STEPS
from flows.shelf import parts
from flows.shelf.current import by_part
from flows.shelf.files import CONTENT
from flows.shelf.narrow import held
from flows.store import opened
from flows.tonight import Tonight
from tests.shelf.test_random_histories import assembled, deliver, new_home
from tests.trust.picture import KEY, picture
from tests.trust.run import samples

NIGHT = date(2026, 1, 31)


class WholeEngine(Engine):
    """Holds all columns of all cards, as a night on Spark does."""

    holds_whole_cards = True


def night(home: Home, engine: Engine) -> int:
    """Run a night; how many columns it held of a death card."""
    width = 0
    with opened(home) as store:
        tonight = Tonight(store, NIGHT, engine=engine)
        for name, step in STEPS.items():
            step(tonight)
            width = tonight.frames["death"].width if name == "validate" else width
    return width


@pytest.mark.parametrize("together", [100_000, 25])
def test_a_night_that_holds_few_columns_publishes_what_one_that_holds_all_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, together: int
) -> None:
    monkeypatch.setenv("ZHIKONG_KEY", KEY)
    monkeypatch.setattr(parts, "TOGETHER", together)  # one part a kind, or many
    inbox, later = samples(tmp_path)
    pictures, widths = [], []
    for name, engine in (("few", Engine()), ("all", WholeEngine())):
        home = Home(tmp_path / name)
        shutil.copytree(inbox, home.inbox)
        shutil.copytree(later, home.inbox, dirs_exist_ok=True)
        widths.append(night(home, engine))
        pictures.append(picture(home.path))
    few, every = pictures
    assert widths[0] < 0.6 * widths[1]
    assert [name for name in every if every[name] != few.get(name)] == []


def test_a_part_holds_so_many_cards_at_most_and_no_file_is_read_for_two(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ZHIKONG_KEY", KEY)
    monkeypatch.setattr(raw_file, "LINES", 10)
    monkeypatch.setattr(parts, "TOGETHER", 25)
    home = new_home(tmp_path / "home")
    deliver(home, 0, "cards", [(f"d{number}", {}) for number in range(35)])
    deliver(home, 1, "cards", [(f"d{number}", {"cause": "C349"}) for number in range(30, 50)])
    with opened(home) as store:
        tonight = assembled(store, NIGHT)
        assert tonight.shelf is not None
        made = parts.parts_of(tonight.shelf, tonight.kinds["death"])
        places = made.held.select(CONTENT)
        files = [
            place for piece in made.pieces for *place, _ in by_part(tonight.shelf, places[piece])
        ]
    assert [piece.len() <= 25 for piece in made.pieces] == [True] * len(made.pieces)
    assert len(files) > len(made.pieces) > 1 and len(files) == len({*map(tuple, files)})
    assert sorted(row for piece in made.pieces for row in piece) == list(range(50))


def test_a_night_holds_dates_places_and_the_texts_that_its_steps_read() -> None:
    kept = ["onset_date_a", "area_code", "event_date", "cause_a", "underlying_cause"]
    left = ["cause_a_text", "occupation", "underlying_cause_raw", "history", "schooling_text"]
    assert held("death", [*left, *kept]) == kept


def test_a_file_that_is_damaged_before_the_models_read_it_costs_a_full_night(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ZHIKONG_KEY", KEY)
    home = new_home(tmp_path / "home")
    deliver(home, 0, "cards", [("a", {}), ("b", {"cause": "R99"})])
    night(home, Engine())
    sound = picture(home.path)["card.death"]
    told: list[str] = []
    with opened(home) as store:
        tonight = Tonight(store, NIGHT, told.append)
        for name, step in STEPS.items():
            if name == "publish":
                (file,) = home.shelf.rglob("*.rest")
                file.write_bytes(file.read_bytes()[:-40])
                for sums in home.shelf.rglob("published-*"):  # else the table is carried over
                    sums.unlink()
            step(tonight)
    assert picture(home.path)["card.death"] == sound
    assert [line for line in told if "从原始库重算" in line] == [
        "上次留下的中间结果有损坏，已改从原始库重算；原始库不受影响。"
    ]
