"""The drawing process draws what the caller would, says what it cannot draw, and always ends."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from flows.figures.compare import diagonal
from flows.figures.image import as_svg
from flows.figures.press import DrawingError, Press

FIGURE = diagonal(pl.DataFrame({"name": ["甲镇"], "x": [1.0], "y": [2.0]}), "率", "M/I")
BROKEN = FIGURE | {"layer": [{"mark": "bar", "transform": [{"filter": "datum.("}]}]}


def test_a_figure_is_drawn_as_it_would_be_here_and_one_that_cannot_be_is_told() -> None:
    with Press() as press:
        bad = press.draw(BROKEN, "图")
        good = press.draw(FIGURE, "图")
        with pytest.raises(DrawingError, match="Unexpected token"):
            bad.result()
        assert good.result() == as_svg(FIGURE, "图")
        process = press._process
        assert process is not None and process.poll() is None
    assert process.poll() == 0


def test_nothing_runs_where_nothing_is_drawn() -> None:
    with Press() as press:
        pass
    assert press._process is None


def test_one_that_is_warm_has_begun_and_draws_the_same() -> None:
    with Press() as press:
        press.warm()
        press._line.submit(lambda: None).result()
        process = press._process
        assert process is not None and process.poll() is None
        assert press.draw(FIGURE, "图").result() == as_svg(FIGURE, "图")
        assert press._process is process


def test_what_nobody_waits_for_is_left_when_the_caller_fails() -> None:
    with pytest.raises(ZeroDivisionError), Press() as press:
        press.draw(FIGURE, "图").result()
        left = [press.draw(FIGURE, "图") for _ in range(50)]
        raise ZeroDivisionError
    assert left[-1].cancelled()
    assert press._process is not None and press._process.poll() == 0


def test_a_process_that_was_killed_is_an_error_and_no_endless_wait(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))  # it leaves its font behind
    with Press() as press:
        press.draw(FIGURE, "图").result()
        assert press._process is not None
        press._process.kill()
        press._process.wait()
        with pytest.raises(DrawingError, match="ended with -9"):
            press.draw(FIGURE, "图").result()


def test_it_ends_with_a_caller_that_is_killed() -> None:
    code = (
        "import os, signal\n"
        "from flows.figures.press import Press\n"
        "press = Press()\n"
        f"press.draw({FIGURE!r}, '图').result()\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    # Standard error, which the process holds too, is at its end only when both are gone.
    caller = subprocess.run([sys.executable, "-c", code], stderr=subprocess.PIPE, timeout=60)
    assert caller.returncode == -signal.SIGKILL
