"""Tables between polars, DuckDB and Spark, as Arrow."""

from __future__ import annotations

import polars as pl
import polars.selectors as cs
import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.pandas.types import from_arrow_schema
from pyspark.sql.types import StructType

from flows.spark.sql import view_name


def spark_table(frame: pl.DataFrame) -> pa.Table:
    """A frame as Spark takes it: no unsigned integers, no columns of no type, plain strings."""
    plain = frame.with_columns(
        cs.unsigned_integer().cast(pl.Int64), cs.by_dtype(pl.Null).cast(pl.String)
    )
    return plain.to_arrow(compat_level=pl.CompatLevel.oldest())


def spark_schema(frame: pl.DataFrame) -> StructType:
    """The columns of a frame as Spark names their types; datetimes have no time zone."""
    return from_arrow_schema(spark_table(frame.clear()).schema, prefer_timestamp_ntz=True)


def give(session: SparkSession, table: str, frame: pl.DataFrame) -> None:
    """Let Spark see a frame as `schema.table`."""
    made = session.createDataFrame(spark_table(frame), schema=spark_schema(frame))
    made.createOrReplaceTempView(view_name(table))


def see(table: str, made: DataFrame) -> None:
    """Let Spark see one of its own results as `schema.table`."""
    made.createOrReplaceTempView(view_name(table))
