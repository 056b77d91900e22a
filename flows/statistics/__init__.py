"""The statistics of a night that need more than one SELECT: written into the draft, never scored.

Each module makes one published table. What the data do not allow is a row with the reason, or no
row where there is nothing to speak of; nothing here stops a night for thin data.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import duckdb
import polars as pl

from flows.statistics.completeness import write_completeness
from flows.statistics.funnel import write_funnel
from flows.statistics.heaping import write_heaping
from flows.statistics.nowcast import write_nowcast
from flows.statistics.share_shift import write_share_shift
from flows.statistics.silence import write_silence
from flows.statistics.strata import complete_years, counted_areas, events, people
from flows.statistics.survival import write_survival
from flows.statistics.trend import write_trend


def pieces(
    frames: dict[str, pl.DataFrame], population: pl.DataFrame, as_of: date
) -> dict[str, Callable[[duckdb.DuckDBPyConnection], None]]:
    """What writes the table of each module into a draft; what it reads there is in made_tables.

    ``frames``: typed frames with counting columns; ``population``: the mean population
    (``mean_population``). Tables of empty inputs have no rows.
    """

    def cells(draft: duckdb.DuckDBPyConnection) -> pl.DataFrame:
        ages = draft.sql("select age_group, age_from from reference.age_group").pl()
        return people(population, ages)

    def deaths(draft: duckdb.DuckDBPyConnection) -> pl.DataFrame:
        county = pl.col("area_code").str.len_chars() == 6
        return events(draft).filter((pl.col("event") == "death") & county)

    return {
        "survival": lambda draft: write_survival(
            draft, frames, cells(draft), deaths(draft), counted_areas(draft), as_of
        ),
        "trend": write_trend,
        "nowcast": lambda draft: write_nowcast(draft, frames, counted_areas(draft), as_of),
        "silence": lambda draft: write_silence(draft, frames, as_of),
        "heaping": lambda draft: write_heaping(
            draft, frames, counted_areas(draft), complete_years(draft), as_of
        ),
        "completeness": lambda draft: write_completeness(draft, cells(draft), deaths(draft)),
        "funnel": lambda draft: write_funnel(draft, cells(draft), events(draft)),
        "share_shift": lambda draft: write_share_shift(draft, as_of),
    }
