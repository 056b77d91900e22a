"""The validators on Spark: every worker judges some counties and years with the same code.

A finding is about one row, so findings of parts are put together as they are. The result of a rule
for an institution and month is a pair of counts, so results of parts are sums; the state of a rule
follows from the sums. A rule that crashed on one part has said nothing about any.
"""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl
import pyarrow as pa
from pyspark.sql import SparkSession

from flows.cards import Kind
from flows.quality import Judged, Ruling, validate_kind
from flows.sightings import NO_SIGHTINGS
from flows.spark.cards import Part, read_parts, unread_of
from flows.spark.worker import collected, contained
from validators.finding import FINDING
from validators.frame import ROW
from validators.result import GROUP, RESULT

#: What the workers send back: findings, counts and the names of rules; never a value of a card.
ANSWER = pl.Schema({
    "task": pl.Int64, "row_index": pl.Int64, "rule_id": pl.String, "field": pl.String,
    "org_code": pl.String, "month": pl.String, "checked_count": pl.Int64,
    "failing_count": pl.Int64, "status": pl.String,
})  # fmt: skip
ANSWER_SQL = (
    "task bigint, row_index bigint, rule_id string, field string, org_code string, month string, "
    "checked_count bigint, failing_count bigint, status string"
)
#: Cards of a task: the pandera schema of a kind costs a worker about a second, and a task must fit
#: its memory. Between these, some tasks a core.
SMALLEST, LARGEST, TASKS_A_CORE = 5_000, 200_000, 2


@dataclass(frozen=True)
class Conditions:
    """What the judgement hangs on beside the cards; goes to every worker."""

    card_type: str
    ruling: Ruling
    lost_columns: pl.DataFrame
    absent_columns: set[tuple[str, str]]
    key: str


def judge(session: SparkSession, parts: list[Part], conditions: Conditions, cores: int) -> Judged:
    """What the rules say of the cards of some parts.

    Args:
        session: where the workers are.
        parts: as of `write_parts`.
        conditions: the rules' surroundings.
        cores: how many tasks run at a time.

    Returns:
        As of `flows.quality.validate_kind` on the frame that the parts come from.
    """
    tasks = in_tasks(parts, cores)
    carried = session.sparkContext.broadcast(pickle.dumps(conditions))
    work = [(number, [part.file for part in task]) for number, task in enumerate(tasks)]
    frame = session.createDataFrame(
        session.sparkContext.parallelize(work, max(len(work), 1)),
        "task bigint, files array<string>",
    )

    def rows(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        return _answers(batches, pickle.loads(carried.value))

    answers = collected("judge", frame.mapInArrow(contained("judge", rows), ANSWER_SQL))
    carried.destroy()
    return together(tasks, pl.DataFrame(pl.from_arrow(answers)).cast(ANSWER))


def together(tasks: list[list[Part]], answers: pl.DataFrame) -> Judged:
    """The answers of all tasks as one judgement.

    Args:
        tasks: the parts of every task, in the order their rows were read.
        answers: ANSWER; of every task each rule has counts, or says why it has none.
    """
    broken = sorted(answers.filter(pl.col("status") == "broken")["rule_id"].unique())
    sound = answers.filter(~pl.col("rule_id").is_in(broken))
    found = [pl.DataFrame(schema=FINDING)]
    for (number,), own in sound.filter(pl.col(ROW).is_not_null()).group_by("task"):
        places = pl.concat([part.places for part in tasks[int(str(number))]])
        row = places.gather(own[ROW]).cast(pl.UInt32).alias(ROW)
        found.append(own.select(row, "rule_id", "field"))
    counted = (
        sound.filter(pl.col("checked_count") > 0)
        .group_by("rule_id", *GROUP)
        .agg(pl.col("checked_count", "failing_count").sum())
        .with_columns(
            status=pl.when(pl.col("failing_count") > 0)
            .then(pl.lit("failed"))
            .otherwise(pl.lit("passed"))
        )
    )
    silent = (
        answers.filter(pl.col("status").is_in(["broken", "not_applicable"]))
        .select(*RESULT)
        .unique()
        .join(counted, on="rule_id", how="anti")
    )
    # A rule that crashed here and found no card there is broken.
    silent = silent.sort("status").unique("rule_id", keep="first")
    results = pl.concat([counted.select(*RESULT), silent]).sort("rule_id", *GROUP)
    return Judged(pl.concat(found).sort(ROW, "rule_id", "field"), results, broken)


def in_tasks(parts: list[Part], cores: int) -> list[list[Part]]:
    """Parts that stand beside each other, some a task: few tasks, none too large."""
    total = sum(part.height for part in parts)
    most = max(SMALLEST, min(LARGEST, -(-total // (cores * TASKS_A_CORE))))
    tasks: list[list[Part]] = []
    room = 0
    for part in parts:
        if not tasks or part.height > room:
            tasks.append([])
            room = most
        tasks[-1].append(part)
        room -= part.height
    return tasks


def _answers(batches: Iterator[pa.RecordBatch], conditions: Conditions) -> Iterator[pa.RecordBatch]:
    """On a worker: judge the parts of its tasks."""
    for batch in batches:
        for task in batch.to_pylist():
            answer = _judged(task["task"], task["files"], conditions)
            yield from answer.to_arrow(compat_level=pl.CompatLevel.oldest()).to_batches()


def _judged(number: int, files: list[str], conditions: Conditions) -> pl.DataFrame:
    frame, malformed = unread_of(read_parts(files, conditions.key))
    kind = Kind(
        card_type=conditions.card_type,
        frame=frame,
        malformed=malformed,
        unresolved=pl.DataFrame(),
        lost_columns=conditions.lost_columns,
        absent_columns=conditions.absent_columns,
        disagreements=pl.DataFrame(),
        sightings=NO_SIGHTINGS,
        notes=[],
        contested_ids=pl.Series("card_id", [], dtype=pl.String),
    )
    judged = validate_kind(kind, conditions.ruling)
    answers = pl.concat(
        [pl.DataFrame(schema=ANSWER), judged.findings, judged.results], how="diagonal_relaxed"
    )
    return answers.with_columns(task=pl.lit(number, pl.Int64)).select(list(ANSWER)).cast(ANSWER)
