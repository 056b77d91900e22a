"""Drawing numbers: quotas that add up, weighted choices, ages, and days as text."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
import numpy.typing as npt
import polars as pl

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Texts = npt.NDArray[np.object_]
Flags = npt.NDArray[np.bool_]
DAYS_A_YEAR = 365.2425


def quota(weights: Floats, total: int) -> Ints:
    """Whole numbers proportional to the weights that add up to `total` (largest remainders)."""
    share = np.asarray(weights, dtype=np.float64)
    if total == 0 or share.sum() <= 0:
        return np.zeros(share.shape, dtype=np.int64)
    exact = share / share.sum() * total
    whole: Ints = np.floor(exact).astype(np.int64)
    rest = int(total - whole.sum())
    flat = whole.reshape(-1)
    flat[np.argsort(-(exact - whole).reshape(-1), kind="stable")[:rest]] += 1
    return whole


def spread(rng: np.random.Generator, weights: Floats, total: int) -> Ints:
    """Positions 0..k-1 in random order whose frequencies are the quota of the weights."""
    positions = np.repeat(np.arange(len(weights)), quota(weights, total))
    rng.shuffle(positions)
    return positions.astype(np.int64)


def pick(
    rng: np.random.Generator, texts: Sequence[str], weights: Sequence[float], count: int
) -> Texts:
    """Independent weighted choices among texts."""
    chance = np.asarray(weights, dtype=np.float64)
    values = np.array(texts, dtype=object)
    chosen: Texts = values[rng.choice(len(values), count, p=chance / chance.sum())]
    return chosen


def ages(rng: np.random.Generator, mean: Floats, sd: Floats, low: Floats, high: Floats) -> Floats:
    """Normal ages in years inside [low, high + 1); what falls outside is drawn again, then clipped.

    `high` 0 means the first 27 days of life.
    """
    newborn = high == 0
    drawn = rng.normal(mean, np.maximum(sd, 0.01))
    for _ in range(6):
        outside = (drawn < low) | (drawn >= high + 1)
        if not outside.any():
            break
        drawn[outside] = rng.normal(mean[outside], np.maximum(sd[outside], 0.01))
    drawn = np.clip(drawn, low, high + 0.99)
    drawn[newborn] = rng.integers(0, 27, int(newborn.sum())) / DAYS_A_YEAR
    return drawn


def first_day(year: int) -> int:
    """Days from 1970-01-01 to 1 January of the year."""
    return (date(year, 1, 1) - date(1970, 1, 1)).days


def days_in(rng: np.random.Generator, year: int, count: int, winter: float = 0.0) -> Ints:
    """Days (since 1970) inside a year; `winter` 0..1 makes the cold months heavier."""
    length = first_day(year + 1) - first_day(year)
    phase = np.cos(2 * np.pi * (np.arange(length) - 15) / length)
    return first_day(year) + rng.choice(
        length, count, p=(1 + winter * phase) / (1 + winter * phase).sum()
    )


def day_text(days: npt.NDArray[np.int64], known: Flags | None = None) -> pl.Series:
    """ISO dates; an empty text where not known."""
    text = pl.Series(np.asarray(days, dtype=np.int32)).cast(pl.Date).dt.to_string("%Y-%m-%d")
    return text if known is None else blank_unless(text, known)


def time_text(minutes: npt.NDArray[np.int64], known: Flags | None = None) -> pl.Series:
    """`YYYY-MM-DD HH:MM:SS` from minutes since 1970; an empty text where not known."""
    text = pl.Series(minutes * 60_000_000).cast(pl.Datetime("us")).dt.to_string("%Y-%m-%d %H:%M:%S")
    return text if known is None else blank_unless(text, known)


def blank_unless(text: pl.Series, known: Flags) -> pl.Series:
    """The text where known, else an empty text."""
    return pl.select(pl.when(pl.Series(known)).then(text).otherwise(pl.lit(""))).to_series()


def text_of(values: Texts) -> pl.Series:
    """An object array of texts as a column."""
    return pl.Series(values.tolist(), dtype=pl.String)
