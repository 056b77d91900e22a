"""What is wrong with a list as a whole: one finding a file, not one a row."""

from __future__ import annotations

import polars as pl

from flows.cards import Kind
from flows.ingest import FileFault

#: Fewer rows than these say nothing about the list as a whole.
FEWEST_NAMES, FEWEST_ROWS = 5, 20
#: A list that holds this share of all cards of its span, and nothing else, is a copy of them.
COPY_SHARE = 0.95
UNREADABLE_SHARE = 0.5
NOBODY = ("file.list_without_key", "file.list_of_one_name")


def list_faults(kind: Kind, cases: pl.DataFrame, cards: dict[str, pl.DataFrame]) -> list[FileFault]:
    """Lists nobody can use, or that do not say what they seem to.

    Args:
        kind: `survey_case` as it was typed (its malformed values).
        cases: the same rows as of `classes.classify`, in the same order.
        cards: typed cards by type.

    Returns:
        Faults without a single value of a row.
    """
    malformed = kind.malformed.filter(pl.col("field") == "event_date")["row_index"]
    rows = cases.with_row_index("row_index").with_columns(
        bad_date=pl.col("row_index").is_in(malformed.cast(pl.UInt32).implode())
    )
    found = []
    for source_file in rows["source_file"].unique().sort():
        own = rows.filter(pl.col("source_file") == source_file)
        unusable = _of_file(own)
        found += [
            FileFault(rule, source_file, f"{own.height} 行", field) for rule, field in unusable
        ]
        if any(rule in NOBODY for rule, _ in unusable):
            continue  # nobody on it can be known: that needs no second finding
        found += [
            FileFault(rule, source_file, f"{part.height} 行", "card_type")
            for (card_type,), part in own.group_by("card_type", maintain_order=True)
            if (rule := _against_cards(part, cards.get(str(card_type)))) is not None
        ]
    return found


def _of_file(own: pl.DataFrame) -> list[tuple[str, str]]:
    found = []
    if not own["has_key"].any():
        found.append(("file.list_without_key", "id_number"))
    names = own["name"].drop_nulls()
    if len(names) >= FEWEST_NAMES and names.n_unique() == 1:
        found.append(("file.list_of_one_name", "name"))
    if own["bad_date"].mean() >= UNREADABLE_SHARE:  # type: ignore[operator]
        found.append(("file.list_dates_unreadable", "event_date"))
    return found


def _against_cards(part: pl.DataFrame, cards: pl.DataFrame | None) -> str | None:
    """A list that has nothing in common with the cards, or nothing beside them."""
    if part.height < FEWEST_ROWS or cards is None or not cards.height:
        return None
    matched = part.filter(pl.col("report_state") != "missed")
    if not matched.height and not part["possible_card_id"].count():
        return "file.list_without_overlap"
    if matched.height < part.height:
        return None
    days = part.join(
        cards.select(matched_card_id="card_id", card_date="event_date"),
        on="matched_card_id",
        how="left",
    )
    if not (days["card_date"] == days["event_date"]).fill_null(False).all():
        return None
    first, last = part["event_date"].min(), part["event_date"].max()
    span = cards.filter(pl.col("event_date").is_between(first, last))
    if part["org_code"].null_count() == 0:
        span = span.filter(pl.col("org_code").is_in(part["org_code"].unique().implode()))
    covered = span["card_id"].is_in(part["matched_card_id"].unique().implode()).mean()
    return "file.list_is_registry" if (covered or 0) >= COPY_SHARE else None  # type: ignore[operator]
