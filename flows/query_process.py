"""The process in which a user's SQL runs: what it does to its memory or clock ends with it.

Started by `flows.sandbox` with the published file and the limits; reads SQL from standard input and
answers with Arrow on standard output, or with one Chinese sentence and exit code 2.
"""

from __future__ import annotations

import json
import re
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from flows.published_file import open_file

#: Table functions that only count or take values apart; macros of the file are allowed beside.
TABLE_FUNCTIONS = {"range", "generate_series", "unnest", "json_each", "json_tree", "repeat",
                   "duckdb_columns", "duckdb_tables", "duckdb_views", "duckdb_schemas",
                   "duckdb_functions"}  # fmt: skip
#: Views by their name only; others of these families tell of the machine.
CATALOGUE = {"duckdb_columns", "duckdb_tables", "duckdb_views", "duckdb_schemas"}
_MACHINE = re.compile(r"(?i)(duckdb|pragma|pg)_|sqlite_")
SCALARS_REFUSED = {"current_setting", "getenv", "getvariable", "write_log", "nextval",
                   "add_parquet_key", "which_secret", "txid_current", "pg_size_pretty",
                   "sleep_ms"}  # fmt: skip
MOST_BYTES = 512 << 20  # of a result
BATCH = 10_000
#: Address space beside DuckDB's own limit: the interpreter, libraries and threads' stacks.
OVERHEAD = 4 << 30


class RefusedError(Exception):
    """The SQL is not run, or not to its end; the text is for the user."""


def main() -> None:
    """Run one query: arguments are file, bytes of memory, DuckDB's text of it, rows, seconds."""
    file, size, memory, rows, seconds = sys.argv[1:6]
    try:
        _bound(int(size))
        # The file's key or nothing, then SQL: what stands in arguments is seen by every user.
        key, _, sql = sys.stdin.buffer.read().decode().partition("\n")
        answer = run(file, memory, int(rows), float(seconds), sql, key)
        with pa.ipc.new_stream(sys.stdout.buffer, answer.schema) as stream:
            stream.write_table(answer)
    except RefusedError as error:
        sys.stderr.buffer.write(str(error).encode("utf-8", "replace"))
        sys.exit(2)


def _bound(size: int) -> None:
    """Keep the whole process within bounds where the system can; DuckDB keeps its own anyway."""
    if sys.platform != "win32":
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (size + OVERHEAD, size + OVERHEAD))
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))  # nothing is written
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # no dump of what was read


def run(
    file: str, memory: str, most: int, seconds: float, sql: str, key: str | None = None
) -> pa.Table:
    """The rows of one SELECT on a published file.

    Args:
        file: opened read-only, with no other file, network or setting in reach.
        memory: DuckDB's limit; nothing goes to disk beside it.
        most: rows of the answer.
        seconds: time of the query.
        sql: of the user.
        key: of the file, where it is encrypted.

    Raises:
        RefusedError: it is no single SELECT on the file's tables, fails or exceeds a limit.
    """
    try:
        with open_file(Path(file), key) as connection:
            return _fetched(connection, memory, most, seconds, sql)
    except duckdb.InterruptException:
        text = f"查询超过 {seconds:g} 秒（query_seconds），已停止；请缩小范围。"
    except (duckdb.OutOfMemoryException, MemoryError, pa.ArrowMemoryError):
        text = f"查询所需内存超过 {memory}（query_memory），已停止；请缩小范围或先汇总。"
    except duckdb.PermissionException:
        text = "SQL 不能读写文件、不能联网。"
    except duckdb.Error as error:
        text = f"查询失败：{error}"
    except (pa.ArrowException, RecursionError):
        text = "查询失败：结果的类型无法显示，或 SQL 嵌套过深。"
    raise RefusedError(text) from None


def _fetched(
    connection: duckdb.DuckDBPyConnection, memory: str, most: int, seconds: float, sql: str
) -> pa.Table:
    for setting in (
        f"memory_limit = '{memory}'", "temp_directory = ''", "enable_progress_bar = false",
        "max_temp_directory_size = '0B'", "python_enable_replacements = false",
        "enable_external_access = false", "lock_configuration = true",
    ):  # fmt: skip
        connection.execute(f"set {setting}")
    query = _one_select(connection, sql)
    clock = threading.Timer(seconds, connection.interrupt)
    clock.start()
    try:
        reader = connection.execute(query).to_arrow_reader(BATCH)
        batches, rows, size = [], 0, 0
        for batch in reader:
            rows, size = rows + batch.num_rows, size + batch.nbytes
            if rows > most:
                raise RefusedError(f"结果超过 {most} 行（query_rows），请加 limit、条件或先汇总。")
            if size > MOST_BYTES:
                raise RefusedError(f"结果超过 {MOST_BYTES >> 20} MB，请少选列或先汇总。")
            batches.append(batch)
        return pa.Table.from_batches(batches, reader.schema)
    finally:
        clock.cancel()


def _one_select(connection: duckdb.DuckDBPyConnection, sql: str) -> str:
    """The user's one SELECT, when it uses nothing but tables and harmless functions."""
    try:
        statements = connection.extract_statements(sql)
    except duckdb.Error as error:
        raise RefusedError(f"SQL 无法解析：{error}") from None
    if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
        raise RefusedError("只接受一条 SELECT 语句。")
    query = statements[0].query
    # PRAGMA and CALL count as SELECT to the parser; a tree is had of true SELECTs only.
    row = connection.execute("select json_serialize_sql(?::varchar)", [query]).fetchone()
    tree = json.loads(row[0]) if row else {"error": True}
    if tree["error"]:
        raise RefusedError("只接受一条 SELECT 语句。")
    macros = {
        name for (name,) in connection.execute(
            "select function_name from duckdb_functions() where function_type = 'table_macro' "
            "and not internal"
        ).fetchall()
    }  # fmt: skip
    for node in _nodes(tree):
        _judge(node, macros)
    return str(query)


def _judge(node: dict[str, Any], macros: set[str]) -> None:
    kind = node.get("type")
    if kind == "TABLE_FUNCTION":
        name = str(node["function"].get("function_name", "")).lower()
        if name not in TABLE_FUNCTIONS | macros:
            raise RefusedError(f"SQL 不能使用 {name}：只能查询发布库中的表。")
    elif kind == "BASE_TABLE":
        name = str(node.get("table_name", "")).lower()
        if _MACHINE.match(name) and name not in CATALOGUE:
            raise RefusedError(f"SQL 不能读取 {name}：只能查询发布库中的表。")
    elif kind == "FUNCTION" and str(node.get("function_name", "")).lower() in SCALARS_REFUSED:
        raise RefusedError(f"SQL 不能使用函数 {node['function_name']}。")


def _nodes(tree: object) -> Iterator[dict[str, Any]]:
    waiting = [tree]  # no recursion: the depth is the user's
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            yield node
            waiting += node.values()
        elif isinstance(node, list):
            waiting += node


if __name__ == "__main__":
    main()
