"""What the chain of causes looks like, worked out once a card: codes, sequences, intervals."""

from itertools import pairwise

import polars as pl

from validators import reference
from validators.cause_code import (
    CERTIFICATE,
    NUMBER,
    PART_ONE,
    PART_TWO,
    bits,
    codes,
    numbers,
    of,
    union,
    whole,
)
from validators.expression import filled
from validators.interval import parsed_column

INTERVALS = tuple(f"interval_{line}" for line in "abcd")
PAIRS = tuple(pairwise(PART_ONE))

#: Bits of `derived_certificate` and `derived_underlying`.
INJURY, EXTERNAL, SEQUELA, SYMPTOM, MATERNAL, MALFORMED_CODE, ODD = (1 << i for i in range(7))
PRESENCE = ("S00-T98", "V01-Y89", "Y85-Y89", "R00-R99", "O00-O99", "Q00-Q99")
FIRST_LINKAGE = 8


def linkages() -> pl.DataFrame:
    """Return the linkages of which a missed one is asked about; the others are accepted."""
    rows = reference.table("rule_chain_linkage")
    return rows.filter(pl.col("severity") == "query")


def _presence() -> pl.Series:
    """Return, by number, the bits of a code: kind, oddity, what the linkages look for."""
    links = [(row, "") for row in linkages()["together_with"]]
    empty = ("", "")
    kinds = [(ranges, "") for ranges in PRESENCE]
    number = bits(*kinds, *[empty] * (FIRST_LINKAGE - len(kinds)), *links)
    return number + (~whole()).cast(pl.UInt64) * ODD


def _sequences() -> tuple[pl.Series, pl.Series, int, int]:
    """Return effect bits and cause bits of every code, and which bits are errors and queries."""
    rows = reference.table("rule_chain_sequence")
    effects = bits(*rows.select("effect", pl.col("except_effect").fill_null("")).iter_rows())
    causes = bits(*rows.select("cause", pl.col("except_cause").fill_null("")).iter_rows())
    sound = whole().cast(pl.UInt64)
    marks = {"error": 0, "query": 0}
    for position, severity in enumerate(rows["severity"]):
        marks[severity] |= 1 << position
    return effects * sound, causes * sound, marks["error"], marks["query"]


EFFECT_BITS, CAUSE_BITS, IMPOSSIBLE, UNLIKELY = _sequences()
TERMINAL = union(reference.table("rule_chain_terminal")["codes"])


def derived() -> list[pl.Expr]:
    """Return the first columns that rules on causes read: numbers of codes, days of intervals."""
    return [*numbers(), *(parsed_column(interval) for interval in INTERVALS)]


def derived_next() -> list[pl.Expr]:
    """Return the columns that are worked out from the first."""
    presence = _presence()
    odd_number = pl.lit(ODD, dtype=pl.UInt64)

    def held(field: str) -> pl.Expr:
        known = pl.col(NUMBER.format(field))
        unknown = pl.when(known.is_null() & filled(field)).then(odd_number)
        return pl.coalesce(of(field, presence), unknown).fill_null(0)

    def any_of(fields: tuple[str, ...]) -> pl.Expr:
        total = held(fields[0])
        for field in fields[1:]:
            total = total | held(field)
        return total

    category = codes().str.slice(0, 3).rank("dense").cast(pl.UInt32)
    own = of("underlying_cause", category)
    steps = [of(upper, EFFECT_BITS) & of(lower, CAUSE_BITS) for upper, lower in PAIRS]
    wrong = steps[0].fill_null(0)
    for step in steps[1:]:
        wrong = wrong | step.fill_null(0)
    return [
        any_of(CERTIFICATE).alias("derived_certificate"),
        held("underlying_cause").alias("derived_underlying"),
        wrong.alias("derived_sequence"),
        pl.any_horizontal([of(field, category) == own for field in PART_ONE])
        .fill_null(False)
        .alias("derived_in_part_one"),
        pl.any_horizontal([of(field, category) == own for field in PART_TWO])
        .fill_null(False)
        .alias("derived_in_part_two"),
    ]


def has(column: str, bit: int) -> pl.Expr:
    """Return whether a bit is set in a column of bits."""
    return (pl.col(column) & pl.lit(bit, dtype=pl.UInt64)) != 0


def used(line: str) -> pl.Expr:
    """Return whether a line of Part I is used: by a code or by words."""
    return filled(f"cause_{line}") | filled(f"cause_{line}_text")


def terminal_alone() -> pl.Expr:
    """Return whether line a holds a terminal state and no line stands under it."""
    below = pl.any_horizontal([used(line) for line in "bcd"])
    return of("cause_a", TERMINAL) & ~below
