"""The runner, and what every model under sql/ must keep to."""

from __future__ import annotations

import csv
import re
from contextlib import nullcontext
from pathlib import Path

import duckdb
import pytest
import sqlglot
from sqlglot import exp

from flows import models
from flows.models import ModelError
from flows.trouble import trouble
from tests.sql.model_tables import ROOT, built, rows

SQL = ROOT / "sql"
ALL = models.read_models(SQL)
#: Functions that mean the same in DuckDB and in Spark; sqlglot's name of each.
PORTABLE = set(
    "AND OR NOT CAST COALESCE COUNT SUM MAX MIN LEFT LENGTH YEAR MONTH DAY GREATEST LEAST "
    "ROW_NUMBER EXISTS CASE IF CONCAT NULLIF SQRT LOWER".split()
)


def write(folder: Path, name: str, text: str) -> None:
    schema, table = name.split(".")
    (folder / schema).mkdir(parents=True, exist_ok=True)
    (folder / schema / f"{table}.sql").write_text(text, "utf-8")


HEADER = "-- What it is.\n-- 标题\n-- grain: a\n"


def test_models_are_built_in_the_order_they_read_each_other(tmp_path: Path) -> None:
    write(tmp_path, "x.first", HEADER + "select b.a from y.second as b")
    write(tmp_path, "y.second", HEADER + "select c.a from raw.third as c")
    order = models.in_build_order(models.read_models(tmp_path), {"raw.third"})
    assert order == ["y.second", "x.first"]


def test_models_that_are_built_side_by_side_wait_for_what_they_read(tmp_path: Path) -> None:
    """A tower of sums, three wide: a model that came too early would find no table."""
    for level in range(8):
        for place in "abc":
            below = [f"x.{one}{level - 1}" for one in "abc"] if level else []
            sums = " + ".join(f"(select t.a from {name} as t)" for name in below) or "1"
            write(tmp_path, f"x.{place}{level}", HEADER + f"select {sums} as a")
    connection = duckdb.connect()
    models.build(connection, tmp_path, lanes=3)
    assert rows(connection, "select a from x.b7") == [(3**7,)]


def test_a_model_that_fails_beside_others_is_named(tmp_path: Path) -> None:
    for number in range(20):
        write(tmp_path, f"x.sound_{number:02}", HEADER + "select 1 as a")
    write(tmp_path, "x.twice", HEADER + "select 1 as a union all select 1 as a")
    with pytest.raises(ModelError, match=r"^x\.twice is not unique by a: 1 keys repeat$"):
        models.build(duckdb.connect(), tmp_path, lanes=3)


def test_an_unknown_table_stops_the_build_before_anything_runs(tmp_path: Path) -> None:
    write(tmp_path, "x.first", HEADER + "select b.a from raw.deth as b")
    write(tmp_path, "x.a_sound_one", HEADER + "select 1 as a")
    connection = duckdb.connect()
    connection.execute("create schema raw; create table raw.death (a integer)")
    with pytest.raises(ModelError, match=r"x.first reads raw.deth.*did you mean raw.death\?"):
        models.build(connection, tmp_path)
    assert rows(connection, "select table_name from duckdb_tables()") == [("death",)]


def test_models_in_a_circle_are_named(tmp_path: Path) -> None:
    write(tmp_path, "x.a", HEADER + "select b.a from x.b as b")
    write(tmp_path, "x.b", HEADER + "select a.a from x.a as a")
    with pytest.raises(ModelError, match="circle"):
        models.build(duckdb.connect(), tmp_path)


def test_a_broken_grain_says_model_and_count_and_no_value(tmp_path: Path) -> None:
    select = "select 'secret' as a union all select 'secret' as a union all select 'b' as a"
    write(tmp_path, "x.twice", HEADER + select)
    with pytest.raises(ModelError) as raised:
        models.build(duckdb.connect(), tmp_path)
    assert str(raised.value) == "x.twice is not unique by a: 1 keys repeat"


@pytest.mark.parametrize(
    ("values", "repeated"),
    [
        ("(1, null), (null, 1), (null, null)", 0),
        ("(1, null), (1, null), (null, null)", 1),
        ("(null, null), (null, null), (1, 1)", 1),
    ],
)
def test_keys_that_hold_nothing_are_keys_too(tmp_path: Path, values: str, repeated: int) -> None:
    header = HEADER.replace("grain: a", "grain: a, b")
    write(tmp_path, "x.holes", f"{header}select a, b from (values {values}) as t (a, b)")
    said = pytest.raises(ModelError, match=f"{repeated} keys repeat") if repeated else nullcontext()
    with said:
        models.build(duckdb.connect(), tmp_path)


def test_an_error_over_values_does_not_quote_them(tmp_path: Path) -> None:
    write(tmp_path, "x.cast", HEADER + "select cast('secret' as integer) as a")
    with pytest.raises(ModelError) as raised:
        models.build(duckdb.connect(), tmp_path)
    assert str(raised.value) == "x.cast cannot be built: ConversionException"
    assert raised.value.__cause__ is None


def test_want_of_memory_is_the_machine_s_trouble_and_not_the_model_s(tmp_path: Path) -> None:
    write(
        tmp_path, "x.large", HEADER + "select list(number) as a from range(9000000) as t (number)"
    )
    connection = duckdb.connect(config={"memory_limit": "20MB", "temp_directory": ""})
    with pytest.raises(duckdb.OutOfMemoryException) as raised:
        models.build(connection, tmp_path)
    assert "内存不足" in str(trouble(raised.value))


