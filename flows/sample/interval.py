"""Times from onset to death on the lines of a death card."""

from __future__ import annotations

import numpy as np
import polars as pl

from flows.sample.draw import Flags, Floats, Ints, Texts

HOUR_RANGE = {
    "stroke": (2, 480),
    "heart": (2, 60_000),
    "stroke_late": (8_000, 90_000),
    "lung_disease": (20_000, 180_000),
    "diabetes": (20_000, 180_000),
    "nervous": (15_000, 100_000),
    "newborn": (1, 24),
    "unknown": (1, 72),
}
INJURY_HOURS = (1, 400)
USUAL_HOURS = (3_000, 80_000)
ACUTE = ("I21", "I24", "I46", "J18", "A41", "K92", "O72", "I71")


def hours_before_death(
    rng: np.random.Generator,
    causes: pl.DataFrame,
    which: Ints,
    families: Texts,
    position: Ints,
    age_hours: Floats,
    known: Floats,
) -> Floats:
    """Hours before death of every line, growing from a to d, shape (5, n), row 0 unused."""
    count = len(which)
    low, high = np.full(count, float(USUAL_HOURS[0])), np.full(count, float(USUAL_HOURS[1]))
    for family in set(families):
        bounds = HOUR_RANGE.get(family, INJURY_HOURS if family.startswith("injury") else None)
        if bounds:
            low[families == family], high[families == family] = bounds
    acute = causes["icd10"].str.contains(f"^({'|'.join(ACUTE)})").to_numpy()[which]
    low[acute], high[acute] = 1, 240
    own = np.exp(rng.uniform(np.log(low), np.log(high)))
    own = np.maximum(np.minimum(np.where(known > 0, known, own), age_hours), 1)
    hours = np.zeros((5, count))
    for line in (1, 2, 3, 4):
        above = position - line  # lines between this one and the underlying cause
        part = np.where(above > 0, own * 0.12 ** np.maximum(above, 0), own)
        longer = np.minimum(np.maximum(own * 1.5, own + 40_000), age_hours)
        hours[line] = np.where(above < 0, np.maximum(longer, own), part)
    hours[1] = np.where(position > 1, np.minimum(hours[1], 400), hours[1])
    return np.maximum(hours, 1)


def interval_text(hours: Floats, filled: Flags) -> pl.Series:
    """Hours as people write them: `3小时`, `5天`, `7月`, `2年`; empty where not filled."""
    value = np.select(
        [hours < 24, hours < 24 * 60, hours < 24 * 730],
        [hours, hours / 24, hours / 24 / 30.44],
        hours / 24 / 365.25,
    )
    unit = np.select([hours < 24, hours < 24 * 60, hours < 24 * 730], ["小时", "天", "月"], "年")
    text = pl.Series(np.maximum(value, 1).astype(np.int64)).cast(pl.String) + pl.Series(
        unit.tolist()
    )
    return pl.select(pl.when(pl.Series(filled)).then(text).otherwise(pl.lit(""))).to_series()
