"""What runs on a worker says where it failed and what kind of fault it was; never a value."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pyarrow as pa
from py4j.protocol import Py4JError
from pyspark.errors import PySparkException
from pyspark.sql import DataFrame

from flows.fault import NightError, described

Rows = Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]
_OURS = re.compile(r"NightError: (.*)")


def contained(step: str, rows: Rows) -> Rows:
    """Rows made on a worker; Spark logs and carries back what its workers raise, so no data."""

    def run(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        try:
            yield from rows(batches)
        except Exception as error:
            raise NightError(f"{step}: {described(error)}") from None

    return run


def collected(step: str, frame: DataFrame) -> pa.Table:
    """All rows of a frame.

    Raises:
        NightError: with what a worker said of itself, or only the kind of Spark's error.
    """
    try:
        return frame.toArrow()
    except (PySparkException, Py4JError) as error:
        said = _OURS.findall(str(error))
        raise NightError(said[-1] if said else f"{step}: {type(error).__name__}") from None
