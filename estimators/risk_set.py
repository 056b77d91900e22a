"""Daily sums over the risk set: how many, with which weight, at which expected hazard.

Weights exp(+-H(t)) differ by person, but inside one cell of the life table they grow at one common
rate, so a running sum by cell and day replaces a loop over persons and days.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .expected_hazard import HazardTable, Walk
from .interval import Floats

CELLS_AT_ONCE = 512  # bounds the cell x day working array (512 x 10 years of days = 15 MB)


@dataclass(frozen=True)
class DailySums:
    """Sums over persons at risk in each day [d, d+1): index d, length ``days``.

    ``weight_end`` is taken at d+1 just before that day's exits, the others at mid-day.
    """

    weight_end: Floats
    weight: Floats
    weighted_hazard: Floats


def at_risk(entry: Floats, leave: Floats, days: int) -> Floats:
    """Number of persons under observation in each day [d, d+1)."""
    joined = np.bincount(entry.astype(np.int64), minlength=days + 1)[: days + 1]
    left = np.bincount(np.minimum(leave, days).astype(np.int64), minlength=days + 1)[: days + 1]
    running: Floats = np.cumsum(joined - left)[:days].astype(np.float64)
    return running


def daily_sums(table: HazardTable, stays: Walk, entry: Floats, days: int, power: int) -> DailySums:
    """Sums with weights exp(power x H): +1 inverse expected survival, 0 none, -1 expected survival.

    ``entry`` (days since diagnosis) delays a person's contribution (period analysis).
    """
    sums = np.zeros((3, days))
    hazard = table.hazard.reshape(-1)
    first = np.ceil(np.maximum(stays.start, entry[stays.person]) - 0.5).astype(np.int64)
    last = np.minimum(np.ceil(stays.end - 0.5).astype(np.int64), days)
    keep = np.flatnonzero(last > first)
    cells, local = np.unique(stays.cell[keep], return_inverse=True)
    rates = hazard[cells]
    scale = np.exp(power * (stays.before[keep] - rates[local] * stays.start[keep]))
    first, last = first[keep], last[keep]
    order = np.argsort(local, kind="stable")
    bounds = np.searchsorted(local[order], np.arange(0, len(cells) + CELLS_AT_ONCE, CELLS_AT_ONCE))
    middle, width = np.arange(days) + 0.5, days + 1
    for chunk in range(len(bounds) - 1):
        members = order[bounds[chunk] : bounds[chunk + 1]]
        offset = chunk * CELLS_AT_ONCE
        rate = rates[offset : offset + CELLS_AT_ONCE]
        size = len(rate) * width
        base = (local[members] - offset) * width
        change = np.bincount(base + first[members], weights=scale[members], minlength=size)
        change -= np.bincount(base + last[members], weights=scale[members], minlength=size)
        running = np.cumsum(change.reshape(len(rate), width), axis=1)[:, :days]
        if power:
            running *= np.exp(power * rate[:, None] * middle)
        sums[1] += running.sum(axis=0)
        sums[2] += rate @ running
        sums[0] += np.exp(power * rate / 2) @ running
    return DailySums(sums[0], sums[1], sums[2])
