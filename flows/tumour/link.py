"""Probable pairs of two lists of people, by splink on DuckDB with fixed weights.

A county's lists are too small to learn weights from, and weights that are learnt change from night
to night. The shares below are fixed and ours: how often two records of one person agree (m), and
how often two records of different people do (u). Source of the model: Fellegi and Sunter, J Am
Stat Assoc 1969;64:1183, as splink computes it.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import duckdb
import polars as pl
from pypinyin import lazy_pinyin
from splink import Linker, SettingsCreator, block_on
from splink.backends.duckdb import DuckDBAPI

#: Best pairs below this are no pairs.
THRESHOLD = 0.5
#: A short list is part of a county: two people on it are no likelier the same for its shortness.
SMALLEST = 10_000
COLUMNS = ["name", "sex", "birth_date", "id_number", "town_code"]
SCHEMA = {"row_a": pl.Int64, "row_b": pl.Int64, "probability": pl.Float64, "keys": pl.String}
#: Nobody is compared with everybody: a pair must agree on one of these first.
BLOCKS = (
    ("id_number",),
    ("name", "sex"),
    ("pinyin", "birth_year"),
    ("birth_text", "sex"),
)
EQUAL = "{0}_l = {0}_r"
ONE_STEP = "damerau_levenshtein({0}_l, {0}_r) <= 1"
#: Day and month in each other's place.
SWAPPED = (
    "left(birth_text_l, 4) || right(birth_text_l, 2) || substr(birth_text_l, 5, 2) = birth_text_r"
)
#: Comparison -> its levels, best first: condition, m, u. What is left disagrees.
LEVELS: dict[str, tuple[str, list[tuple[str, float, float]]]] = {
    "name": (
        "name",
        [
            (EQUAL.format("name"), 0.92, 5e-4),
            (EQUAL.format("pinyin"), 0.048, 1e-3),
            ("length(name_l) >= 3 and " + ONE_STEP.format("name"), 0.03, 1e-2),
        ],
    ),
    "birth_date": (
        "birth_text",
        [
            (EQUAL.format("birth_text"), 0.90, 4e-5),
            (f"{ONE_STEP.format('birth_text')} or {SWAPPED}", 0.05, 1e-3),
            (EQUAL.format("birth_year"), 0.03, 1.5e-2),
        ],
    ),
    "sex": ("sex", [(EQUAL.format("sex"), 0.995, 0.5)]),
    "id_number": (
        "id_number",
        [
            (EQUAL.format("id_number"), 0.98, 1e-6),
            (ONE_STEP.format("id_number"), 0.017, 1e-6),
        ],
    ),
    "town": (
        "town_code",
        [
            (EQUAL.format("town_code"), 0.85, 0.06),
            ("left(town_code_l, 6) = left(town_code_r, 6)", 0.10, 0.60),
        ],
    ),
}


def link(
    left: pl.DataFrame, right: pl.DataFrame, threshold: float = THRESHOLD, *, every: bool = False
) -> pl.DataFrame:
    """Match two lists of people.

    Args:
        left: one row a person: name, sex, birth_date (Date), id_number, town_code; a column that
            is not there or is null gives no weight.
        right: the same.
        threshold: least probability of a pair.
        every: give every pair and not just the best one-to-one pairs.

    Returns:
        row_a and row_b (1-based), probability (0-1), keys (what agrees exactly, `name,sex`); most
        probable first. The same lists always give the same pairs.
    """
    if not left.height or not right.height:
        return pl.DataFrame(schema=SCHEMA)
    connection = duckdb.connect()
    try:
        database = DuckDBAPI(connection=connection)
        sides = [
            database.register(_prepared(side).to_arrow(), dataset_display_name=name)
            for name, side in (("a", left), ("b", right))
        ]
        linker = Linker(sides, _settings(max(left.height, right.height)), log_level=None)
        found = linker.inference.predict(threshold_match_probability=threshold)
        pairs = connection.sql(f"select * from {found.physical_name}").pl()
    finally:
        connection.close()
    agrees = [
        pl.when(pl.col(f"gamma_{name}") == len(levels)).then(pl.lit(name))
        for name, (_, levels) in LEVELS.items()
    ]
    pairs = pairs.select(
        row_a=pl.col("unique_id_l").cast(pl.Int64),
        row_b=pl.col("unique_id_r").cast(pl.Int64),
        probability=pl.col("match_probability"),
        keys=pl.concat_str(agrees, separator=",", ignore_nulls=True),
    ).sort(-pl.col("probability"), "row_a", "row_b")
    return pairs if every else _one_to_one(pairs)


def pinyin(name: str) -> str:
    """A name as it sounds, without tones and character by character: 张伟 and 章伟 sound alike."""
    return "".join(_sound(character) for character in name)


@cache
def _sound(character: str) -> str:
    return "".join(lazy_pinyin(character)).lower()


def _prepared(people: pl.DataFrame) -> pl.DataFrame:
    given = people.select(
        pl.col(name) if name in people.columns else pl.lit(None, pl.String).alias(name)
        for name in COLUMNS
    )
    sounds = {name: pinyin(name) for name in given["name"].drop_nulls().unique()}
    birth = pl.col("birth_date").cast(pl.Date)
    return given.with_row_index("unique_id", offset=1).with_columns(
        pl.col("unique_id").cast(pl.Int64),
        pinyin=pl.col("name").replace_strict(sounds, default=None, return_dtype=pl.String),
        birth_text=birth.dt.to_string("%Y%m%d"),
        birth_year=birth.dt.year().cast(pl.String),
        sex=pl.when(pl.col("sex").is_in(["1", "2"])).then("sex"),
    )


def _settings(size: int) -> SettingsCreator:
    comparisons: list[Any] = []
    for name, (column, levels) in LEVELS.items():
        rest_m = 1 - sum(level[1] for level in levels)
        rest_u = 1 - sum(level[2] for level in levels)
        rows: list[dict[str, Any]] = [
            {
                "sql_condition": f"{column}_l is null or {column}_r is null",
                "label_for_charts": "unknown",
                "is_null_level": True,
            }
        ]
        rows += [
            {
                "sql_condition": condition,
                "label_for_charts": condition,
                "m_probability": m,
                "u_probability": u,
            }
            for condition, m, u in [*levels, ("ELSE", rest_m, rest_u)]
        ]
        comparisons.append({"output_column_name": name, "comparison_levels": rows})
    return SettingsCreator(
        link_type="link_only",
        comparisons=comparisons,
        blocking_rules_to_generate_predictions=[block_on(*rule) for rule in BLOCKS],
        # As if about half of the shorter list were on the longer one.
        probability_two_random_records_match=0.5 / max(size, SMALLEST),
    )


def _one_to_one(pairs: pl.DataFrame) -> pl.DataFrame:
    """The most probable pair first; then nobody is paired twice."""
    used_a: set[int] = set()
    used_b: set[int] = set()
    kept = []
    for place, (row_a, row_b) in enumerate(pairs.select("row_a", "row_b").iter_rows()):
        if row_a not in used_a and row_b not in used_b:
            used_a.add(row_a)
            used_b.add(row_b)
            kept.append(place)
    return pairs[kept]
