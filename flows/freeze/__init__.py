"""A closed year under a name: its cards' versions, rules, populations and scores, as published.

A freeze keeps two things: a copy of the published file under ``<home>/frozen/`` (rules, criteria,
populations, indicators, scores; no identities) and, in the encrypted state, the version of every
card of the year. What comes later is 追补, told by `quality.since_freeze`.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flows.freeze.record import Frozen
    from flows.home import Home


def frozen(home: Home | Path | None, name: str) -> Frozen:
    """The freeze of this name; `Frozen.home` is the home as it was published then.

    Raises:
        UserError: there is none; the message lists those there are.
    """
    from flows.freeze.record import find

    return find(home, name)
