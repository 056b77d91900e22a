"""Spark keeps no personal data behind and says none when something fails."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("pyspark", reason="Spark is tested in its own environment: make spark")

from flows.home import Home
from flows.spark.session import CLOSED, MEANING, spark_session
from flows.store import connect
from tests.spark.conftest import KEY, Compared, home_at


def identities(home: Path) -> list[bytes]:
    """Names and numbers of the cards of a home, as they would stand in a file."""
    opened = connect()
    opened.execute(f"pragma add_parquet_key('home', '{KEY}')")
    files = f"{home}/spark/death/*/*/*.parquet"
    found = opened.execute(
        f"select name, id_number from read_parquet('{files}', "
        "encryption_config = {footer_key: 'home'})"
    ).fetchall()
    return [text.encode() for row in found for text in row if text]


def test_nothing_readable_is_left_behind(compared: Compared) -> None:
    place = compared.spark / "spark"
    left = [file for file in place.rglob("*") if file.is_file()]
    assert left and all(file.suffix == ".parquet" for file in left)
    assert all(file.stat().st_mode & 0o077 == 0 for file in [place, *place.rglob("*")])
    told = identities(compared.spark)
    assert len(told) > 500
    for file in left:
        content = file.read_bytes()
        assert not any(text in content for text in told), file.name


def test_the_settings_of_a_home_do_not_open_what_is_closed(tmp_path: Path) -> None:
    open_wide = "\n".join(f'"{name}" = "x"' for name in (CLOSED | MEANING))
    settings = f'[spark_conf]\n"spark.master" = "local[2]"\n{open_wide}\n'
    with spark_session(Home(home_at(tmp_path / "home", settings=settings))) as session:
        conf = session.sparkContext.getConf()
        assert {name: conf.get(name) for name in CLOSED | MEANING} == CLOSED | MEANING
        scratch = Path(conf.get("spark.local.dir"))
        assert scratch.stat().st_mode & 0o777 == 0o700
        assert scratch.is_relative_to(tmp_path / "home")
    assert not scratch.exists()


FAILS = """
import sys
from pathlib import Path
import duckdb
from flows.fault import report
from flows.home import Home
from flows.models import ModelError, read_model
from flows.spark.models import Builder
from flows.spark.session import spark_session

where = sys.argv[1]
with spark_session(Home(Path(sys.argv[2]))) as session:
    try:
        if where == "sql":
            draft = duckdb.connect()
            draft.execute("create schema typed; create table typed.death as "
                          "select '合成张' || i as name from range(4) t(i)")
            draft.execute("create schema x")
            Builder(session, {}).create(draft, read_model(Path(sys.argv[3])))
        else:
            from flows.spark.judge import Conditions, judge
            from flows.spark.cards import write_parts
            from flows.quality import Ruling
            import polars as pl
            cards = pl.DataFrame({"name": ["合成张甲"], "area_code": ["330329"], "year": [2024]})
            nothing = pl.DataFrame(schema={"row_index": pl.UInt32, "field": pl.String})
            parts = write_parts(cards, nothing, "death", Path(sys.argv[2]), "0" * 32)
            class Table:
                carried, facts = {}, {"合成张甲": 1}
            ruling = Ruling(None, "", Table())
            judge(session, parts, Conditions("death", ruling, nothing, set(), "0" * 32), 2)
    except Exception as error:
        report(error)
        sys.exit(3)
"""


@pytest.mark.parametrize("where", ["sql", "worker"])
def test_a_failure_on_spark_tells_no_value(where: str, tmp_path: Path) -> None:
    """In a process of its own: Spark's own lines go to the terminal past Python."""
    model = tmp_path / "x" / "t.sql"
    model.parent.mkdir()
    model.write_text(
        "-- It.\n-- 标题\n-- grain: a\n"
        "select cast(death.name as integer) as a from typed.death as death",
        "utf-8",
    )
    home = home_at(tmp_path / "home")
    run = subprocess.run(
        [sys.executable, "-c", FAILS, where, str(home), str(model)],
        capture_output=True, text=True, check=False, env=os.environ,
    )  # fmt: skip
    assert run.returncode == 3, run.stderr
    said = run.stdout + run.stderr
    assert "程序出错" in said
    assert "合成张" not in said
