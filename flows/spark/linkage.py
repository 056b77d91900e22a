"""Splink on Spark: the same model, its conditions in Spark's words."""

from __future__ import annotations

from functools import cache
from typing import Any

import polars as pl
import polars.selectors as cs
import sqlglot
from pyspark.sql import DataFrame, SparkSession
from splink.backends.spark import SparkAPI
from sqlglot import exp

from flows.linkage.model import Model, linker_on, selected, term, with_levels
from flows.spark.tables import spark_schema, spark_table


class Database(SparkAPI):
    """Splink's Spark, with the standard dialect of a compiled sqlglot (splink's own subclasses it).

    What splink's dialect adds is kept: a number cast to double is written as a double, as the
    decimals of Spark hold 38 digits and no more.
    """

    def _setup_for_execute_sql(self, sql: str, physical_name: str) -> str:
        return sqlglot.parse_one(sql, read="spark").transform(_plain_doubles).sql("spark")


def _plain_doubles(node: exp.Expression) -> exp.Expression:
    if isinstance(node, exp.Cast) and node.is_type(exp.DataType.Type.DOUBLE):
        if isinstance(node.this, exp.Literal) and not node.this.is_string:
            return exp.var(f"{node.this.name}D")
    return node


def scored(
    session: SparkSession,
    sides: list[pl.DataFrame],
    model: Model,
    blocks: list[str],
    threshold: float,
) -> pl.DataFrame:
    """All pairs of at least a probability: as `flows.linkage.model.scored`."""
    # Splink's usual way is to write what it has worked out as Parquet, names and all, unencrypted;
    # kept in Spark's own cache it is encrypted where it goes to disk.
    database: Any = Database(  # type: ignore[no-untyped-call]
        spark_session=session, break_lineage_method="persist"
    )
    tables = [
        database.register(_seen(session, side), dataset_display_name=name)
        for name, side in zip("ab", sides, strict=False)
    ]
    made = linker_on(tables, model, blocks, said=to_spark)
    for column in model.terms:
        table = _seen(session, term(model, column, sides))
        seen = database.register(table, dataset_display_name=f"tf_{column}")
        made.table_management.register_term_frequency_lookup(seen, column)
    found = made.inference.predict(
        threshold_match_probability=threshold or None, warning_mode="never"
    )
    pairs = session.sql(selected(found.physical_name, model)).toArrow()
    for name in ("a", "b", *(f"tf_{column}" for column in model.terms)):
        session.catalog.dropTempView(name)
    session.catalog.clearCache()
    return with_levels(pl.DataFrame(pl.from_arrow(pairs)), model)


def _seen(session: SparkSession, frame: pl.DataFrame) -> DataFrame:
    # The keys of blocks are 64-bit hashes: the same bits with a sign.
    signed = frame.with_columns(cs.by_dtype(pl.UInt64).reinterpret(signed=True))
    return session.createDataFrame(spark_table(signed), schema=spark_schema(signed))


@cache
def to_spark(condition: str) -> str:
    """A condition of `flows.linkage.comparison` in Spark SQL."""
    parsed = sqlglot.parse_one(condition, read="duckdb").transform(_transformed)
    return parsed.sql("spark", unsupported_level=sqlglot.ErrorLevel.RAISE)


def _transformed(node: exp.Expression) -> exp.Expression:
    if isinstance(node, exp.ArrayOverlaps):
        return exp.Anonymous(this="arrays_overlap", expressions=[node.this, node.expression])
    if isinstance(node, exp.Anonymous) and node.name.lower() == "damerau_levenshtein":
        # Splink's Java function knows no null.
        known = exp.and_(*(arg.is_(exp.null()).not_() for arg in node.expressions))
        return exp.case().when(known, node.copy())
    return node
