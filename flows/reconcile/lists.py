"""The night's own call: every list against the cards, with what is wrong with whole lists."""

from __future__ import annotations

import polars as pl

from flows.cards import Kind
from flows.ingest import FileFault
from flows.reconcile.classes import classify
from flows.reconcile.faults import list_faults
from flows.reconcile.match import list_decisions, match_cases
from flows.store import Store


def reconcile(
    store: Store,
    kind: Kind,
    cases: pl.DataFrame,
    cards: dict[str, pl.DataFrame],
    home_areas: str | None,
) -> tuple[pl.DataFrame, list[FileFault]]:
    """Match and classify the lists.

    Args:
        store: where decisions on pairs are kept.
        kind: `survey_case` as it was typed.
        cases: its rows with person_id.
        cards: counted cards by type.
        home_areas: of the home, as `flows.place.in_home` reads it.

    Returns:
        The rows as of `classify`, and the faults of whole lists.
    """
    has_sheet = pl.col("sheet").fill_null("") != ""
    named = cases.with_columns(
        list_file=pl.when(has_sheet)
        .then(pl.concat_str("source_file", pl.lit("#"), "sheet"))
        .otherwise("source_file")
    )
    classed = classify(match_cases(named, cards, list_decisions(store)), home_areas)
    return classed, list_faults(kind, classed, cards)
