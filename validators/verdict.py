"""All verdicts of a batch in one polars select, for the pandera checks to read.

One select shares what rules have in common (the age, the number of a code, a list of places) and
uses every processor; a check that finds its verdict in the frame answers with one truth value,
where pandera would otherwise copy and count rows once a rule. What a rule states and whom it
concerns is worked out once, for its verdict and for its denominator.
"""

from typing import NamedTuple

import pandera.polars as pa
import polars as pl

from validators.frame import ROW
from validators.rule import FACTS, Facts, could_name, could_of, verdict_name, verdict_of


class Verdicts(NamedTuple):
    """What the rules of a schema say of a batch.

    `frame` has the fields of the schema and one Boolean column a rule, `could` row_index and one a
    rule: whether it could judge the card. `crashed` are the rules that have neither.
    """

    frame: pl.DataFrame
    could: pl.DataFrame
    crashed: list[tuple[str, Facts]]


def verdicts(part: pl.DataFrame, schema: pa.DataFrameSchema) -> Verdicts:
    """Work out what every rule of a schema says of every row.

    Args:
        part: a prepared frame.
        schema: the rules in force.

    Returns:
        The schema's columns and one named `verdict_name(field, rule)` a rule, a row per row of
        `part`; as many rows of row_index and columns named `could_name(field, rule)`; field and
        facts of the rules that crashed, which have no column.
    """
    every = [
        (field, check.statistics[FACTS])
        for field, column in schema.columns.items()
        for check in column.checks
    ]
    stated: dict[str, pl.Expr] = {}
    for field, facts in every:
        stated |= _stated(facts, field)
    worked = _worked(part, [expression.alias(name) for name, expression in stated.items()])
    said = pl.DataFrame(_answers(worked, part.height))
    crashed_parts = stated.keys() - set(said.columns)
    verdict, could = [], []
    for field, facts in every:
        names = _statement(field, facts), _concern(field, facts)
        if names[0] not in stated or crashed_parts.intersection(names):
            continue
        sound, concern = pl.col(names[0]), pl.col(names[1]) if names[1] in stated else None
        verdict.append(verdict_of(sound, concern).alias(verdict_name(field, facts.name)))
        could.append(could_of(sound, concern).alias(could_name(field, facts.name)))
    frame = part.select(*schema.columns).hstack(said.select(verdict))
    crashed = [
        (field, facts)
        for field, facts in every
        if verdict_name(field, facts.name) not in frame.columns
    ]
    return Verdicts(frame, part.select(ROW).hstack(said.select(could)), crashed)


def _statement(field: str, facts: Facts) -> str:
    return f"statement_{field}.{facts.name}"


def _concern(field: str, facts: Facts) -> str:
    return f"concern_{field}.{facts.name}"


def _stated(facts: Facts, field: str) -> dict[str, pl.Expr]:
    """Return what a rule states and whom it concerns; nothing where that cannot even be written."""
    try:
        sound, concern = facts.statement(field), facts.concern(field)
    except Exception:  # whatever one rule does, the others speak; the caller names it as broken
        return {}
    parts = {_statement(field, facts): sound}
    return parts if concern is None else parts | {_concern(field, facts): concern}


def _answers(worked: list[pl.Series], height: int) -> list[pl.Series]:
    """Return what is a truth value for every row; anything else is no answer."""
    known = (series.cast(pl.Boolean) if series.dtype == pl.Null else series for series in worked)
    return [
        series.new_from_index(0, height) if series.len() == 1 else series
        for series in known
        if series.dtype == pl.Boolean and series.len() in (1, height)
    ]


def _worked(part: pl.DataFrame, named: list[pl.Expr]) -> list[pl.Series]:
    """Return the columns of these expressions, without those that crash."""
    try:
        return part.select(named).get_columns()
    except Exception:  # the caller names the rule as broken
        if len(named) == 1:
            return []
    # The text of the exception may hold values of cards, and it names no rule: halve and go on.
    middle = len(named) // 2
    return [*_worked(part, named[:middle]), *_worked(part, named[middle:])]
