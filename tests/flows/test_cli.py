from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from flows.cli import app
from tests.flows.conftest import death_file, death_line

RUNNER = CliRunner()
README = Path(__file__).parents[2] / "README.md"
COMMANDS = sorted(command.name or command.callback.__name__ for command in app.registered_commands)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_and_stands_in_the_readme(command):
    shown = RUNNER.invoke(app, [command, "--help"])
    assert shown.exit_code == 0
    assert f"zhikong {command}" in README.read_text("utf-8")


def test_help_imports_nothing_heavy():
    code = (
        "import sys; from flows.cli import app\n"
        "heavy = ('duckdb', 'polars', 'pandera', 'prefect', 'scipy')\n"
        "print([name for name in heavy if name in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def check(tmp_path: Path, text: str, *options: str) -> tuple[int, list[dict[str, object]]]:
    file = tmp_path / "死亡.csv"
    file.write_text(text, "utf-8")
    shown = RUNNER.invoke(app, ["check", str(file), "--format", "json", *options])
    return shown.exit_code, json.loads(shown.stdout)


def test_check_names_file_row_card_field_and_sentence(tmp_path):
    text = death_file(death_line("a"), death_line("b", sex="1", cause="C53.9"))
    code, rows = check(tmp_path, text)
    (found,) = [row for row in rows if row["card_id"] == "b" and row["field"] == "underlying_cause"]
    assert code == 1
    assert (found["source_file"], found["source_row"], found["severity"]) == (
        "死亡.csv",
        3,
        "error",
    )
    assert found["message_zh"].find("请核实") > 0
    assert set(found) == {
        "source_file", "source_row", "card_id", "rule_id", "field", "severity", "message_zh"
    }  # fmt: skip


def test_check_of_an_unknown_table_says_so(tmp_path):
    code, rows = check(tmp_path, "货号,单价\n1,2\n")
    assert (code, [row["rule_id"] for row in rows]) == (1, ["file.unknown_card_type"])


def test_check_of_a_missing_file_is_the_user_s_mistake(tmp_path):
    run = subprocess.run(
        [Path(sys.executable).with_name("zhikong"), "check", str(tmp_path / "none.csv")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (run.returncode, run.stdout) == (2, "")
    assert "找不到文件" in run.stderr


@pytest.mark.parametrize(
    "sql",
    [
        "select * from read_csv('/etc/passwd')",
        "select * from read_text('/etc/passwd')",
        "select * from '/etc/passwd'",
        "attach 'x.duckdb'",
        "copy (select 1) to 'x.csv'",
        "install httpfs",
        "load httpfs",
        "set memory_limit = '1TB'",
        "pragma database_list",
        "create table t (i integer)",
        "drop table card.death",
        "select 1; drop table card.death",
        "call pragma_version()",
        "export database 'x'",
        "select * from glob('/*')",
    ],
)
def test_sql_of_the_query_command_stays_inside_the_file(home, sql):
    from datetime import date

    from flows.home import UserError
    from flows.plain import run_plain
    from flows.sandbox import run_query

    if not home.published.exists():
        run_plain(home, date(2025, 1, 31), lambda line: None)
    assert run_query(home.path, "select count(*) as n from card.death")["n"].to_list() == [0]
    with pytest.raises(UserError):
        run_query(home.path, sql)


def test_a_query_that_takes_too_long_is_stopped(home, monkeypatch):
    from datetime import date

    from flows.home import UserError
    from flows.plain import run_plain
    from flows.sandbox import run_query

    monkeypatch.setenv("ZHIKONG_QUERY_SECONDS", "0.5")
    run_plain(home, date(2025, 1, 31), lambda line: None)
    with pytest.raises(UserError, match="停止"):
        run_query(
            home.path,
            "select count(*) from range(1000000) a, range(1000000) b where a.range > b.range",
        )


def test_wrong_settings_are_named(home):
    from flows.home import UserError

    (home.path / "settings.toml").write_text('aera = "330329"\n', "utf-8")
    with pytest.raises(UserError, match="aera"):
        _ = home.settings
