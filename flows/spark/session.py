"""One Spark session for a night: closed to other users, silent, and gone without a trace."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pyspark.logger import PySparkLogger
from pyspark.sql import SparkSession
from splink.backends.spark import similarity_jar_location

from flows.home import Home

#: What the results need: DuckDB's meaning of casts and overflow, dates without a time zone.
MEANING = {
    "spark.sql.ansi.enabled": "true",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.timestampType": "TIMESTAMP_NTZ",
    "spark.sql.execution.arrow.pyspark.enabled": "true",
    # A wrong answer is worse than none: no quiet second try on another path.
    "spark.sql.execution.arrow.pyspark.fallback.enabled": "false",
    "spark.sql.caseSensitive": "false",
}
#: What personal data need: whatever is written or sent is encrypted, nothing is logged or shown.
CLOSED = {
    "spark.io.encryption.enabled": "true",
    "spark.authenticate": "true",
    "spark.network.crypto.enabled": "true",
    "spark.eventLog.enabled": "false",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    # Spark's logs quote the values that a task failed on; our own error says kind and place.
    "spark.log.level": "OFF",
    "spark.sql.debug.maxToStringFields": "0",
}
#: Loggers of pyspark itself that write the text of an error, with the value it failed on.
TALKERS = ("SQLQueryContextLogger", "DataFrameQueryContextLogger")
#: Sensible on one machine; a cluster's own settings go before these.
USUAL = {
    "spark.app.name": "zhikong-night",
    "spark.sql.adaptive.enabled": "true",
    "spark.sql.shuffle.partitions": "8",
    "spark.driver.memory": "4g",
    "spark.driver.maxResultSize": "0",
    "spark.python.worker.reuse": "true",
    "spark.executorEnv.POLARS_MAX_THREADS": "1",  # one worker a core already
}

#: A log4j configuration without an appender is none to Spark, and it takes its own.
SILENT = """
appender.nothing.type = Null
appender.nothing.name = nothing
rootLogger.level = off
rootLogger.appenderRef.nothing.ref = nothing
"""


@contextmanager
def spark_session(home: Home) -> Iterator[SparkSession]:
    """A session with the settings of a home (`[spark_conf]` of settings.toml).

    Spark's files lie in a folder of the home that only its owner can open, and that is removed
    when the block ends; on a cluster the executors' own folders are the cluster's affair.
    """
    place = home.path / "spark"
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(prefix="scratch-", dir=place))
    try:
        session = _started(home, scratch)
        try:
            yield session
        finally:
            session.stop()
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _started(home: Home, scratch: Path) -> SparkSession:
    # The workers of this machine are our own interpreter; those of a cluster are named in
    # `spark.pyspark.python`, which goes before the environment.
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    os.environ.setdefault("PYSPARK_DRIVER_PYTHON", sys.executable)
    for name in TALKERS:
        PySparkLogger.getLogger(name).disabled = True
    given = home.settings.spark_conf
    settings = USUAL | given | MEANING | CLOSED
    settings["spark.jars"] = _joined(given.get("spark.jars"), similarity_jar_location())
    settings["spark.sql.warehouse.dir"] = str(scratch / "warehouse")
    if not _has_master(given):
        settings["spark.master"] = "local[*]"
    if settings.get("spark.master", "").startswith("local"):
        settings["spark.local.dir"] = str(scratch)
        os.environ["SPARK_LOCAL_DIRS"] = str(scratch)  # goes before spark.local.dir
        # Beside the name of this machine nobody need reach the session.
        settings.setdefault("spark.driver.host", "127.0.0.1")
        settings.setdefault("spark.driver.bindAddress", "127.0.0.1")
    # Spark's launcher speaks before it reads its log level: log4j is told beforehand.
    silent = scratch / "log4j2.properties"
    silent.write_text(SILENT, "utf-8")
    settings["spark.driver.extraJavaOptions"] = _spaced(
        given.get("spark.driver.extraJavaOptions"), f"-Dlog4j2.configurationFile={silent}"
    )
    builder = SparkSession.builder
    for name, value in settings.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("OFF")
    checkpoints = given.get("spark.checkpoint.dir") or str(scratch / "checkpoint")
    session.sparkContext.setCheckpointDir(checkpoints)
    return session


def _has_master(given: dict[str, str]) -> bool:
    """Whether somebody else says where Spark runs: our settings, or Spark's own file."""
    folder = os.environ.get("SPARK_CONF_DIR")
    file = Path(folder) / "spark-defaults.conf" if folder else None
    if "spark.master" in given:
        return True
    return bool(file and file.exists() and "spark.master" in file.read_text("utf-8"))


def _joined(first: str | None, second: str) -> str:
    return f"{first},{second}" if first else second


def _spaced(first: str | None, second: str) -> str:
    return f"{first} {second}" if first else second
