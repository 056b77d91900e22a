"""The cards as the models read them: what is held in memory beside what is left on the shelf.

A model over typed cards is a SELECT row by row, so it is built part by part: the columns that no
step of the night reads go from the shelf's files into the published file, a hundred thousand cards
at a time, and are never all in memory.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, suppress
from dataclasses import dataclass, field, replace
from threading import Lock

import duckdb
import polars as pl

from flows.arrow import as_arrow, registered
from flows.cards import Kind
from flows.fields import unpublished
from flows.models import Creator, Model, create_table
from flows.publishable import publishable
from flows.raw_file import LINES
from flows.shelf.current import by_part, rest_of
from flows.shelf.files import CONTENT, Shelf

#: Cards that are seen at once, at most.
TOGETHER = LINES


@dataclass(frozen=True)
class Parts:
    """The cards of one kind for the models, without what identifies a person."""

    shelf: Shelf
    card_type: str
    held: pl.DataFrame  # a row a card, with CONTENT
    blank: pl.DataFrame  # no rows: every column
    pieces: list[pl.Series]  # rows of `held` that are seen at once
    lock: AbstractContextManager[object] = field(default_factory=Lock)

    def see_none(self, draft: duckdb.DuckDBPyConnection) -> None:
        """Let `typed.<card_type>` be no cards."""
        name = f"seen_{self.card_type}"
        draft.register(name, self.blank)
        draft.execute(f"create or replace view typed.{self.card_type} as select * from {name}")

    def turn_to(self, draft: duckdb.DuckDBPyConnection, piece: pl.Series) -> None:
        """Let it be the cards of a piece; after `see_none`, and on this connection only."""
        held = self.held[piece]
        left = self.blank.drop(held.columns, strict=False)
        rest = rest_of(self.shelf, held.select(CONTENT), left)
        cards = held.hstack(rest).select(self.blank.columns)
        draft.register(f"seen_{self.card_type}", as_arrow(publishable(cards, self.card_type)))

    def only(self, rows: pl.Series) -> Parts:
        """Some of the cards, by row."""
        held = self.held[rows]
        return replace(self, held=held, pieces=list(_together(self.shelf, held.select(CONTENT))))


@dataclass(frozen=True)
class Carried:
    """A table that is in the draft already: what of it is not so tonight."""

    gone: pl.DataFrame  # card_id of the rows to take out
    anew: Parts  # the cards to add
    replaced: int  # rows, tonight's among them, since the table was last written whole


def parts_of(shelf: Shelf, kind: Kind) -> Parts:
    """The cards of a kind for the models; its frame holds the columns of `narrow.held` at least."""
    hidden = unpublished(kind.card_type)
    held = kind.frame.drop(hidden, strict=False)
    missing = [name for name in kind.blank.columns if name not in (*held.columns, *hidden)]
    return Parts(
        shelf,
        kind.card_type,
        held.hstack(kind.contents),
        held.clear().hstack(kind.blank.select(missing)),
        list(_together(shelf, kind.contents)),
    )


def _together(shelf: Shelf, contents: pl.DataFrame) -> Iterator[pl.Series]:
    """Rows of TOGETHER cards at most, in the order of the shelf; a file is read for one piece."""
    rows: list[pl.Series] = []
    for _, _, own in by_part(shelf, contents):
        if rows and sum(one.len() for one in rows) + own.len() > TOGETHER:
            yield pl.concat(rows)
            rows = []
        rows.append(own)
    if rows:
        yield pl.concat(rows)


def in_parts(cards: Mapping[str, Parts], carried: Mapping[str, Carried]) -> Creator:
    """Makes the table of a model; one that reads typed cards part by part.

    Args:
        cards: by kind.
        carried: the tables that are in the draft already.
    """

    def made(draft: duckdb.DuckDBPyConnection, model: Model) -> None:
        if model.name in carried:
            one = carried[model.name]
            with one.anew.lock:
                _take_out(draft, model.name, one.gone)
                _add(draft, model, one.anew)
            return
        own = [cards[name] for name in cards if f"typed.{name}" in model.reads]
        with ExitStack() as alone:
            for parts in own:  # two models that are built side by side would see each other's part
                alone.enter_context(parts.lock)
                parts.see_none(draft)
            create_table(draft, model)
            for parts in own:
                _add(draft, model, parts)

    return made


def _take_out(draft: duckdb.DuckDBPyConnection, table: str, gone: pl.DataFrame) -> None:
    with registered(draft, "gone", gone):
        draft.execute(f"delete from {table} where card_id in (select card_id from gone)")


def _add(draft: duckdb.DuckDBPyConnection, model: Model, parts: Parts) -> None:
    """Insert all pieces, or none.

    One transaction: its rows are compressed as they come to a row group, however small the pieces;
    those of small ones would wait for a checkpoint, and all other lanes with them.
    """
    if not parts.pieces:
        return
    try:
        draft.execute("begin")
        for piece in parts.pieces:
            parts.turn_to(draft, piece)
            create_table(draft, model, more=True)
        draft.execute("commit")
    except BaseException:
        with suppress(duckdb.TransactionException):  # not begun, or ended by the error
            draft.execute("rollback")
        raise
    parts.see_none(draft)
