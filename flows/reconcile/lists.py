"""The night's own call: every list against the cards, with what is wrong with whole lists."""

from __future__ import annotations

import hashlib

import polars as pl

from flows.cards import Kind
from flows.ingest import FileFault
from flows.person import digests
from flows.reconcile.classes import classify
from flows.reconcile.faults import list_faults
from flows.reconcile.match import by_content, list_decisions, match_cases
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
    named = named.with_columns(case_key=_keys(named, store.home.key))
    received = store.connection.execute("select order_no, received_on from state.sheet").pl()
    rows = named.select("list_file", "source_row", "order_no", "case_key")
    told = by_content(list_decisions(store), rows.join(received, on="order_no"))
    classed = classify(match_cases(named, cards, told), home_areas)
    return classed, list_faults(kind, classed, cards)


#: What a listed case is known by when its list comes again; without any, by its row.
SAYS = ("name", "sex", "birth_date", "id_number", "event_date")


def _keys(cases: pl.DataFrame, key: str) -> pl.Series:
    """A keyed digest of every case: the same in every edition of a list, and telling nobody who."""
    said = [pl.col(name).cast(pl.String).fill_null("") for name in SAYS if name in cases.columns]
    names_one = pl.concat_str([pl.lit(""), *said]) != ""
    place = pl.concat_str("list_file", "order_no", "source_row", separator="|")
    texts = cases.select(
        pl.concat_str(
            *(pl.col(name).fill_null("") for name in ("survey_id", "purpose", "card_type")),
            *said,
            pl.when(names_one).then(pl.lit("")).otherwise(place),
            separator="|",
        )
    ).to_series()
    return digests(texts, hashlib.sha256(b"case" + key.encode()).digest())
