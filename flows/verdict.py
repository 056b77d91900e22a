"""The two verdicts on a value: does it meet the rule (考核), and is it likely (合理性)."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from dataclasses import dataclass

from flows.criteria import AgainstIndicator, Band, PerPoint, Test, Threshold, UrbanRural

COMPARE: dict[str, Callable[[float, float], bool]] = {
    ">=": operator.ge,
    ">": operator.gt,
    "<=": operator.le,
    "<": operator.lt,
}
#: A benchmark without limits of its own is taken as +/- 25 % (docs/definitions.md).
TOLERANCE = 0.25


@dataclass(frozen=True)
class Value:
    """An indicator's row: value = numerator / denominator x factor; null parts are unknown."""

    value: float | None
    numerator: float | None = None
    denominator: float | None = None
    ci_low: float | None = None
    ci_high: float | None = None
    unit: str = "count"
    method: str = ""
    year: int | None = None

    @property
    def factor(self) -> float:
        """What value is per unit of numerator / denominator."""
        return {"percent": 100.0, "per_1000": 1000.0, "per_100k": 100_000.0}.get(self.unit, 1.0)


@dataclass(frozen=True)
class Benchmark:
    """The band a value is compared with, and where it comes from."""

    low: float
    high: float
    source: str

    @classmethod
    def around(cls, value: float, low: float | None, high: float | None, source: str) -> Benchmark:
        """A missing limit is 25 % away from the value."""
        return cls(
            value * (1 - TOLERANCE) if low is None else low,
            value * (1 + TOLERANCE) if high is None else high,
            source,
        )


def exact(value: float) -> float:
    """Free of floating dust, so that 57 of 60 is 95 and not 94.99999999999999."""
    return round(value, 9)


def passes(threshold: Threshold, value: float) -> bool:
    """Whether the value is on the right side of the threshold."""
    return COMPARE[threshold.operator](exact(value), threshold.limit)


def resolve(test: Test, *, is_urban: bool, other: float | None) -> Test | None:
    """The test as it stands for this county and year.

    The urban or rural threshold is chosen and another indicator becomes its number; None when that
    number is not known.
    """
    if isinstance(test, UrbanRural):
        return test.urban if is_urban else test.rural
    if isinstance(test, AgainstIndicator):
        return None if other is None else Threshold(test.operator, exact(other))
    return test


def points(test: Test, value: float, points_max: float) -> float:
    """The points of a numeric test: all or none, or some for a test by the point.

    Raises TypeError for a test that documents answer and no number can.
    """
    if isinstance(test, Threshold):
        return points_max if passes(test, value) else 0.0
    if isinstance(test, Band):
        number = exact(value)
        inside = COMPARE[test.low_operator](test.low, number)
        return points_max if inside and COMPARE[test.high_operator](number, test.high) else 0.0
    if isinstance(test, PerPoint):
        above = max(exact(value - test.above), 0.0)
        lost = math.ceil(above) if test.started else math.floor(above)
        return min(points_max, max(test.floor, test.full - test.step * lost))
    raise TypeError(f"{type(test).__name__} is not judged by a number")


def status(earned: float, points_max: float) -> str:
    """met, partial or unmet."""
    if earned >= points_max:
        return "met"
    return "partial" if earned > 0 else "unmet"


def plausibility(value: float | None, benchmark: Benchmark | None) -> str:
    """in_band, below_band, above_band or no_band."""
    if value is None or benchmark is None:
        return "no_band"
    if exact(value) < exact(benchmark.low):
        return "below_band"
    return "above_band" if exact(value) > exact(benchmark.high) else "in_band"


def records_to_work_on(test: Test, value: Value) -> int | None:
    """How many existing records must be put right before the test is met.

    For a share that must be high: records to bring from the denominator into the numerator; for one
    that must be low: records to take out of the numerator. None where no number of them would do.
    """
    if value.numerator is None or not value.denominator:
        return None
    if isinstance(test, PerPoint):
        test = Threshold("<=", test.above)
    if not isinstance(test, Threshold):
        return None
    rising = test.operator in (">=", ">")
    room = value.denominator - value.numerator if rising else value.numerator
    step = 1 if rising else -1
    for count in range(math.ceil(room) + 1):
        share = (value.numerator + step * count) / value.denominator * value.factor
        if passes(test, share):
            return count
    return None
