"""Two numbers compared, with the interval of their difference or ratio.

Differences of proportions: Newcombe RG, Stat Med 1998;17:873-90, method 10 (from the two Wilson
intervals). Ratios of rates: the exact conditional interval of the two counts, scaled by the people.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import polars as pl

from estimators.rate import ratio

RATES = ("per_1000", "per_100k")


@dataclass(frozen=True)
class Change:
    """A comparison: the estimate and its 95 % limits; ``neutral`` is the value of no change."""

    kind: str  # 率比 or 差
    value: float
    low: float
    high: float
    neutral: float

    @property
    def is_significant(self) -> bool:
        """The interval leaves out no change."""
        return not self.low <= self.neutral <= self.high

    @property
    def rises(self) -> bool:
        """The newer or first is the greater one."""
        return self.value > self.neutral


def rate_ratio(count: float, people: float, other: float, other_people: float) -> Change | None:
    """The first rate over the other; None without events in the other or without people."""
    if not other or not people or not other_people:
        return None
    made = ratio(pl.DataFrame({"count_a": [count], "count_b": [other]})).row(0, named=True)
    if made["value"] is None or made["ci_high"] is None or not math.isfinite(made["ci_high"]):
        return None
    scale = other_people / people
    return Change("率比", made["value"] * scale, made["ci_low"] * scale, made["ci_high"] * scale, 1)


def difference(first: dict[str, Any], other: dict[str, Any]) -> Change | None:
    """First minus other from two values with limits (Newcombe for proportions, else normal)."""
    ends = [row[key] for row in (first, other) for key in ("value", "ci_low", "ci_high")]
    if any(end is None for end in ends):
        return None
    gap = first["value"] - other["value"]
    low = math.hypot(first["value"] - first["ci_low"], other["ci_high"] - other["value"])
    high = math.hypot(first["ci_high"] - first["value"], other["value"] - other["ci_low"])
    return Change("差", gap, gap - low, gap + high, 0)


def years_apart(first: dict[str, Any], other: dict[str, Any]) -> Change | None:
    """Two rows of indicator.summary of one indicator."""
    if first["unit"] in RATES:
        return rate_ratio(
            first["numerator"], first["denominator"], other["numerator"], other["denominator"]
        )
    return difference(first, other)
