"""ICD-10 codes looked up once: every rule table becomes facts about a code, found by its number.

A range such as `C51-C58` is expanded to the codes it holds when the program starts; on cards a
code is turned into its number once, and a rule gathers what its table says of that number.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from functools import cache

import numpy as np
import polars as pl
from numpy.typing import NDArray

from validators import reference

#: Name of the column with the number of a code, by field.
NUMBER = "derived_code_{}"
PART_ONE = ("cause_a", "cause_b", "cause_c", "cause_d")
PART_TWO = ("other_cause_1", "other_cause_2", "other_cause_3")
CERTIFICATE = (*PART_ONE, *PART_TWO)
CODE_FIELDS = ("underlying_cause", *CERTIFICATE)
AFTER_ALL = "\U0010ffff"  # behind the end of a range: every code that begins like it


@cache
def codes() -> pl.Series:
    """Return every code of every edition, once; the position is the code's number."""
    return reference.icd10_codes().unique(maintain_order=True).rename("code")


@cache
def whole() -> pl.Series:
    """Return, by number, whether a code is of the current edition and fully divided.

    Others have a finding of their own; what they would mean for the chain is not judged.
    """
    divided = reference.icd10_with_subdivisions().implode()
    older = reference.icd10_older_edition().implode()
    national = reference.table("rule_cause_national")["code"].implode()
    every = codes()
    return ~(every.is_in(divided) | every.is_in(older) | every.is_in(national))


@cache
def members(ranges: str, unless: str = "") -> pl.Series:
    """Return, by number, whether a code lies in ranges such as `C51-C58 C79.6` and not in others.

    A range is compared on as many characters as each end has: `F32-F33.9` holds `F32`, `F33.9`.
    """
    ordered, places = _in_order()
    flags = np.zeros(len(ordered), dtype=bool)
    for item in ranges.split():
        first, _, last = item.partition("-")
        start = bisect_left(ordered, first)
        end = bisect_right(ordered, (last or first) + AFTER_ALL)
        flags[places[start:end]] = True
    found = pl.Series(flags)
    return found & ~members(unless) if unless else found


@cache
def _in_order() -> tuple[list[str], NDArray[np.uint32]]:
    """Return the codes in the order of their text, and the number of each."""
    every = codes()
    places = every.arg_sort()
    return every.gather(places).to_list(), places.to_numpy()


def union(ranges: Iterable[str]) -> pl.Series:
    """Return, by number, whether a code lies in any of several texts of ranges."""
    return members(" ".join(ranges))


def numbers() -> list[pl.Expr]:
    """Return the columns with the number of every code of a card; null for no or unknown code."""
    every = codes()
    positions = pl.Series(range(every.len()), dtype=pl.UInt32)
    return [
        pl.col(field)
        .replace_strict(every, positions, default=None, return_dtype=pl.UInt32)
        .alias(NUMBER.format(field))
        for field in CODE_FIELDS
    ]


def of(field: str, facts: pl.Series) -> pl.Expr:
    """Return what is known by number (`facts`) of the code in a field; null for no code."""
    return pl.lit(facts).gather(pl.col(NUMBER.format(field)))


@cache
def bits(*flags: tuple[str, str]) -> pl.Series:
    """Return one number per code; bit i is set where the code lies in the i-th (ranges, unless)."""
    total = pl.repeat(0, codes().len(), dtype=pl.UInt64, eager=True)
    for position, (ranges, unless) in enumerate(flags):
        total += members(ranges, unless).cast(pl.UInt64) * (1 << position)
    return total
