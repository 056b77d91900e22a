"""What a home holds after a night, so that two homes can be compared whole."""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import duckdb

from flows.home import Home
from flows.store import connect, quoted

KEY = "k" * 32
#: Wall-clock facts of a run: two runs of one night differ in them and in nothing else.
WALL_CLOCK = {"state.run", "state.inbox_file"}
WALL_CLOCK_COLUMNS = {"decided_at", "sent_at", "built_at", "answered_at", "prepared_at", "at"}
WALL_CLOCK_FILES = {"last_night.txt"}
FOLDERS = ("outbox", "reports")


def night_command(home: Path, as_of: str, *more: str) -> list[str]:
    """The command of a plain night, as a person would run it."""
    code = "from flows.cli import main; main()"
    return [
        *(sys.executable, "-c", code, "night", "--home", str(home), "--as-of", as_of),
        *(more or ("--no-prefect",)),
    ]


def environment(**more: str) -> dict[str, str]:
    """The key is given, so that every home of a comparison has the same."""
    return {**os.environ, "ZHIKONG_KEY": KEY, **more}


def end_session(leader: int) -> None:
    """End what a dead process has left running in the session that it led."""
    try:
        os.killpg(leader, signal.SIGKILL)
    except ProcessLookupError:
        pass  # nothing was left


def run_night(home: Path, as_of: str, *more: str, **variables: str) -> None:
    """Run a night to its end."""
    done = subprocess.run(
        night_command(home, as_of, *more),
        env=environment(**variables),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-2000:]


def new_home(folder: Path, source: Path) -> Path:
    """A home with a copy of some inbox, its files' dates kept."""
    home = Home(folder)
    home.prepare()
    shutil.copytree(source, home.inbox, dirs_exist_ok=True)
    return folder


def picture(folder: Path) -> dict[str, str]:
    """A sum of every published and state table and of every file people read."""
    home = Home(folder)
    seen = published_tables(home.published)
    connection = connect()
    try:
        state = quoted(home.state)
        connection.execute(f"attach '{state}' as state (encryption_key '{KEY}', read_only)")
        for name in _tables(connection, "state"):
            if name not in WALL_CLOCK:
                seen[name] = _sum(connection, name)
    finally:
        connection.close()
    seen["raw"] = ",".join(sorted(file.name for file in home.raw_files))
    for part in FOLDERS:
        for file in sorted((folder / part).rglob("*")):
            if file.is_file() and file.name not in WALL_CLOCK_FILES:
                seen[str(file.relative_to(folder))] = hashlib.sha256(file.read_bytes()).hexdigest()
    return seen


def published_tables(file: Path) -> dict[str, str]:
    """A sum of every table of a published file; reading them all also proves it whole."""
    with duckdb.connect(str(file), read_only=True) as connection:
        return {name: _sum(connection, name) for name in _tables(connection, None)}


def _tables(connection: duckdb.DuckDBPyConnection, database: str | None) -> list[str]:
    rows = connection.execute(
        "select schema_name, table_name from duckdb_tables() "
        "where database_name = coalesce(?, current_database()) order by all",
        [database],
    ).fetchall()
    if database:
        return [f"{database}.{table}" for _, table in rows]
    return [f"{schema}.{table}" for schema, table in rows]


def _sum(connection: duckdb.DuckDBPyConnection, table: str) -> str:
    # row(...)::varchar keeps null and empty apart.
    names = [row[0] for row in connection.execute(f"describe {table}").fetchall()]
    kept = ", ".join(f'"{name}"' for name in names if name not in WALL_CLOCK_COLUMNS)
    row = connection.execute(
        f"select count(*), md5(string_agg(line, chr(10) order by line)) "
        f"from (select row({kept})::varchar as line from {table})"
    ).fetchone()
    return str(row)
