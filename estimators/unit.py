"""Which unit makes a printed rate agree with its count and population: %, ‰, /万 or /10万.

A printed number is known to its last digit only; cut off or rounded, the rate lies within one step
of that digit. A population may itself be rounded (`12.6万`): it is given as a span.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

#: Unit as printed -> people per unit of the rate.
UNITS: dict[str, int] = {"%": 100, "‰": 1_000, "/万": 10_000, "/10万": 100_000}
Span = tuple[float, float]


@dataclass(frozen=True)
class Printed:
    """A number as somebody wrote it, and the worth of its last digit."""

    value: float
    step: float

    @property
    def span(self) -> Span:
        """What it may have been before it was rounded or cut off."""
        return max(self.value - self.step, 0.0), self.value + self.step


def printed(text: str) -> Printed:
    """Read ``1,234.5``. Raises ValueError for anything else."""
    plain = text.strip().replace(",", "")
    if not re.fullmatch(r"\d+(?:\.\d+)?", plain):
        raise ValueError("not a number without sign")
    decimals = len(plain.partition(".")[2])
    return Printed(float(plain), 10.0**-decimals)


def rate_span(count: float, population: Span, unit: str) -> Span:
    """The rate of ``count`` events among ``population`` people (low, high > 0), in ``unit``."""
    low, high = population
    return UNITS[unit] * count / high, UNITS[unit] * count / low


def fits(count: float, population: Span, number: Printed, unit: str) -> bool:
    """Whether count and population give the printed number in this unit."""
    low, high = rate_span(count, population, unit)
    # Printed decimals have no exact binary fraction.
    slack = 1e-9 * max(number.span[1], high)
    return low <= number.span[1] + slack and high >= number.span[0] - slack


def fitting_units(count: float, population: Span, number: Printed) -> list[str]:
    """The units in which they agree, from % to /10万; more than one only for rates near 0."""
    return [unit for unit in UNITS if fits(count, population, number, unit)]


def implied_population(count: float, number: Printed, unit: str) -> Span | None:
    """The people among whom ``count`` events give the printed rate; None for a rate that may be 0.

    881 deaths at 7‰ need between 110,125 and 146,833 people, at 7.00‰ between 125,678 and 126,038.
    """
    low, high = number.span
    if count <= 0 or low <= 0:
        return None
    return UNITS[unit] * count / high, UNITS[unit] * count / low
