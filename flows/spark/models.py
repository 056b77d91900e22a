"""The SQL models on Spark: each a Spark query, its result brought back into the draft.

What is read after the models (indicators, statistics, scores, pages) finds the same tables in the
same file as on one machine: the columns and types are those DuckDB gives the model.
"""

from __future__ import annotations

from collections.abc import Mapping

import duckdb
import pyarrow as pa
from py4j.protocol import Py4JError
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession

from flows.models import Model, ModelError
from flows.spark.sql import to_spark
from flows.spark.tables import give, see

#: Rows up to which a result goes back to Spark as a small table. A longer one stays where it was
#: made. (A plan on small tables is short, and Spark knows which side of a join to send around.)
SMALL = 200_000


class Builder:
    """Makes the tables of a night's models, in the order it is asked for them."""

    def __init__(self, session: SparkSession, known: Mapping[str, int]) -> None:
        """Start.

        Args:
            session: where the queries run.
            known: tables that Spark sees already, as `typed.death`, and their rows.
        """
        self.session, self.rows = session, dict(known)

    def create(self, draft: duckdb.DuckDBPyConnection, model: Model) -> None:
        """Make the table of one model, in the draft and for the models after it.

        Raises:
            ModelError: Spark cannot run it; the text names the model and no values.
        """
        for table in sorted(model.reads - self.rows.keys()):
            frame = draft.sql(f"select * from {table}").pl()
            give(self.session, table, frame)
            self.rows[table] = frame.height
        # DuckDB says which columns of which type the model has; it need not run it for that.
        draft.execute(
            f"create or replace table {model.name} as select * from ({model.sql}\n) limit 0"
        )
        found = self._made(model)
        self.rows[model.name] = found.num_rows
        draft.register("from_spark", found)
        draft.execute(f"insert into {model.name} by name select * from from_spark")
        draft.unregister("from_spark")

    def _made(self, model: Model) -> pa.Table:
        """Run the query of a model; Spark sees its result as the model's table."""
        # What comes of long tables may be long: the workers keep it (encrypted, where it goes to
        # disk), without the plan that made it.
        may_be_long = any(self.rows[table] > SMALL for table in model.reads)
        try:
            made = self.session.sql(to_spark(model.sql))
            if may_be_long:
                made = made.localCheckpoint()
            found = made.toArrow()
            if may_be_long and found.num_rows > SMALL:
                see(model.name, made)
                return found
            see(model.name, self.session.createDataFrame(found, schema=made.schema))
        except (PySparkException, Py4JError) as error:
            raise ModelError(f"{model.name} cannot be built: {type(error).__name__}") from None
        return found
