"""The current cards of a kind, read from the shelf."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

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
from flows.home import REFERENCE
from flows.layout import layouts
from flows.place import LOST, unresolved_by_file
from flows.sheet_text import no_rows
from flows.shelf.files import CONTENT, Shelf
from flows.shelf.fold import Seen, read
from flows.shelf.narrow import held
from flows.typed import MALFORMED_SCHEMA

#: Of so many contents those are kept of what a file holds; of more, all that it holds.
FEW = 1_000


def shelved_kind(
    shelf: Shelf,
    card_type: str,
    sheets: pl.DataFrame,
    waiting: set[int] | None = None,
    *,
    whole: bool = True,
) -> tuple[Kind, Seen]:
    """As `cards.build_kind` of the same sheets, each row typed on the night it came.

    Args:
        shelf: of the rule set in force; sheets that are not on it are put there.
        card_type: one of the four cards.
        sheets: rows of `state.sheet`, oldest first.
        waiting: order numbers of sheets that wait for an answer and are left out.
        whole: all columns of the cards; otherwise those of `narrow.held`.

    Returns:
        The kind; and what the sheets have shown, for `fold.keep`.
    """
    own = sheets.filter(pl.col("card_type") == card_type)
    seen = read(shelf, card_type, own, waiting)
    facts = [shelf.facts(order) for order in own["order_no"] if order not in (waiting or ())]
    current, contested = newest(seen.rows)
    last = own.unique(["source_file", "sheet"], keep="last")["order_no"].to_list()
    # Of a file that came again under its name what came last.
    census = [one.census for one in facts if one.census.headers and one.order_no in last]
    table = layouts(REFERENCE, shelf.store.home.path / "layouts")
    wanted = current.select(CONTENT)
    places = _places(shelf, current, own)
    content, every = _contents(shelf, wanted, card_type, own["order_no"].to_list(), whole=whole)
    frame = places.select("card_id").hstack(content).hstack(places.select(SYSTEM))
    malformed, lost = (
        pl.concat([pl.DataFrame(schema=schema), found.select(list(schema))])
        if found.height
        else pl.DataFrame(schema=schema)
        for found, schema in (
            (sparse(shelf, wanted, as_named("malformed")), MALFORMED_SCHEMA),
            (sparse(shelf, wanted, as_named("lost")), LOST),
        )
    )
    kind = Kind(
        card_type,
        frame,
        malformed,
        unresolved_by_file(lost, frame["source_file"]) if lost.height else pl.DataFrame(),
        lost_columns(census, card_type, table),
        absent_columns(census, card_type),
        pl.DataFrame(
            [row for one in facts for row in one.differing],
            schema={"source_file": pl.String, "field": pl.String, "row_count": pl.UInt32},
            orient="row",
        ),
        seen.sightings,
        [(rule, file, header) for one in facts for rule, file, header in one.notes],
        pl.concat([seen.fold.contested["card_id"], contested]).unique(),
        wanted,
        every,
    )
    return kind, seen


def _contents(
    shelf: Shelf, wanted: pl.DataFrame, card_type: str, orders: list[int], *, whole: bool
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Typed contents in the order wanted, without columns of SYSTEM; and no rows: all columns."""
    files = _files(shelf, orders, as_named("content"))
    if not files:  # no card of this type has come yet
        every, _, _ = typed_rows(with_card_id(no_rows(), card_type), card_type, shelf.places)
        kept = [name for name in every.columns if name not in ("card_id", *SYSTEM)]
        return every.select(kept if whole else held(card_type, kept)), every
    content = dense(shelf, wanted, as_named("content"))
    if not content.width:  # the sheets that have come wait for an answer
        content = shelf.no_rows(files[0]).drop(CONTENT)
    rest = shelf.no_rows(_files(shelf, orders, as_named("rest"))[0]).drop(CONTENT)
    every = content.clear().hstack(rest)
    if whole:
        content = content.hstack(rest_of(shelf, wanted, rest.drop("card_id", "is_made_id")))
    return content, every


def every_column(shelf: Shelf, order: int, part: int) -> pl.DataFrame:
    """A part of a sheet with all columns of its contents."""
    content = shelf.load([shelf.file("content", order, part)])
    return content.hstack(shelf.load([shelf.file("rest", order, part)]).drop(CONTENT))


