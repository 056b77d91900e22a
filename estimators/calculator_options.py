"""What the calculator's methods share: options, notes and group columns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import polars as pl

LIMITS = ["value", "ci_low", "ci_high"]


@dataclass
class Options:
    """What ``zhikong stat`` accepts; None means the method's own default."""

    per: float | None = None
    method: str | None = None
    level: float = 0.95
    a0: str = "0.1"
    lifetable: pl.DataFrame | None = None
    national_lifetable: pl.DataFrame | None = None
    at: Sequence[float] | str = (1, 3, 5)
    deaths_summed: bool = False
    open_expectancy: float | None = None
    joinpoints: str = "0"
    choice: str = "bic"
    minimum_count: int = 10
    notes: list[str] = field(default_factory=list)


def with_notes(frame: pl.DataFrame, options: Options) -> pl.DataFrame:
    """Move the reasons of refused groups from the column to the notes."""
    if "refused" in frame.columns:
        options.notes += frame["refused"].drop_nulls().unique(maintain_order=True).to_list()
        frame = frame.drop("refused")
    return frame


def whole_ages(frame: pl.DataFrame, *columns: str) -> pl.DataFrame:
    """Ages as integers where they are whole, so that they print as 65 and not 65.0."""
    whole = [c for c in columns if (frame[c].drop_nulls() % 1 == 0).all()]
    return frame.with_columns(pl.col(whole).cast(pl.Int64)) if whole else frame


def each_group(
    frame: pl.DataFrame, by: list[str], estimate: Callable[[pl.DataFrame], pl.DataFrame]
) -> pl.DataFrame:
    """One estimate a group, the group columns repeated before its columns."""
    if not by:
        return estimate(frame)
    parts = []
    for key, group in frame.partition_by(by, maintain_order=True, as_dict=True).items():
        labels = [pl.lit(value).alias(name) for name, value in zip(by, key, strict=True)]
        parts.append(estimate(group).select(*labels, pl.all()))
    return pl.concat(parts)
