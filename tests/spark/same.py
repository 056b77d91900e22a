"""Whether two tables are the same: counts and texts exactly, rates to 1e-12."""

from __future__ import annotations

import polars as pl
import polars.selectors as cs

TOLERANCE = 1e-12


def differences(one: pl.DataFrame, other: pl.DataFrame) -> list[str]:
    """What differs, by column, whatever the order of the rows; no value is named."""
    if one.schema != other.schema:
        return [f"columns {set(one.schema.items()) ^ set(other.schema.items())}"]
    if one.height != other.height:
        return [f"{one.height} rows and {other.height}"]
    rates = one.select(cs.float()).columns
    exact = [name for name in one.columns if name not in rates]
    first, second = (table.sort(*exact, *rates, nulls_last=True) for table in (one, other))
    found = [name for name in exact if not first[name].equals(second[name])]
    for name in rates:
        a, b = first[name], second[name]
        far = (a - b).abs() > TOLERANCE * pl.select(pl.max_horizontal(a.abs(), b.abs())).to_series()
        if not a.is_null().equals(b.is_null()) or far.fill_null(False).any():
            found.append(name)
    return found
