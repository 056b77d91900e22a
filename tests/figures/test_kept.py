"""A drawing is taken from an earlier night only when it is what would be drawn."""

from __future__ import annotations

from concurrent.futures import Future
from pathlib import Path

import polars as pl
import pytest

from flows.figures import kept
from flows.figures.compare import bars, diagonal
from flows.figures.image import as_svg
from flows.figures.kept import Drawings
from flows.figures.press import Press
from flows.figures.theme import Figure

FRAME = pl.DataFrame({"name": ["甲镇", "乙镇"], "x": [1.0, 2.0], "y": [2.0, None]})
WORDS = ("1－5年生存率", "M/I")


class Counted(Press):
    """Draws here, and notes the titles of what is really drawn."""

    def __init__(self) -> None:
        super().__init__()
        self.titles: list[str] = []

    def draw(self, figure: Figure, title_zh: str) -> Future[str]:
        self.titles.append(title_zh)
        made: Future[str] = Future()
        made.set_result(as_svg(figure, title_zh))
        return made


@pytest.fixture
def press() -> Counted:
    return Counted()


def test_a_figure_of_the_same_numbers_is_drawn_once_and_stays_the_same(
    tmp_path: Path, press: Counted
) -> None:
    first = Drawings(tmp_path, press).svg("图", diagonal, FRAME, *WORDS)()
    again = Drawings(tmp_path, press).svg("图", diagonal, FRAME.clone(), *WORDS)()
    assert first == again == as_svg(diagonal(FRAME, *WORDS), "图")
    assert press.titles == ["图"]


@pytest.mark.parametrize(
    ("title", "frame", "words"),
    [
        ("图", FRAME.with_columns(x=pl.col("x") + 1e-9), WORDS),
        ("图", FRAME.with_columns(y=pl.lit(2.0)), WORDS),
        ("图", FRAME.cast({"x": pl.Float32}), WORDS),
        ("图", FRAME, ("1－5年生存率", "M：I")),
        ("另一图", FRAME, WORDS),
    ],
)
def test_whatever_is_different_is_drawn_anew(
    tmp_path: Path, press: Counted, title: str, frame: pl.DataFrame, words: tuple[str, str]
) -> None:
    drawings = Drawings(tmp_path, press)
    drawings.svg("图", diagonal, FRAME, *WORDS)()
    made = drawings.svg(title, diagonal, frame, *words)()
    assert press.titles == ["图", title]
    assert made == as_svg(diagonal(frame, *words), title)


def test_another_figure_or_program_draws_anew(
    tmp_path: Path, press: Counted, monkeypatch: pytest.MonkeyPatch
) -> None:
    frame = pl.DataFrame({"name": ["肝"], "sex": ["男"], "value": [1.0], "x": [1.0], "y": [1.0]})
    drawings = Drawings(tmp_path, press)
    drawings.svg("图", bars, frame, "率")()
    monkeypatch.setattr(kept, "_program", lambda: "a later version")
    drawings.svg("图", bars, frame, "率")()
    drawings.svg("图", diagonal, frame, "率", "率")()
    assert press.titles == ["图"] * 3


def test_a_file_that_was_left_half_is_drawn_again(tmp_path: Path, press: Counted) -> None:
    whole = Drawings(tmp_path, press).svg("图", diagonal, FRAME, *WORDS)()
    (file,) = tmp_path.iterdir()
    file.write_text(whole[:200], "utf-8")
    assert Drawings(tmp_path, press).svg("图", diagonal, FRAME, *WORDS)() == whole
    assert file.read_text("utf-8") == whole
    assert press.titles == ["图", "图"]


def test_what_no_page_shows_any_more_goes(tmp_path: Path, press: Counted) -> None:
    Drawings(tmp_path, press).svg("图", diagonal, FRAME, *WORDS)()
    (tmp_path / "interrupted.draft").write_text("<svg")
    tonight = Drawings(tmp_path, press)
    tonight.svg("新图", diagonal, FRAME, *WORDS)()
    tonight.forget_others()
    assert {file.name for file in tmp_path.iterdir()} == tonight.used
