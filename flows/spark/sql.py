"""The models of sql/ in Spark's dialect.

sqlglot knows most of the difference: where nulls stand in an order, `||`, casts. What it does not
know is written down here, one small transform each; `tests/spark` runs every model on both engines.
"""

from __future__ import annotations

from functools import cache

import sqlglot
from sqlglot import exp

#: Spark has databases, but they are folders of files; a view of the session needs a name in one
#: part. No schema and no table of ours has two underscores in its name.
JOIN = "__"


def view_name(table: str) -> str:
    """The name of the session's view that stands for `schema.table`."""
    return table.replace(".", JOIN)


@cache
def to_spark(sql: str) -> str:
    """One SELECT of DuckDB as Spark SQL.

    Raises:
        sqlglot.errors.UnsupportedError: for what Spark cannot say.
    """
    query = sqlglot.parse_one(sql, read="duckdb").transform(_transformed)
    return query.sql("spark", unsupported_level=sqlglot.ErrorLevel.RAISE, comments=False)


def _transformed(node: exp.Expression) -> exp.Expression:
    if isinstance(node, exp.Table) and node.db:
        return exp.table_(view_name(f"{node.db}.{node.name}"), alias=node.alias_or_name)
    if isinstance(node, exp.Literal) and not node.is_string and "." in node.name:
        # 0.5 is a decimal to both; but DuckDB divides decimals as floats, Spark rounds them.
        return exp.cast(exp.Literal.number(node.name), exp.DataType.Type.DOUBLE)
    return node
