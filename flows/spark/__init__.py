"""The heavy work of a night on Apache Spark (docs/spark.md), for `--engine spark` only."""
