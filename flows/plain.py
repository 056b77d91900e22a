"""The night without an orchestrator: the same steps in the same order."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from flows.attempt import attempt
from flows.home import Home
from flows.night import STEPS


def run_plain(
    home: Home,
    as_of: date,
    say: Callable[[str], None] = print,
    *,
    engine: str | None = None,
    is_full: bool = False,
) -> str:
    """Run the steps one after the other; an error leaves yesterday's published file in place."""
    with attempt(home, as_of, say, engine=engine, is_full=is_full) as tried:
        for name, step in STEPS.items():
            tried.wrapped(name, step)(tried.tonight)
        return tried.finish()
