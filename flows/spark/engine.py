"""The engine that judges, links and builds on Spark; everything else of a night stays as it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from threading import Lock

import duckdb
import polars as pl
import pyarrow as pa
from pyspark.sql import SparkSession

from flows.cards import Kind
from flows.engine import Engine
from flows.fields import CARDS
from flows.home import Home
from flows.linkage.model import Model
from flows.models import Creator
from flows.publishable import publishable
from flows.quality import Judged, Ruling
from flows.shelf.files import Shelf
from flows.shelf.parts import Carried, Parts
from flows.shelf.results import Last
from flows.spark.cards import Part, read_parts, write_parts
from flows.spark.judge import Conditions, in_tasks, judge
from flows.spark.linkage import scored
from flows.spark.models import Builder
from flows.spark.session import spark_session
from flows.spark.tables import see, spark_schema, spark_table
from flows.spark.worker import contained


class SparkEngine(Engine):
    """Spark: cards lie in Parquet by county and year, the workers do what this machine did."""

    holds_whole_cards = True  # the driver writes that Parquet
    linking = Lock()  # the names of a linkage's tables are the session's, of which there is one

    def __init__(self, session: SparkSession, home: Home) -> None:
        """Start; nothing is read or written yet."""
        self.session, self.home = session, home
        self.cores = session.sparkContext.defaultParallelism
        self.parts: dict[str, list[Part]] = {}
        self.frames: dict[str, pl.DataFrame] = {}  # of no rows: the columns of each kind

    def judge(
        self, kind: Kind, ruling: Ruling, shelf: Shelf | None, last: Last | None = None
    ) -> Judged:
        """Cards on Spark, by county and year; other inputs are small and stay here."""
        if kind.card_type not in CARDS:
            return super().judge(kind, ruling, shelf)
        folder = self.home.path / "spark"
        parts = write_parts(kind.frame, kind.malformed, kind.card_type, folder, self.home.key)
        self.parts[kind.card_type], self.frames[kind.card_type] = parts, kind.frame.clear()
        if not parts:
            return super().judge(kind, ruling, shelf)
        ruling.switched_off()  # the user hears here of a family that is none
        conditions = Conditions(
            kind.card_type, ruling, kind.lost_columns, kind.absent_columns, self.home.key
        )
        return judge(self.session, parts, conditions, self.cores)

    def judge_new(self, kind: Kind, ruling: Ruling, shelf: Shelf) -> None:
        """Nothing: Spark judges all cards of a kind at once."""

    def score(
        self, sides: list[pl.DataFrame], model: Model, blocks: list[str], threshold: float
    ) -> pl.DataFrame:
        """Long lists on Spark; short ones are done here before Spark has made its plan."""
        if sum(side.height for side in sides) < self.home.settings.spark_link_rows:
            return super().score(sides, model, blocks, threshold)
        with self.linking:
            return scored(self.session, sides, model, blocks, threshold)

    def creator(
        self,
        draft: duckdb.DuckDBPyConnection,
        cards: Mapping[str, Parts],
        carried: Mapping[str, Carried],
    ) -> Creator:
        """The models on Spark, over the same Parquet files; their tables go into the draft."""
        for card_type, parts in self.parts.items():
            self._see_cards(card_type, parts, draft)
        known = {
            f"typed.{card_type}": sum(part.height for part in parts)
            for card_type, parts in self.parts.items()
        }
        return Builder(self.session, known).create

    def _see_cards(
        self, card_type: str, parts: list[Part], draft: duckdb.DuckDBPyConnection
    ) -> None:
        """Let Spark read the cards of a kind, without what identifies a person."""
        columns = draft.sql(f"select * from typed.{card_type} limit 0").columns
        empty = self.frames[card_type].select(columns)
        key, context = self.home.key, self.session.sparkContext

        def rows(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
            for batch in batches:
                for files in batch.column("files").to_pylist():
                    cards = publishable(read_parts(files, key, columns), card_type)
                    yield from spark_table(cards).to_batches()

        work = [([part.file for part in task],) for task in in_tasks(parts, self.cores)]
        if not work:
            see(f"typed.{card_type}", self.session.createDataFrame([], spark_schema(empty)))
            return
        tasks = self.session.createDataFrame(
            context.parallelize(work, len(work)), "files array<string>"
        )
        see(f"typed.{card_type}", tasks.mapInArrow(contained("read", rows), spark_schema(empty)))


@contextmanager
def spark_engine(home: Home) -> Iterator[SparkEngine]:
    """An engine whose session ends with the block."""
    with spark_session(home) as session:
        yield SparkEngine(session, home)