def whole_rows(shelf: Shelf, kind: Kind, rows: pl.Series) -> pl.DataFrame:
    """Some cards of a kind with all their columns, also those that the night does not hold."""
    held = kind.frame[rows]
    left = [name for name in kind.blank.columns if name not in held.columns]
    if not left:
        return held
    return held.hstack(rest_of(shelf, kind.contents[rows], kind.blank.select(left)))


def _places(shelf: Shelf, current: pl.DataFrame, sheets: pl.DataFrame) -> pl.DataFrame:
    """Where every current row was last seen: the columns of SYSTEM, and its card_id."""
    layouts = [shelf.facts(order).census.layout for order in sheets["order_no"]]
    named = sheets.select("order_no", "source_file", "sheet").with_columns(
        layout=pl.Series(layouts, dtype=pl.String)
    )
    return current.join(named, on="order_no", how="left", maintain_order="left").select(
        "card_id", *SYSTEM
    )


def dense(shelf: Shelf, wanted: pl.DataFrame, kind: Callable[[int], str]) -> pl.DataFrame:
    """The rows that files of one kind hold of every wanted content, in the order wanted.

    Args:
        shelf: where they stand.
        wanted: content_order, content_no; a content may be wanted twice.
        kind: by sheet, a kind of file with at most one row a content.

    Returns:
        The rows; nulls where no file has the content; no columns where there are no files.
    """
    files = _files(shelf, _orders(wanted), kind)
    return _as_wanted(shelf.load(files), wanted) if files else pl.DataFrame()


def rest_of(shelf: Shelf, wanted: pl.DataFrame, like: pl.DataFrame) -> pl.DataFrame:
    """Columns that a night does not hold, of contents in the order wanted.

    Args:
        shelf: where they stand.
        wanted: content_order, content_no.
        like: a frame with the columns.
    """
    files = [shelf.file("rest", order, part) for order, part, _ in by_part(shelf, wanted)]
    if not files:
        return like.clear()
    only = wanted if wanted.height <= FEW else None
    return _as_wanted(shelf.load(files, [*CONTENT, *like.columns], only), wanted)


def by_part(shelf: Shelf, wanted: pl.DataFrame) -> Iterator[tuple[int, int, pl.Series]]:
    """The parts of sheets that hold wanted contents, in the order of the shelf.

    Args:
        shelf: where they stand.
        wanted: content_order, content_no.

    Yields:
        order_no, part and the numbers of the rows of `wanted` whose content it holds.
    """
    for (order,), own in wanted.with_row_index("row").sort(CONTENT).group_by(
        "content_order", maintain_order=True
    ):  # fmt: skip
        facts = shelf.facts(int(order))
        ends = own["content_no"].search_sorted(
            pl.Series([*facts.starts[1:], facts.contents], dtype=pl.Int64)
        )
        first = 0
        for part, end in enumerate(ends):
            if end > first:
                yield int(order), part, own["row"][first:end]
            first = end


def _as_wanted(found: pl.DataFrame, wanted: pl.DataFrame) -> pl.DataFrame:
    if found.select(CONTENT).equals(wanted):  # no card has been corrected, and none sent again
        return found.drop(CONTENT)
    places = found.select(CONTENT).with_row_index("place")
    place = wanted.join(places, on=CONTENT, how="left", maintain_order="left")["place"]
    return found.drop(CONTENT).select(pl.all().gather(place))


def _orders(wanted: pl.DataFrame) -> list[int]:
    return wanted["content_order"].unique().sort().to_list()


def sparse(shelf: Shelf, wanted: pl.DataFrame, kind: Callable[[int], str]) -> pl.DataFrame:
    """What files of one kind say of wanted contents, by row_index: any number of rows a content.

    Args:
        shelf: where they stand.
        wanted: content_order, content_no; with row_index where rows have other numbers than theirs.
        kind: by sheet, the kind of file.
    """
    rows = wanted if "row_index" in wanted.columns else wanted.with_row_index("row_index")
    files = _files(shelf, _orders(wanted), kind)
    if not files:
        return pl.DataFrame()
    found = shelf.load(files).join(rows, on=CONTENT)
    return found.drop(CONTENT).sort("row_index", maintain_order=True)


def _files(shelf: Shelf, orders: list[int], kind: Callable[[int], str]) -> list[Path]:
    return [file for order in orders for file in shelf.files(kind(order), order)]


def as_named(kind: str) -> Callable[[int], str]:
    """The same kind of file for every sheet."""
    return lambda _: kind