def test_header_and_column_comments_are_in_the_database(tmp_path: Path) -> None:
    write(tmp_path, "x.t", HEADER + "select\n    1 as a,  -- 甲, 有'引号'\n    2 as b  -- 乙")
    connection = duckdb.connect()
    models.build(connection, tmp_path)
    assert rows(connection, "select comment from duckdb_tables()") == [("标题",)]
    found = rows(connection, "select column_name, comment from duckdb_columns() where not internal")
    assert found == [("a", "甲, 有'引号'"), ("b", "乙")]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("select 1 as a", "three header lines"),
        ("-- What.\n-- 标题\nselect 1 as a", "three header lines"),
        (HEADER + "select 1 as b", "grain a, which it does not select"),
        (HEADER + "create table t as select 1 as a", "one SELECT and nothing else"),
        (HEADER + "select 1 as a; select 2 as a", "one SELECT and nothing else"),
        (HEADER + "select from from", "is not SQL"),
    ],
)
def test_a_file_that_is_no_model_is_refused(tmp_path: Path, text: str, complaint: str) -> None:
    write(tmp_path, "x.t", text)
    with pytest.raises(ModelError, match=complaint):
        models.read_models(tmp_path)


def test_unpublished_schemas_are_catalogs_and_leave_nothing_behind(tmp_path: Path) -> None:
    write(tmp_path, "work.t", HEADER + "select d.a from typed.death as d")
    write(tmp_path, "card.t", HEADER + "select t.a from work.t as t")
    connection = duckdb.connect(str(tmp_path / "published.duckdb"))
    connection.execute("attach ':memory:' as typed; attach ':memory:' as work")
    connection.execute("create table typed.death as select 1 as a")
    models.build(connection, tmp_path)
    connection.close()
    with duckdb.connect(str(tmp_path / "published.duckdb"), read_only=True) as published:
        found = rows(published, "select schema_name, table_name from duckdb_tables()")
    assert found == [("card", "t")]


def test_every_model_builds_over_empty_inputs() -> None:
    connection = built()
    tables = models.existing_tables(connection)
    assert ALL.keys() <= tables


@pytest.mark.parametrize("name", ALL)
def test_a_model_transpiles_to_spark_with_portable_functions_only(name: str) -> None:
    query = sqlglot.parse_one(ALL[name].sql, read="duckdb")
    spark = sqlglot.transpile(
        ALL[name].sql, read="duckdb", write="spark", unsupported_level=sqlglot.ErrorLevel.RAISE
    )
    assert len(spark) == 1
    used = {node.sql_name() for node in query.find_all(exp.Func)}
    assert used <= PORTABLE, f"{name} uses {used - PORTABLE}"


@pytest.mark.parametrize("name", ALL)
def test_a_model_keeps_the_style(name: str) -> None:
    model = ALL[name]
    code = re.sub(r"--.*", "", model.sql)
    without_strings = re.sub(r"'[^']*'", "''", code)
    shouted = set(re.findall(r"\b[A-Z]{2,}\b", without_strings))
    assert not shouted, f"{name} has upper-case words {shouted}"
    assert "select *" not in code.replace("\n", " "), f"{name} has select *"
    assert ".*" not in code, f"{name} does not name its columns"
    assert not re.search(r"\bright\s+join\b", code), f"{name} has a right join"
    assert model.title.endswith("."), f"{name}: the first line is no sentence"
    assert re.search("[\u4e00-\u9fff]", model.title_zh), f"{name} has no Chinese title"
    long = [line for line in code.splitlines() if len(line.rstrip()) > 100]
    assert not long, f"{name} has lines over 100 characters"
    columns = sqlglot.parse_one(model.sql, read="duckdb").named_selects
    assert set(columns) == set(model.labels), f"{name}: columns without a Chinese label"


def test_a_card_table_shows_published_columns_only() -> None:
    with (ROOT / "reference/field.csv").open(encoding="utf-8") as file:
        fields = list(csv.DictReader(file))
    for card_type in ("death", "tumour", "cardio", "diabetes", "tumour_death"):
        own = [row for row in fields if row["card_type"] == card_type]
        hidden = {row["field"] for row in own if row["published"] == "0"}
        hidden |= {f"{field}_{part}" for field in hidden for part in ("year", "month")}
        shown = set(ALL[f"card.{card_type}"].labels)
        assert not shown & hidden
        assert {row["field"] for row in own if row["published"] == "1"} <= shown


def test_a_card_label_is_the_label_of_its_field() -> None:
    with (ROOT / "reference/field.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            model = ALL.get(f"card.{row['card_type']}")
            if model and row["published"] == "1" and row["field"] != "area_code":
                assert model.labels[row["field"]] == row["label_zh"]


def test_cards_that_are_misdiagnosed_duplicate_deleted_or_withdrawn_are_left_out() -> None:
    connection = built(
        {
            "typed.tumour": """
                card_id | diagnosis_date | card_status | is_withdrawn
                usable  | 2023-01-01     | 0           | false
                no_code | 2023-01-01     |             |
                wrong   | 2023-01-01     | 3           | false
                twice   | 2023-01-01     | 4           | false
                deleted | 2023-01-01     | 5           | false
                gone    | 2023-01-01     | 0           | true
            """
        }
    )
    found = rows(connection, "select card_id from card.tumour order by card_id")
    assert found == [("no_code",), ("usable",)]


def test_the_lineage_page_is_what_the_models_say() -> None:
    assert (ROOT / "docs/lineage.md").read_text("utf-8") == models.lineage(SQL)
