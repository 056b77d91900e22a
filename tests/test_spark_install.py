"""Without Spark nothing of it is needed, and who asks for it hears what is missing."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from typer.testing import CliRunner

from flows.cli import app
from flows.home import UserError
from flows.spark import install
from flows.spark.sql import to_spark, view_name

ROOT = Path(__file__).parents[1]


@pytest.mark.skipif(find_spec("pyspark") is not None, reason="Spark is installed here")
@pytest.mark.parametrize("way", ["--no-prefect", "settings"])
def test_without_the_extra_the_night_says_what_to_do(way: str, tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text('engine = "spark"\n' if way == "settings" else "")
    asked = [] if way == "settings" else ["--engine", "spark"]
    run = CliRunner().invoke(app, ["night", "--home", str(tmp_path), "--no-prefect", *asked])
    assert isinstance(run.exception, UserError)
    assert "没有安装 pyspark" in str(run.exception)
    assert ".venv-spark/bin/zhikong night --engine spark" in str(run.exception)


@pytest.mark.parametrize(
    ("said", "version"),
    [
        ('openjdk version "17.0.15" 2025-04-15', 17),
        ('java version "1.8.0_292"', 8),
        ('openjdk version "21" 2023-09-19', 21),
        ("nothing of the kind", 0),
    ],
)
def test_the_version_of_a_java_is_read(
    said: str, version: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = subprocess.CompletedProcess([], 0, stdout="", stderr=said)
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: answer)
    assert install.java_version("java") == version


def test_an_old_java_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(install, "find_spec", lambda name: object())
    monkeypatch.setattr(install, "java_program", lambda: "/opt/java")
    monkeypatch.setattr(install, "java_version", lambda program: 11)
    with pytest.raises(UserError, match=r"Java 17 或更新.*/opt/java 是 Java 11"):
        install.require_spark()


def test_a_night_on_this_machine_imports_nothing_of_spark() -> None:
    code = (
        "import sys, flows.cli, flows.night, flows.attempt\n"
        "print([name for name in sys.modules if name.startswith('flows.spark.')])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def test_both_environments_have_the_same_versions() -> None:
    """What is equal in one environment must be equal in the other."""
    locks = [
        dict(re.findall(r"^([a-z0-9._-]+)==([^ ;\\]+)(?: ;.*)? \\$", file.read_text(), flags=re.M))
        for file in (ROOT / "requirements.lock", ROOT / "requirements-spark.lock")
    ]
    plain, spark = locks
    assert len(plain) > 100
    assert {name: spark.get(name) for name in plain} == plain
    assert {"pyspark", "pandas"} <= spark.keys() - plain.keys()
    assert "://" not in (ROOT / "requirements-spark.lock").read_text()


def test_a_table_is_a_view_and_a_fraction_is_a_float() -> None:
    sql = "select d.a * 0.5 as half from work.death as d order by d.a"
    assert to_spark(sql) == (
        "SELECT d.a * CAST(0.5 AS DOUBLE) AS half FROM work__death AS d ORDER BY d.a NULLS LAST"
    )
    assert view_name("work.death") == "work__death"
