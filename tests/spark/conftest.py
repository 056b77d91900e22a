"""One home of four counties: a night on this machine and the same night on Spark."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

COUNTIES = ("330329", "330326", "330302", "330382")
NIGHT = date(2026, 1, 31)
KEY = "0123456789abcdef0123456789abcdef"
#: Two cores, small shuffles; lists of any length are linked as the settings of a home say.
SETTINGS = """
[spark_conf]
"spark.master" = "local[2]"
"spark.sql.shuffle.partitions" = "2"
"spark.default.parallelism" = "2"
"spark.driver.memory" = "2g"
"spark.driver.extraJavaOptions" = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
"""


@dataclass
class Compared:
    """What both engines made of the same night."""

    here: Path
    spark: Path
    models: dict[str, tuple[pl.DataFrame, pl.DataFrame]] = field(default_factory=dict)
    judged: dict[str, tuple[object, object]] = field(default_factory=dict)


def home_at(place: Path, inbox: Path | None = None, settings: str = SETTINGS) -> Path:
    """A home with the key of these tests."""
    (place / "keys").mkdir(mode=0o700, parents=True)
    (place / "keys" / "key").write_text(KEY)
    (place / "settings.toml").write_text(settings)
    if inbox:
        shutil.copytree(inbox, place / "inbox")
    return place


@pytest.fixture(scope="session")
def inbox(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Cards, populations and lists of four counties, synthetic."""
    from flows.sample import write_sample

    place = tmp_path_factory.mktemp("sample")
    for seed, area in enumerate(COUNTIES):
        write_sample(
            place / area, year=2025, deaths=150, faults=0.1, seed=10 + seed, area=area, preset=None
        )
        shutil.move(place / area / "inbox", place / "inbox" / area)
    return place / "inbox"


@pytest.fixture(scope="session")
def compared(inbox: Path, tmp_path_factory: pytest.TempPathFactory) -> Compared:
    """Both nights; on Spark's every kind is judged and every model built on both engines."""
    import flows.spark.judge
    import flows.spark.models
    from flows.cards import Kind
    from flows.engine import Engine
    from flows.home import Home
    from flows.models import Creator, Model
    from flows.plain import run_plain
    from flows.quality import Judged
    from flows.spark.engine import SparkEngine

    place = tmp_path_factory.mktemp("nights")
    made = Compared(home_at(place / "here", inbox), home_at(place / "spark", inbox))
    run_plain(Home(made.here), NIGHT, lambda line: None, engine="duckdb")

    def judge(self: SparkEngine, kind: Kind, *conditions: object) -> Judged:
        on_spark = judge_on_spark(self, kind, *conditions)
        made.judged[kind.card_type] = (Engine.judge(self, kind, *conditions), on_spark)
        return on_spark

    def creator(self: SparkEngine, draft: duckdb.DuckDBPyConnection, *cards: Any) -> Creator:
        here = Engine.creator(self, draft, *cards)
        there = creator_on_spark(self, draft, *cards)

        def both(lane: duckdb.DuckDBPyConnection, model: Model) -> None:
            found = []
            for create in (here, there):
                create(lane, model)
                # By way of Arrow, which keeps what was read when the table is made again.
                rows = lane.sql(f"select * from {model.name}").to_arrow_table()
                found.append(pl.DataFrame(pl.from_arrow(rows)))
            made.models[model.name] = (found[0], found[1])

        return both

    judge_on_spark, creator_on_spark = SparkEngine.judge, SparkEngine.creator
    with pytest.MonkeyPatch.context() as patch:
        # Some results are long, some are short: both ways are gone.
        patch.setattr(flows.spark.models, "SMALL", 5_000)
        patch.setattr(flows.spark.judge, "SMALLEST", 500)
        patch.setattr(SparkEngine, "judge", judge)
        patch.setattr(SparkEngine, "creator", creator)
        run_plain(Home(made.spark), NIGHT, lambda line: None, engine="spark")
    return made
