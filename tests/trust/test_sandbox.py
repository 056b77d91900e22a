"""The user's SQL stays inside the published file, its time, its memory and its rows."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

import pytest

from flows.home import Home, UserError
from flows.plain import run_plain
from flows.query_process import RefusedError, run
from flows.sandbox import bytes_of, run_query
from tests.trust.picture import KEY


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    place = Home(tmp_path_factory.mktemp("sandbox") / "home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ZHIKONG_KEY", KEY)
        run_plain(place, date(2026, 1, 31), lambda line: None)
    (place.path / "secret.csv").write_text("name\n合成甲\n")
    return place


def everything(home: Home) -> dict[str, str]:
    return {
        str(file): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in sorted(home.path.parent.rglob("*"))
        if file.is_file()
    }


#: {home} is the folder, with a readable secret.csv.
READS_FILES = [
    "select * from read_csv('{home}/secret.csv')",
    "from read_csv_auto('{home}/secret.csv')",
    "from '{home}/secret.csv'",
    'from "{home}/secret.csv"',
    "select * from read_text('{home}/secret.csv')",
    "from read_blob('{home}/secret.csv')",
    "from read_json('{home}/x.json')",
    "from read_parquet('{home}/raw/*.parquet')",
    "from parquet_metadata('{home}/x.parquet')",
    "from sniff_csv('{home}/secret.csv')",
    "from glob('{home}/*')",
    "from read_duckdb('{home}/state.duckdb')",
    "from read_csv('/proc/self/environ')",
    "select (select content from read_text('{home}/secret.csv'))",
    "with secret as (from read_csv('{home}/secret.csv')) select * from secret",
    "select 1 where exists (from '{home}/secret.csv')",
    "from (values (1)) v, lateral (from read_text('{home}/secret.csv'))",
    "from query('from read_csv(''{home}/secret.csv'')')",
    "from query_table('{home}/secret.csv')",
    "from json_execute_serialized_sql(json_serialize_sql('from ''{home}/secret.csv'''))",
]
REACHES_OUT = [
    "from 'https://example.org/a.csv'",
    "from read_parquet('https://example.org/a.parquet')",
    "from read_csv('s3://bucket/a.csv')",
    "from read_text('hf://datasets/a')",
    "attach 'https://example.org/a.duckdb'",
    "install httpfs",
    "load httpfs",
    "install spatial from community",
    "create secret (type s3, key_id 'a', secret 'b')",
]
TELLS_OF_THE_MACHINE = [
    "from duckdb_secrets()",
    "from which_secret('s3://x', 's3')",
    "select getenv('HOME')",
    "select getvariable('x')",
    "select current_setting('temp_directory')",
    "from duckdb_settings()",
    "from duckdb_settings",
    "from pg_settings",
    "from pg_catalog.pg_settings",
    "from duckdb_databases()",
    "from duckdb_databases",
    "from pragma_database_list",
    "from duckdb_extensions()",
    "from duckdb_temporary_files()",
    "from duckdb_logs",
    "pragma database_list",
    "pragma version",
    "call pragma_version()",
    "select * from pragma_version()",
]
WRITES_OR_SETS = [
    "copy (select 1) to '{home}/out.csv'",
    "copy card.death to '{home}/out.parquet'",
    "(copy (select 1) to '{home}/out.csv')",
    "copy card.death from '{home}/secret.csv'",
    "export database '{home}/out'",
    "import database '{home}/out'",
    "attach '{home}/out.duckdb'",
    "attach ':memory:' as other",
    "detach surveillance",
    "use memory",
    "set memory_limit = '1TB'",
    "set enable_external_access = true",
    "reset memory_limit",
    "set variable x = 1",
    "create table t (i integer)",
    "create temp table t as select 1",
    "create macro m() as 1",
    "create or replace view card.death as select 1",
    "insert into card.death default values",
    "with x as (select 1) insert into card.death select * from card.death",
    "with x as (delete from card.death returning *) select * from x",
    "update card.death set sex = '1'",
    "delete from card.death",
    "truncate card.death",
    "drop table card.death",
    "alter table card.death add column x integer",
    "comment on table card.death is 'x'",
    "select 1 into t",
    "begin",
    "checkpoint",
    "from force_checkpoint()",
    "vacuum",
    "prepare p as select 1",
    "execute p",
    "from enable_logging(storage='file', storage_path='{home}/log')",
    "from enable_logging()",
    "from enable_profiling(format='json', save_location='{home}/profile.json')",
    "select write_log('x')",
    "explain analyze select 1",
]
MORE_THAN_ONE = [
    "",
    ";",
    "-- nothing",
    "select 1; select 2",
    "select 1; drop table card.death",
    "select 1 /* ; */; copy (select 1) to '{home}/out.csv'",
    "select 1 --\n; set threads = 1",
    "/* select */ copy (select 1) to '{home}/out.csv'",
    "--\ncall pragma_version()",
    "select '\0'; select 2",
]
TOO_MUCH = [
    "from range(1000000)",
    "from generate_series(1, 100000000000)",
    "select a.range from range(1000000) a, range(1000000) b",
    "from repeat('x', 10000000000)",
    "from repeat_row(1, num_rows = 100000000000)",
]


@pytest.mark.parametrize(
    "sql", READS_FILES + REACHES_OUT + TELLS_OF_THE_MACHINE + WRITES_OR_SETS + MORE_THAN_ONE
)
def test_an_escape_is_refused_and_nothing_is_written(home: Home, sql: str) -> None:
    before = everything(home)
    with pytest.raises(RefusedError, match=r"[一-鿿]") as refused:
        run(str(home.published), "500MB", 1000, 20, sql.replace("{home}", str(home.path)))
    assert "合成甲" not in str(refused.value)
    assert everything(home) == before


@pytest.mark.parametrize("sql", TOO_MUCH)
def test_an_answer_without_end_is_refused(home: Home, sql: str) -> None:
    with pytest.raises(RefusedError, match=r"query_rows|只能查询"):
        run(str(home.published), "500MB", 1000, 20, sql)


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("with recursive r(n) as (select 1 union all select n+1 from r) select count(*) from r",
         "query_seconds"),
        ("select count(*) from range(1000000) a, range(1000000) b where a.range > b.range",
         "query_seconds"),
        ("select string_agg(repeat('x', 100000), '') from range(100000)", "query_memory"),
    ],
)  # fmt: skip
def test_time_and_memory_are_bounded(home: Home, sql: str, said: str) -> None:
    with pytest.raises(RefusedError, match=said):
        run(str(home.published), "200MB", 1000, 0.5, sql)


def test_a_pattern_that_ruins_other_engines_is_judged_at_once(home: Home) -> None:
    sql = "select regexp_matches(repeat('a', 100000) || '!', '^(a+)+$') as found"
    assert run(str(home.published), "500MB", 10, 5, sql).to_pylist() == [{"found": False}]


@pytest.mark.parametrize(
    "sql",
    [
        "/* a; comment */ select count(*) as n from card.death -- ; end",
        "with t as (select 1 as n) from t",
        "values (1)",
        "describe card.death",
        "show all tables",
        "select * from duckdb_columns() limit 1",
        "select function_name from duckdb_functions() where not internal",
        "select unnest([1, 2]) as n",
        "from range(3)",
        "select year, n from (from range(2) r(year)) cross join (select 1 as n)",
    ],
)
def test_what_an_epidemiologist_asks_is_answered(home: Home, sql: str) -> None:
    assert run(str(home.published), "500MB", 10_000, 20, sql).num_rows >= 1


@pytest.mark.parametrize(
    "sql",
    [
        "select max(length(repeat('x', 2000000000))) from range(100)",
        "select list_resize([1], 2000000000)",
        "select format('{:>2000000000}', 'x')",
        "select " + "(" * 20000 + "1" + ")" * 20000,
    ],
)
def test_a_function_that_hears_nothing_is_ended_with_its_process(
    home: Home, monkeypatch: pytest.MonkeyPatch, sql: str
) -> None:
    monkeypatch.setenv("ZHIKONG_QUERY_SECONDS", "0.2")
    monkeypatch.setenv("ZHIKONG_QUERY_MEMORY", "200MB")
    monkeypatch.setattr("flows.sandbox.GRACE_SECONDS", 2.0)
    began = time.monotonic()
    with pytest.raises(UserError, match=r"query_seconds|query_memory|复杂|嵌套|解析"):
        run_query(home.path, sql)
    assert time.monotonic() - began < 10


@pytest.mark.parametrize(
    ("sql", "code", "shown"),
    [
        ("select 7 as n", 0, "7"),
        ("copy (select 1) to 'out.csv'", 2, "只接受一条 SELECT"),
        ("from test_all_types()", 2, "只能查询发布库"),
    ],
)
def test_the_command_answers_in_chinese_with_its_exit_code(
    home: Home, sql: str, code: int, shown: str
) -> None:
    command = "from flows.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", command, "query", sql, "--home", str(home.path)],
        capture_output=True, text=True, cwd=Path(__file__).parents[2], check=False,
    )  # fmt: skip
    assert (done.returncode, "Traceback" in done.stderr) == (code, False)
    assert shown in done.stdout + done.stderr


def test_a_type_no_table_can_show_is_said(home: Home) -> None:
    with pytest.raises(UserError, match="cast"):
        run_query(home.path, "select interval 1 day as span")


def test_a_size_is_read_and_nonsense_is_named() -> None:
    assert (bytes_of("4GB"), bytes_of(" 1.5 gib")) == (4 << 30, 3 << 29)
    with pytest.raises(UserError, match="query_memory"):
        bytes_of("much'; drop")
