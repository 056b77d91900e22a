"""Build every SELECT under sql/ as the table its path names.

``sql/<schema>/<name>.sql`` holds one SELECT. Its leading comment lines are: what it is; the Chinese
title; ``grain: a, b``; then optional ``key: value`` lines. A trailing ``-- text`` comment behind a
column of the final SELECT is that column's label. A table is always written ``schema.table``; a
bare name is a CTE, so the tables a model reads need no guessing.

Schemas that must not be published (``typed``, ``work``, ``measure``) are catalogs the caller
attached under those names; ``typed.death`` then resolves without a change to the SQL.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import duckdb
import sqlglot
from sqlglot import exp

from flows.lanes import abreast

HEADER_FACT = re.compile(r"^([a-z_]+):\s*(.*)$")
#: Their text speaks of the SQL; the text of any other DuckDB error may quote a card's values.
SPEAKS_OF_SQL = (duckdb.BinderException, duckdb.CatalogException, duckdb.ParserException)


class ModelError(Exception):
    """A model cannot be read, ordered or built; the message names the model and no values."""


@dataclass(frozen=True)
class Model:
    """One SELECT: its table name, text and what its comments say."""

    name: str
    sql: str
    title: str
    title_zh: str
    grain: tuple[str, ...]
    reads: frozenset[str]
    facts: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)


#: Makes the table of a model on a connection.
Creator = Callable[[duckdb.DuckDBPyConnection, Model], None]


def read_models(folder: Path) -> dict[str, Model]:
    """All models under ``folder`` by name; raises ModelError for a file that is not a model."""
    files = sorted(folder.glob("*/*.sql"))
    if not files:
        raise ModelError(f"{folder} holds no models")
    return {m.name: m for m in (read_model(file) for file in files)}


def read_model(file: Path) -> Model:
    """The model of one file; raises ModelError when header, grain or SQL is not as agreed."""
    return _parsed(f"{file.parent.name}.{file.stem}", file.read_text("utf-8"))


@cache
def _parsed(name: str, sql: str) -> Model:
    header = _header(sql)
    facts = {m[1]: m[2] for line in header if (m := HEADER_FACT.match(line))}
    if len(header) < 3 or not facts.get("grain"):
        raise ModelError(f"{name} needs three header lines: what it is, Chinese title, grain")
    try:
        statements = sqlglot.parse(sql, read="duckdb")
    except sqlglot.errors.ParseError as error:
        raise ModelError(f"{name} is not SQL: {error}") from None
    if len(statements) != 1 or not isinstance(statements[0], exp.Query):
        raise ModelError(f"{name} must be one SELECT and nothing else")
    query = statements[0]
    grain = tuple(column.strip() for column in facts.pop("grain").split(","))
    if unknown := [column for column in grain if column not in query.named_selects]:
        raise ModelError(f"{name} has grain {', '.join(unknown)}, which it does not select")
    return Model(name, sql, header[0], header[1], grain, _tables(query), facts, _labels(query))


def _header(sql: str) -> list[str]:
    lines = []
    for line in sql.splitlines():
        if not line.startswith("--"):
            break
        lines.append(line.removeprefix("--").strip())
    return lines


def _tables(query: exp.Query) -> frozenset[str]:
    return frozenset(f"{t.db}.{t.name}" for t in query.find_all(exp.Table) if t.db)


def _labels(query: exp.Query) -> dict[str, str]:
    """Column -> trailing comment; of a UNION the first SELECT speaks."""
    return {
        column.alias_or_name: " ".join(text.strip() for text in column.comments)
        for column in query.selects
        if column.comments
    }


def in_build_order(models: Mapping[str, Model], given: Iterable[str]) -> list[str]:
    """Model names so that each comes after what it reads.

    Raises ModelError before anything runs when a model reads a table that is neither a model nor
    in ``given`` (with the nearest name), or when models read each other in a circle.
    """
    known = set(given) | models.keys()
    for name, model in models.items():
        for unknown in sorted(model.reads - known):
            near = get_close_matches(unknown, known, n=1)
            hint = f"; did you mean {near[0]}?" if near else ""
            raise ModelError(f"{name} reads {unknown}, which is no model and no table{hint}")
    try:
        return list(TopologicalSorter(_graph(models)).static_order())
    except CycleError as error:
        circle = " -> ".join(error.args[1])
        raise ModelError(f"models read each other in a circle: {circle}") from None


def pieces(
    connection: duckdb.DuckDBPyConnection,
    folder: Path,
    given: set[str] | None = None,
    create: Creator | None = None,
) -> tuple[dict[str, list[str]], Callable[[duckdb.DuckDBPyConnection, str], None]]:
    """What `lanes.abreast` needs to make the table of every model under ``folder``.

    Args:
        connection: the schemas are made on it.
        folder: of the models.
        given: tables that are made beside the models (``quality.finding`` ...), in addition to
            those found on the connection.
        create: makes one table on a connection; by default DuckDB does.

    Returns:
        Each model with the models and given tables that it reads; and what makes the table of one,
        its grain asserted, on a connection. It raises ModelError, whose message never holds a value
        of a card.

    Raises:
        ModelError: a model cannot be read or ordered.
    """
    make = create_table if create is None else create
    models = read_models(folder)
    beside = given or set()
    in_build_order(models, existing_tables(connection) | beside)  # says so where there is none
    attached = _attached(connection)
    for schema in sorted({name.split(".")[0] for name in (*models, *beside)} - attached):
        connection.execute(f"create schema if not exists {schema}")

    def built(lane: duckdb.DuckDBPyConnection, name: str) -> None:
        make(lane, models[name])
        _assert_grain(lane, models[name])
        if name.split(".")[0] not in attached:
            write_comments(lane, name, models[name].title_zh, models[name].labels)

    return _graph(models, beside), built


def build(
    connection: duckdb.DuckDBPyConnection,
    folder: Path,
    create: Creator | None = None,
    lanes: int = 1,
) -> None:
    """Create or replace the table of every model under ``folder``, in order.

    With several ``lanes``, so many models that do not read each other are built at a time. All else
    is as of `pieces`.
    """
    abreast(connection, *pieces(connection, folder, create=create), lanes)


def _graph(models: Mapping[str, Model], beside: Collection[str] = ()) -> dict[str, list[str]]:
    """What must be there before each model can be built."""
    made = {*models, *beside}
    return {name: sorted(model.reads & made) for name, model in sorted(models.items())}


def existing_tables(connection: duckdb.DuckDBPyConnection) -> set[str]:
    """``schema.table`` of all tables and views, attached catalogs speaking as schemas."""
    current = connection.execute("select current_database()").fetchall()[0][0]
    rows = connection.execute(
        "select database_name, schema_name, table_name from duckdb_tables()"
        " union all select database_name, schema_name, view_name from duckdb_views()"
        " where not internal"
    ).fetchall()
    return {f"{s if database == current else database}.{table}" for database, s, table in rows}


def _attached(connection: duckdb.DuckDBPyConnection) -> set[str]:
    rows = connection.execute(
        "select database_name from duckdb_databases() where database_name <> current_database()"
    ).fetchall()
    return {name for (name,) in rows}


def create_table(
    connection: duckdb.DuckDBPyConnection, model: Model, *, more: bool = False
) -> None:
    """Create the table of a model, or with `more` add the rows that its SELECT finds now.

    Raises:
        ModelError: it cannot be built; the text names the model and no values.
        duckdb.OutOfMemoryException: there is no room to build it.
    """
    verb = "insert into" if more else "create or replace table"
    try:
        connection.execute(f"{verb} {model.name} {'' if more else 'as'}\n{model.sql}")
    except SPEAKS_OF_SQL as error:
        raise ModelError(f"{model.name} cannot be built: {error}") from None
    except duckdb.OutOfMemoryException:
        raise  # is the machine's trouble, and `flows.trouble` has words for it
    except duckdb.Error as error:
        raise ModelError(f"{model.name} cannot be built: {type(error).__name__}") from None


def _assert_grain(connection: duckdb.DuckDBPyConnection, model: Model) -> None:
    columns = ", ".join(model.grain)
    # Numbers are lighter to tell apart than texts: where all are distinct, so are the keys.
    rows, distinct = connection.execute(
        f"select count(*), count(distinct hash({columns})) from {model.name}"
    ).fetchall()[0]
    if rows == distinct:
        return
    repeated = connection.execute(
        f"select count(*) from (select {columns} from {model.name} "
        f"group by {columns} having count(*) > 1)"
    ).fetchall()[0][0]
    if repeated:
        raise ModelError(f"{model.name} is not unique by {columns}: {repeated} keys repeat")


def write_comments(
    connection: duckdb.DuckDBPyConnection, table: str, title_zh: str, labels: Mapping[str, str]
) -> None:
    """COMMENT ON the table and its labelled columns."""
    targets = {f"table {table}": title_zh}
    targets |= {f'column {table}."{column}"': text for column, text in labels.items()}
    quoted = {target: text.replace("'", "''") for target, text in targets.items()}
    script = ";".join(f"comment on {target} is '{text}'" for target, text in quoted.items())
    connection.execute(script)


def lineage(folder: Path) -> str:
    """docs/lineage.md: which table is made from which, as a Mermaid drawing and a list."""
    models = read_models(folder)
    order = in_build_order(models, {table for model in models.values() for table in model.reads})
    lines = [
        "# Lineage of the tables",
        "",
        "Generated from the headers and the SELECTs under `sql/`; do not edit. Measures (one file",
        "per indicator) are listed below the drawing only: together they make `indicator.summary`.",
        "",
        "```mermaid",
        "flowchart LR",
    ]
    drawn = [name for name in order if not name.startswith("measure.")]
    lines += [f"    {source} --> {name}" for name in drawn for source in sorted(models[name].reads)]
    lines += [
        "```",
        "",
        "| table | 中文 | what it is | one row per | reads |",
        "|---|---|---|---|---|",
    ]
    lines += [
        f"| `{name}` | {model.title_zh} | {model.title} | {', '.join(model.grain)} "
        f"| {', '.join(f'`{source}`' for source in sorted(model.reads))} |"
        for name, model in ((name, models[name]) for name in sorted(models))
    ]
    return "\n".join(lines) + "\n"
