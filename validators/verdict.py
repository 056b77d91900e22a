"""All verdicts of a batch in one polars select, for the pandera checks to read.

One select shares what rules have in common (the age, the number of a code, a list of places) and
uses every processor; a check that finds its verdict in the frame answers with one truth value,
where pandera would otherwise copy and count rows once a rule.
"""

from typing import NamedTuple

import pandera.polars as pa
import polars as pl

from validators.rule import FACTS, Facts, verdict_name


class Verdicts(NamedTuple):
    """The fields of a schema with one Boolean column a rule, and the rules that crashed."""

    frame: pl.DataFrame
    crashed: list[tuple[str, Facts]]


def verdicts(part: pl.DataFrame, schema: pa.DataFrameSchema) -> Verdicts:
    """Work out what every rule of a schema says of every row.

    Args:
        part: a prepared frame.
        schema: the rules in force.

    Returns:
        The schema's columns and one named `verdict_name(field, rule)` a rule, a row per row of
        `part`; field and facts of the rules that crashed, which have no column.
    """
    named: dict[str, pl.Expr] = {}
    for field, column in schema.columns.items():
        for check in column.checks:
            expression = _expression(check.statistics[FACTS], field)
            if expression is not None:
                named[verdict_name(field, check.name)] = expression
    worked = _worked(part, [expression.alias(name) for name, expression in named.items()])
    frame = part.select(*schema.columns).hstack(worked)
    crashed = [
        (field, check.statistics[FACTS])
        for field, column in schema.columns.items()
        for check in column.checks
        if verdict_name(field, check.name) not in frame.columns
    ]
    return Verdicts(frame, crashed)


def _expression(facts: Facts, field: str) -> pl.Expr | None:
    """Return the verdict of a rule, or None where its statement cannot even be written."""
    try:
        return facts.verdict(field)
    except Exception:  # whatever one rule does, the others speak; the caller names it as broken
        return None


def _worked(part: pl.DataFrame, named: list[pl.Expr]) -> list[pl.Series]:
    """Return the columns of these expressions, without those that crash."""
    try:
        return part.select(named).get_columns()
    except pl.exceptions.PolarsError:
        if len(named) == 1:
            return []
    # The text of the exception may hold values of cards, and it names no rule: halve and go on.
    middle = len(named) // 2
    return [*_worked(part, named[:middle]), *_worked(part, named[middle:])]
