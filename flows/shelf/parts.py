"""The cards as the models read them: what is held in memory beside what is left on the shelf.

A model over typed cards is a SELECT row by row, so it is built part by part: the columns that no
step of the night reads go from the shelf's files into the published file, a hundred thousand cards
at a time, and are never all in memory.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Lock

import duckdb
import polars as pl

from flows.cards import Kind
from flows.fields import unpublished
from flows.models import Creator, Model, ModelError, create_table
from flows.shelf.current import FEW
from flows.shelf.files import CONTENT, REST, Shelf
from flows.shelf.sheet import CHUNK
from flows.store import quoted

#: Cards of a part at most, which are joined at once.
TOGETHER = CHUNK


@dataclass(frozen=True)
class Piece:
    """Some files of the shelf, and the cards whose content stands in them."""

    files: list[Path]
    rows: pl.Series


@dataclass(frozen=True)
class Parts:
    """The cards of one kind for the models, without what identifies a person."""

    shelf: Shelf
    card_type: str
    held: pl.DataFrame  # a row a card, with CONTENT
    blank: pl.DataFrame  # no rows: every column
    pieces: list[Piece]
    lock: AbstractContextManager[object] = field(default_factory=Lock)

    def see_none(self, draft: duckdb.DuckDBPyConnection) -> None:
        """Let `typed.<card_type>` be no cards."""
        name = f"held_{self.card_type}"
        draft.register(name, self.blank)
        draft.execute(f"create or replace view typed.{self.card_type} as select * from {name}")

    def see_pieces(self, draft: duckdb.DuckDBPyConnection) -> None:
        """Let `typed.<card_type>` be the cards of the piece that `turn_to` names."""
        columns = ", ".join(
            f'{"held" if one in self.held.columns else "kept"}."{one}"'
            for one in self.blank.columns
        )
        draft.execute(
            f"create or replace view typed.{self.card_type} as select {columns}"
            f" from held_{self.card_type} as held join kept_{self.card_type} as kept"
            f" using ({', '.join(CONTENT)})"
        )

    def turn_to(self, draft: duckdb.DuckDBPyConnection, piece: Piece) -> None:
        """Make a piece the one that is seen; only names that are this connection's change."""
        draft.register(f"held_{self.card_type}", self.held[piece.rows])
        files = ", ".join(f"'{quoted(file)}'" for file in piece.files)
        where = ""
        if piece.rows.len() <= FEW:
            numbers = self.held["content_no"].gather(piece.rows).unique().sort()
            where = f" where content_no in ({', '.join(map(str, numbers))})"
        draft.execute(
            f"create or replace temp view kept_{self.card_type} as from read_parquet([{files}],"
            f" encryption_config = {{footer_key: 'home'}}){where}"
        )

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


def _together(shelf: Shelf, contents: pl.DataFrame) -> Iterator[Piece]:
    """Pieces of TOGETHER cards at most, in the order of the shelf; a file is in one piece only."""
    files: list[Path] = []
    rows: list[pl.Series] = []
    for file, own in _by_file(shelf, contents):
        if rows and sum(one.len() for one in rows) + own.len() > TOGETHER:
            yield Piece(files, pl.concat(rows))
            files, rows = [], []
        files.append(file)
        rows.append(own)
    if rows:
        yield Piece(files, pl.concat(rows))


def _by_file(shelf: Shelf, contents: pl.DataFrame) -> Iterator[tuple[Path, pl.Series]]:
    """The files of the shelf, each with the numbers of the cards whose content it holds."""
    for (order,), own in contents.with_row_index("row").sort(CONTENT).group_by(
        "content_order", maintain_order=True
    ):  # fmt: skip
        starts = shelf.facts(int(order)).starts
        ends = own["content_no"].search_sorted(
            pl.Series([*starts[1:], shelf.facts(int(order)).contents], dtype=pl.Int64)
        )
        first = 0
        for part, end in enumerate(ends):
            if end > first:
                yield shelf.file(REST, int(order), part), own["row"][first:end]
            first = end


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
    draft.register("gone", gone)
    draft.execute(f"delete from {table} where card_id in (select card_id from gone)")
    draft.unregister("gone")


def _add(draft: duckdb.DuckDBPyConnection, model: Model, parts: Parts) -> None:
    """Insert all pieces, or none.

    One transaction: its rows are compressed as they come to a row group, however small the pieces;
    those of small ones would wait for a checkpoint, and all other lanes with them.
    """
    if not parts.pieces:
        return
    piece = parts.pieces[0]
    try:
        parts.turn_to(draft, piece)
        parts.see_pieces(draft)
        draft.execute("begin")
        for piece in parts.pieces:
            parts.turn_to(draft, piece)
            create_table(draft, model, more=True)
        draft.execute("commit")
    except BaseException as error:
        with suppress(duckdb.TransactionException):  # not begun, or ended by the error
            draft.execute("rollback")
        if isinstance(error, ModelError | duckdb.Error):
            parts.shelf.load_rest(piece.files)  # a damaged file says so; it is made again
        raise
    parts.see_none(draft)
