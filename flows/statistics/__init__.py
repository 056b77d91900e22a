"""The statistics of a night that need more than one SELECT: written into the draft, never scored.

Each module makes one published table. What the data do not allow is a row with the reason, or no
row where there is nothing to speak of; nothing here stops a night for thin data.
"""

from __future__ import annotations

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


def build(
    draft: duckdb.DuckDBPyConnection,
    frames: dict[str, pl.DataFrame],
    population: pl.DataFrame,
    as_of: date,
) -> None:
    """Write the tables of survival, trend, nowcast, silence, heaping, completeness, funnel, shares.

    ``indicators.build`` has run on the draft. ``frames``: typed frames with counting columns;
    ``population``: the mean population (``mean_population``). Tables of empty inputs have no rows.
    """
    areas = counted_areas(draft)
    cells = people(
        population, draft.sql("select age_group, age_from from reference.age_group").pl()
    )
    counted = events(draft)
    county = pl.col("area_code").str.len_chars() == 6
    deaths = counted.filter((pl.col("event") == "death") & county)
    write_survival(draft, frames, cells, deaths, areas, as_of)
    write_trend(draft)
    write_nowcast(draft, frames, areas, as_of)
    write_silence(draft, frames, as_of)
    write_heaping(draft, frames, areas, complete_years(draft), as_of)
    write_completeness(draft, cells, deaths)
    write_funnel(draft, cells, counted)
    write_share_shift(draft, as_of)
