"""What the rules on multiple primaries ask the county to look at."""

from __future__ import annotations

import polars as pl

UNDECIDED = "tumour.primary_is_decided_by_the_rules"
REPEATED = "tumour.registry_records_are_different_primaries"


def primary_findings(frame: pl.DataFrame) -> pl.DataFrame:
    """Cards whose primary the rules leave open, and a registry's records that are one primary.

    Args:
        frame: tumour cards after `events.count_cards`.

    Returns:
        row_index, rule_id, field. A registry's exact repeats are another rule's and not named here.
    """
    rows = frame.with_row_index("row_index").with_columns(pl.col("row_index").cast(pl.UInt32))
    repeated = rows.filter(
        pl.col("is_registry_record")
        & pl.col("primary_verdict").is_in(["duplicate", "same_primary"])
        & (pl.col("occurrence") == 0)
    )
    undecided = rows.filter(pl.col("is_primary_undecided").fill_null(False))
    return pl.concat(
        [
            undecided.select("row_index", rule_id=pl.lit(UNDECIDED), field=pl.lit("morphology")),
            repeated.select("row_index", rule_id=pl.lit(REPEATED), field=pl.lit("topography")),
        ]
    )
