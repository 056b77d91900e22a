"""The current cards of a kind, read from the shelf."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import polars as pl

from flows.cards import (
    SYSTEM,
    Kind,
    absent_columns,
    lost_columns,
    newest,
    typed_rows,
    with_card_id,
)
from flows.place import LOST, unresolved_by_file
from flows.sheet_text import no_rows
from flows.shelf.sheet import PLACE, SIGHT, Shelf, Shelved
from flows.typed import MALFORMED_SCHEMA, type_columns

CONTENT = ["content_order", "content_no"]


def shelved_kind(
    shelf: Shelf, card_type: str, sheets: pl.DataFrame, held: set[int] | None = None
) -> Kind:
    """As `cards.build_kind` of the same sheets, each row typed on the night it came.

    Args:
        shelf: of the rule set in force; sheets that are not on it are put there.
        card_type: one of the four cards.
        sheets: rows of `state.sheet`, oldest first.
        held: order numbers of sheets that wait for an answer and are left out.
    """
    own = sheets.filter(pl.col("card_type") == card_type)
    by_order = {row["order_no"]: row for row in own.iter_rows(named=True)}
    read = {order: shelf.read(row) for order, row in by_order.items()}
    shown = [(facts, sight) for order, (facts, sight) in read.items() if order not in (held or ())]
    rows = pl.concat([pl.DataFrame(schema=SIGHT), *(sight for _, sight in shown)])
    current, sightings, contested = newest(rows)
    census = [facts.census for facts, _ in shown if facts.census.headers]
    wanted = current.select(CONTENT)
    places = _places(current, by_order, read)
    content = _content(shelf, wanted, card_type)
    names = type_columns(pl.DataFrame(schema={"card_id": pl.String}), card_type)[0].columns
    frame = content.hstack(places).select(*names, *SYSTEM, pl.exclude(*names, *SYSTEM))
    malformed, lost = (
        pl.concat([pl.DataFrame(schema=schema), found.select(list(schema))])
        if found.height
        else pl.DataFrame(schema=schema)
        for found, schema in (
            (sparse(shelf, wanted, as_named("malformed")), MALFORMED_SCHEMA),
            (sparse(shelf, wanted, as_named("lost")), LOST),
        )
    )
    return Kind(
        card_type,
        frame,
        malformed,
        unresolved_by_file(lost, frame["source_file"]) if lost.height else pl.DataFrame(),
        lost_columns(census, card_type),
        absent_columns(census, card_type),
        pl.DataFrame(
            [row for facts, _ in shown for row in facts.differing],
            schema={"source_file": pl.String, "field": pl.String, "row_count": pl.UInt32},
            orient="row",
        ),
        sightings,
        [(rule, file, header) for facts, _ in shown for rule, file, header in facts.notes],
        contested,
        wanted,
    )


def _content(shelf: Shelf, wanted: pl.DataFrame, card_type: str) -> pl.DataFrame:
    found = dense(shelf, wanted, as_named("content"))
    if not found.width:  # no card of this type has come yet
        found, _, _ = typed_rows(with_card_id(no_rows(), card_type), card_type, shelf.places)
        found = found.drop(PLACE, strict=False)
    return found.drop("card_id", "is_made_id")


def _places(
    current: pl.DataFrame, sheets: dict[int, dict[str, Any]], read: dict[int, tuple[Shelved, Any]]
) -> pl.DataFrame:
    """Where every current row was last seen: the columns of SYSTEM, and its card_id."""
    named = pl.DataFrame(
        [
            (order, row["source_file"], row["sheet"], read[order][0].census.layout)
            for order, row in sheets.items()
        ],
        schema={"order_no": pl.Int64, "source_file": pl.String, "sheet": pl.String,
                "layout": pl.String},
        orient="row",
    )  # fmt: skip
    return current.join(named, on="order_no", how="left", maintain_order="left").select(
        "card_id", *SYSTEM
    )


def dense(
    shelf: Shelf, wanted: pl.DataFrame, kind: Callable[[int], str], columns: str = "*"
) -> pl.DataFrame:
    """The rows that files of one kind hold of every wanted content, in the order wanted.

    Args:
        shelf: where they stand.
        wanted: content_order, content_no; a content may be wanted twice.
        kind: by sheet, a kind of file with at most one row a content.
        columns: of the file, content_no among them.

    Returns:
        The rows; nulls where no file has the content; no columns where there are no files.
    """
    parts = []
    for (order_no,), own in wanted.group_by("content_order", maintain_order=True):
        order = int(order_no)
        numbers = own["content_no"].unique()
        for file in shelf.files(kind(order), order):
            rows = shelf.load([file], columns)
            if numbers.len() < shelf.facts(order).contents:
                rows = rows.filter(pl.col("content_no").is_in(numbers.implode()))
            parts.append(rows.insert_column(0, pl.lit(order, pl.Int64).alias("content_order")))
    if not parts:
        return pl.DataFrame()
    found = pl.concat(parts)
    places = found.select(CONTENT).with_row_index("place")
    place = wanted.join(places, on=CONTENT, how="left", maintain_order="left")["place"]
    found = found.drop(CONTENT)
    if place.len() == found.height and (place == pl.int_range(place.len(), eager=True)).all():
        return found
    return found.select(pl.all().gather(place))


def sparse(shelf: Shelf, wanted: pl.DataFrame, kind: Callable[[int], str]) -> pl.DataFrame:
    """What files of one kind say of wanted contents, by row_index: any number of rows a content.

    Args:
        shelf: where they stand.
        wanted: content_order, content_no; with row_index where rows have other numbers than theirs.
        kind: by sheet, the kind of file.
    """
    rows = wanted if "row_index" in wanted.columns else wanted.with_row_index("row_index")
    parts = []
    for order in wanted["content_order"].unique().sort().to_list():
        if files := shelf.files(kind(order), order):
            found = shelf.load(files)
            found = found.with_columns(content_order=pl.lit(order, pl.Int64))
            parts.append(found.join(rows, on=CONTENT))
    if not parts:
        return pl.DataFrame()
    return pl.concat(parts).drop(CONTENT).sort("row_index", maintain_order=True)


def as_named(kind: str) -> Callable[[int], str]:
    """The same kind of file for every sheet."""
    return lambda _: kind
