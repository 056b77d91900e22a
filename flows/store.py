"""The two encrypted stores of a home: raw and state.duckdb.

Raw is one file of Parquet per received sheet (`raw_file`), written once and never rewritten: its
cells as text in positional columns, with the row number a person sees and the kind of each line.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import duckdb_extension_httpfs
import polars as pl

from flows import raw_file
from flows.arrow import registered
from flows.home import Home, UserError
from flows.lock import HomeLock
from flows.state_schema import MIGRATIONS, STATE_VERSION
from flows.trouble import DAMAGED, trouble


class StoreError(UserError):
    """The key does not open the store, or the store is damaged."""


class Store:
    """Raw and state of one home, opened by the night and by `desk` only."""

    def __init__(self, home: Home) -> None:
        """Open (and make, the first time) the stores; the connection itself is in memory."""
        home.prepare()
        self.home = home
        self._threads = threading.local()
        self._cursors: list[duckdb.DuckDBPyConnection] = []
        self.lock = HomeLock(home)
        try:
            self._open(home)
        except BaseException:
            self.lock.release()
            raise

    @property
    def connection(self) -> duckdb.DuckDBPyConnection:
        """The connection of the thread that asks: steps that run side by side do not share one."""
        own: duckdb.DuckDBPyConnection | None = getattr(self._threads, "own", None)
        if own is None:
            own = self._threads.own = self.cursor()
        return own

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """A connection of one's own, for a transaction that outlives what a thread does."""
        own = self._first.cursor()
        own.execute("set enable_progress_bar = false")
        self._cursors.append(own)
        return own

    def _open(self, home: Home) -> None:
        self._first = connect()
        self._threads.own = self._first
        # A second thread mostly waits for the first, and DuckDB waits by working.
        self.connection.execute("set threads = 1")
        try:
            self.connection.execute(
                f"attach '{quoted(home.state)}' as state (encryption_key '{home.key}')"
            )
        except duckdb.Error as error:
            raise (trouble(error) or StoreError(DAMAGED)) from None
        home.state.chmod(0o600)
        self._migrate()

    def _migrate(self) -> None:
        done = 0
        if self.tables():
            row = self.connection.execute("select version from state.version").fetchone()
            done = int(row[0]) if row else 0
        if done > STATE_VERSION:
            raise StoreError("state.duckdb 由更新的版本写成，请升级程序后再运行。")
        for version, statement in enumerate(MIGRATIONS[done:], done + 1):
            self.connection.execute("begin")
            self.connection.execute(statement)
            self.connection.execute("delete from state.version")
            self.connection.execute("insert into state.version values (?)", [version])
            self.connection.execute("commit")

    def tables(self) -> set[str]:
        """Names of the tables in state."""
        rows = self.connection.execute(
            "select table_name from duckdb_tables() where database_name = 'state'"
        ).fetchall()
        return {row[0] for row in rows}

    def close(self) -> None:
        """Flush and let go of the files."""
        for one in (*self._cursors, self._first):
            one.close()
        self.lock.release()

    def write_raw(self, lines: Iterable[pl.DataFrame], name: str) -> None:
        """Write one sheet; the file appears whole or not at all.

        Args:
            lines: at least one frame after the other, of which few are held at a time.
            name: of the file.
        """
        raw_file.write(lines, self.home.raw / name, self.home.key)

    def read_raw(self, name: str, columns: list[str] | None = None) -> pl.DataFrame:
        """Read one sheet back, as text."""
        return pl.concat(self.raw_pieces(name, columns))

    def raw_pieces(self, name: str, columns: list[str] | None = None) -> Iterator[pl.DataFrame]:
        """Read one sheet back, some lines at a time.

        Raises:
            StoreError: the file is damaged, or of another home.
        """
        try:
            yield from raw_file.pieces(self.home.raw / name, self.home.key, columns)
        except raw_file.DamagedRawError:
            raise StoreError(DAMAGED) from None

    def row_hashes(self, frame: pl.DataFrame) -> pl.Series:
        """64-bit MD5 prefixes of text rows: stable over versions of every library."""
        cells = (pl.col(name).fill_null("") for name in sorted(frame.columns))
        rows = frame.select(text=pl.concat_str(cells, separator="\x1f"))
        with registered(self.connection, "text_rows", rows):
            return self.connection.sql(
                "select md5_number_lower(text) as row_hash from text_rows"
            ).pl()["row_hash"]


def sha256(file: Path) -> str:
    """The sum of a file, in hex digits."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def quoted(path: Path) -> str:
    """A path inside single quotes of an SQL text."""
    return str(path).replace("'", "''")


def connect() -> duckdb.DuckDBPyConnection:
    """An in-memory DuckDB with the OpenSSL-backed extension from the package, no network."""
    connection = duckdb.connect(
        config={"allow_unsigned_extensions": "true", "autoinstall_known_extensions": "false"}
    )
    package = Path(duckdb_extension_httpfs.__file__).parent
    extension = next(package.glob(f"extensions/v{duckdb.__version__}/httpfs.duckdb_extension"))
    connection.execute(f"load '{quoted(extension)}'")
    connection.execute("set enable_progress_bar = false")  # logs are read by people
    # Texts go to polars as it holds them, and are not written twice.
    connection.execute("set arrow_output_version = '1.4'; set produce_arrow_string_view = true")
    # Files are read once: to keep them costs memory, and one that was just damaged seems sound.
    connection.execute("set enable_external_file_cache = false")
    return connection


@contextmanager
def opened(home: Home) -> Iterator[Store]:
    """A store that is closed whatever happens."""
    store = Store(home)
    try:
        yield store
    finally:
        store.close()
