"""Where the heavy work of a night is done: on this machine, or on Spark (docs/spark.md).

An engine judges cards, links people and builds the models. Everything else of a night is the same
whatever the engine, and so is what comes out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import duckdb
import polars as pl

from flows.cards import Kind
from flows.fields import CARDS
from flows.home import Home
from flows.linkage.model import Model, scored
from flows.models import Creator
from flows.quality import Judged, Ruling, validate_kind
from flows.shelf.files import Shelf
from flows.shelf.parts import Carried, Parts, in_parts
from flows.shelf.results import Last
from flows.shelf.verdict import judge_new, judged_kind


class Engine:
    """This machine: polars and pandera judge, DuckDB links and builds."""

    #: Whether a night holds all columns of all cards, or only those that its steps read.
    holds_whole_cards = False

    def judge(
        self, kind: Kind, ruling: Ruling, shelf: Shelf | None, last: Last | None = None
    ) -> Judged:
        """What the rules say of one kind: as `flows.quality.validate_kind`.

        Verdicts on cards are kept on the shelf, where there is one, and read back from it. With
        `last` only results are given that are not as they were published.
        """
        if shelf is None or kind.card_type not in CARDS:
            return validate_kind(kind, ruling)
        return judged_kind(shelf, kind, ruling, last)

    def judge_new(self, kind: Kind, ruling: Ruling, shelf: Shelf) -> None:
        """Do of `judge` what hangs on nothing but the cards, while other steps go on."""
        if kind.card_type in CARDS:
            judge_new(shelf, kind, ruling)

    def score(
        self, sides: list[pl.DataFrame], model: Model, blocks: list[str], threshold: float
    ) -> pl.DataFrame:
        """The probable pairs of one list or two: as `flows.linkage.model.scored`."""
        return scored(sides, model, blocks, threshold)

    def creator(
        self,
        draft: duckdb.DuckDBPyConnection,
        cards: Mapping[str, Parts],
        carried: Mapping[str, Carried],
    ) -> Creator:
        """Makes the table of a model in the draft.

        Args:
            draft: of the published file.
            cards: the kinds of cards that lie on the shelf.
            carried: the tables that are in the draft already, but for some cards.
        """
        return in_parts(cards, carried)


@contextmanager
def engine_of(home: Home, name: str) -> Iterator[Engine]:
    """The engine of a night; what it started ends with the block.

    Args:
        home: the installation.
        name: `duckdb` (this machine) or `spark`.

    Raises:
        UserError: Spark is asked for and not installed, or has no Java to run on.
    """
    if name == "duckdb":
        yield Engine()
        return
    from flows.spark.install import require_spark

    require_spark()
    from flows.spark.engine import spark_engine

    with spark_engine(home) as engine:
        yield engine
