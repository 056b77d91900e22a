"""The night without an orchestrator: the same steps in the same order."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from flows.fault import contained
from flows.home import Home
from flows.night import STEPS, summary
from flows.store import opened
from flows.tonight import Tonight


def run_plain(home: Home, as_of: date, say: Callable[[str], None] = print) -> str:
    """Run the steps one after the other; an error leaves yesterday's published file in place."""
    with opened(home) as store:
        tonight = Tonight(store, as_of, say)
        for name, step in STEPS.items():
            contained(name, step)(tonight)
        return summary(tonight)
