"""Named errors: an estimator refuses with a reason, it never returns NaN in silence.

The message is Chinese (it reaches county staff through ``zhikong stat``); ``english`` is the
class's short English title. ``column`` and ``row`` (0-based position in the input) say where.
Messages name columns, positions and totals, never an identity.
"""

from __future__ import annotations


class EstimatorError(ValueError):
    """Base of every refusal; ``str(error)`` is the Chinese message."""

    english = "the input cannot be used"

    def __init__(self, message: str, *, column: str | None = None, row: int | None = None) -> None:
        """Keep the message and, where known, the column and the 0-based row it is about."""
        super().__init__(message)
        self.column = column
        self.row = row


class MissingColumnError(EstimatorError):
    """A column the method needs is absent."""

    english = "a required column is missing"


class InvalidValueError(EstimatorError):
    """A value is missing, not a number, infinite or out of its range."""

    english = "a value is missing, not a number or out of range"


class NegativeCountError(InvalidValueError):
    """A count or a population is below zero."""

    english = "a count is negative"


class ZeroDenominatorError(EstimatorError):
    """A population, total or reference count is zero."""

    english = "the denominator is zero"


class CountExceedsTotalError(EstimatorError):
    """More events than people (or than trials)."""

    english = "the count exceeds its total"


class InvalidOptionError(EstimatorError):
    """An option has a value the method does not know."""

    english = "an option is not valid"


class AgeGroupError(EstimatorError):
    """Age groups repeat, are missing or are not the ones the method needs."""

    english = "the age groups do not fit the method"


class SmallNumbersError(EstimatorError):
    """Too few events or people for an honest number."""

    english = "too few events or people"


class NoOverlapError(EstimatorError):
    """Two lists share nobody, so their product estimate is infinite."""

    english = "the lists do not overlap"


class NotEstimableError(EstimatorError):
    """The model has no finite estimate on these data."""

    english = "the quantity is not estimable from these data"
