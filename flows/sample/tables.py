"""The parameter tables of the samples and the reference lists they must agree with."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import polars as pl

REFERENCE = Path(__file__).resolve().parents[2] / "reference"
AGE_GROUPS = ("0", "1-4", *(f"{low}-{low + 4}" for low in range(5, 85, 5)), "85+")
CARDS = ("death", "tumour", "cardio", "diabetes")

NUMBERS = (
    "_per_mille",
    "_percent",
    "age_mean",
    "age_mean_male",
    "age_mean_female",
    "age_sd",
    "age_min",
    "age_max",
    "survival_days",
    "weight",
    "per_mille",
    "death_share_male",
)
COUNTS = (
    "deaths",
    "registered_population",
    "registered_male",
    "resident_population",
    "tumours",
    "strokes",
    "coronary_events",
    "diabetes",
    "managed_cardio",
)


@cache
def table(name: str) -> pl.DataFrame:
    """Read `reference/<name>.csv`: text, but for the parameters that are numbers."""
    frame = pl.read_csv(REFERENCE / f"{name}.csv", infer_schema=False).fill_null("")
    numeric = [column for column in frame.columns if column.endswith(NUMBERS)]
    whole = [column for column in frame.columns if column in COUNTS]
    if not name.startswith("sample_"):
        return frame
    return frame.with_columns(pl.col(numeric).cast(pl.Float64), pl.col(whole).cast(pl.Int64))


@cache
def fields(card_type: str) -> tuple[str, ...]:
    """Field names of one kind of table, in the order of `reference/field.csv`."""
    return tuple(table("field").filter(pl.col("card_type") == card_type)["field"])


@cache
def labels(code_list: str) -> dict[str, str]:
    """Code -> Chinese label of one code list."""
    rows = table("code_list").filter(pl.col("code_list") == code_list)
    return dict(zip(rows["code"], rows["label_zh"], strict=True))


def lookup(keys: list[str], texts: np.ndarray) -> np.ndarray:
    """Positions in `keys` of every text; all texts must be there (both are ours)."""
    order = {key: position for position, key in enumerate(keys)}
    unique, inverse = np.unique(texts.astype(object), return_inverse=True)
    return np.array([order[str(text)] for text in unique], dtype=np.int64)[inverse]
