"""The heavy work of a night on Apache Spark (docs/spark.md); imported with `--engine spark` only."""
