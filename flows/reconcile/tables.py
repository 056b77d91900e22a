"""The published tables about lists that need more than one SELECT."""

from __future__ import annotations

import duckdb
import polars as pl

from flows.fields import CARDS
from flows.reconcile.capture import write_capture
from flows.reconcile.underreporting import write_underreporting


def build(
    draft: duckdb.DuckDBPyConnection, frames: dict[str, pl.DataFrame], home_area: str | None
) -> None:
    """Write indicator.underreporting, indicator.capture and quality.list_overlap.

    Args:
        draft: the models have been built on it.
        frames: counted cards and `survey_case` as of `lists.reconcile`.
        home_area: the 6-digit county of the home.
    """
    write_underreporting(draft)
    cards = {name: frames[name] for name in CARDS}
    write_capture(draft, frames["survey_case"], cards, home_area)
