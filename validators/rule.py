"""The vocabulary of rules: what a rule is, and how it becomes a pandera check on a column.

A rule states what is true of a sound card.  Its statement is a polars expression: true is sound,
false is a finding, and null (the card is too incomplete to judge) passes, because another rule
reports what is missing.  `when` says which cards a rule concerns; they are its denominator.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import pandera.polars as pa
import polars as pl

Severity = Literal["error", "warning", "query"]
Channel = Literal["hospital", "county", "statistic"]
Dimension = Literal["completeness", "conformance", "plausibility", "timeliness", "uniqueness"]

#: Key under which a pandera check carries its facts.
FACTS = "facts"


@dataclass(frozen=True, kw_only=True)
class Facts:
    """Everything there is to know about a rule but its place (card type and field).

    `statement` takes the field's name.  `implies` names rules (without card type) that break
    unavoidably with this one.  Rules of a `family` can be switched off together.
    """

    name: str
    zh: str
    source: str
    statement: Callable[[str], pl.Expr]
    severity: Severity = "error"
    channel: Channel = "hospital"
    dimension: Dimension = "plausibility"
    jurisdiction: str = ""
    valid_from: date | None = None
    valid_to: date | None = None
    implies: tuple[str, ...] = ()
    when: Callable[[str], pl.Expr] | None = None
    family: str = ""

    def __deepcopy__(self, memo: dict[int, Any]) -> "Facts":
        """Stay one object: pandera copies its columns at every validation."""
        return self

    def concern(self, field: str) -> pl.Expr | None:
        """Return which cards the rule is about, or None for all."""
        parts = [] if self.when is None else [self.when(field)]
        if self.valid_from is not None:
            parts.append(pl.col("event_date") >= self.valid_from)
        if self.valid_to is not None:
            parts.append(pl.col("event_date") <= self.valid_to)
        if not parts:
            return None
        return parts[0] if len(parts) == 1 else pl.all_horizontal(parts)

    def verdict(self, field: str) -> pl.Expr:
        """Return true for every card that the rule has nothing against."""
        return verdict_of(self.statement(field), self.concern(field))


def verdict_of(sound: pl.Expr, concern: pl.Expr | None) -> pl.Expr:
    """Return true for every card that is sound, or not told, or none of the rule's concern."""
    return (sound if concern is None else ~concern | sound).fill_null(True)


def could_of(sound: pl.Expr, concern: pl.Expr | None) -> pl.Expr:
    """Return true for every card that a rule could judge: the denominator."""
    judged = sound.is_not_null()
    return judged if concern is None else concern.fill_null(False) & judged


def verdict_name(field: str, name: str) -> str:
    """Return the name of the column in which a rule's verdict stands when it is known already."""
    return f"verdict_{field}.{name}"


def could_name(field: str, name: str) -> str:
    """Return the name of the column that says which cards a rule could judge."""
    return f"could_{field}.{name}"


def answer(facts: Facts, field: str, frame: pl.LazyFrame) -> pl.LazyFrame | bool:
    """Return what a check says of a frame: of every row, or of all where the verdicts are in it.

    See `validators.verdict`: they are worked out for all rules at once.
    """
    name = verdict_name(field, facts.name)
    try:
        return bool(frame.select(pl.col(name).all()).collect().item())
    except pl.exceptions.ColumnNotFoundError:
        return frame.select(facts.verdict(field))


def check_of(facts: Facts) -> pa.Check:
    """Return the pandera check of a rule on one field.

    No failure cases are asked for: they hold values of cards, and cost memory.  The row numbers
    are read from the verdicts instead.
    """

    def check(data: pa.PolarsData) -> pl.LazyFrame | bool:
        return answer(facts, data.key, data.lazyframe)

    return pa.Check(
        check,
        name=facts.name,
        ignore_na=False,
        n_failure_cases=0,
        statistics={FACTS: facts},
    )


def rule(
    field: str,
    *,
    zh: str,
    source: str,
    severity: Severity = "error",
    channel: Channel = "hospital",
    dimension: Dimension = "plausibility",
    jurisdiction: str = "",
    valid_from: date | None = None,
    valid_to: date | None = None,
    implies: tuple[str, ...] = (),
    when: pl.Expr | None = None,
    family: str = "",
) -> Callable[[Callable[[Any], pl.Expr]], Any]:
    """Declare a cross-field rule that accuses `field`; the method's name is its statement.

    `zh` is what the hospital reads (`{label}` stands for the field's label); it holds no value of
    a card.  `jurisdiction` is a two-digit province, empty for everywhere; the validity dates are
    compared with the card's event date.
    """

    def declare(method: Callable[[Any], pl.Expr]) -> Any:
        facts = Facts(
            name=method.__name__,
            zh=zh,
            source=source,
            statement=lambda _: method(pa.DataFrameModel),
            severity=severity,
            channel=channel,
            dimension=dimension,
            jurisdiction=jurisdiction,
            valid_from=valid_from,
            valid_to=valid_to,
            implies=implies,
            when=None if when is None else lambda _: when,
            family=family,
        )

        def check(cls: type, data: pa.PolarsData) -> pl.LazyFrame | bool:
            return answer(facts, field, data.lazyframe)

        check.__name__ = method.__name__
        check.__doc__ = method.__doc__
        return pa.check(
            field,
            name=method.__name__,
            ignore_na=False,
            n_failure_cases=0,
            statistics={FACTS: facts},
        )(check)

    return declare
