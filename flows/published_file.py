"""A file with published tables, plain or encrypted: the one place that opens it for readers."""

from __future__ import annotations

from pathlib import Path

import duckdb

#: Of the published tables. It rises when a table or column is renamed, removed or changes meaning,
#: not when one is added: what an older program would read wrongly.
PUBLISHED_VERSION = 1
#: Bytes 8 to 12 of a DuckDB file, and where its first word of flags stands (DuckDB, "Storage").
_MAGIC, _FLAGS, _ENCRYPTED = b"DUCK", 20, 1


def is_encrypted(file: Path) -> bool:
    """A DuckDB file that needs a key, by its own header: the setting may have changed since."""
    with file.open("rb") as stream:
        head = stream.read(_FLAGS + 1)
    return head[8:12] == _MAGIC and bool(head[_FLAGS] & _ENCRYPTED)


def open_file(
    file: Path, key: str | None = None, *, read_only: bool = True
) -> duckdb.DuckDBPyConnection:
    """Open a published, previous or frozen file, its tables under their own `schema.table`.

    Args:
        file: plain, or encrypted with `key`.
        key: of published files; needed only where the file is encrypted.
        read_only: False for the one who adds to a copy of his own.

    Raises:
        UserError: the key is not the file's, or a newer program wrote the file.
    """
    if not is_encrypted(file):
        connection = duckdb.connect(str(file), read_only=read_only)
    else:
        connection = _attached(file, key or "", read_only)
    try:
        _require_known(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _attached(file: Path, key: str, read_only: bool) -> duckdb.DuckDBPyConnection:
    # Heavy, and not needed for a plain file: `query` starts a process for every answer.
    from flows.home import UserError
    from flows.store import connect, quoted

    connection = connect()  # with OpenSSL's AES; the one built in reads seven times slower
    name = '"' + file.stem.replace('"', '""') + '"'  # as a plain file would be called
    escaped, mode = key.replace("'", "''"), ", read_only" if read_only else ""
    try:
        connection.execute(f"attach '{quoted(file)}' as {name} (encryption_key '{escaped}'{mode})")
    except duckdb.InvalidInputException:
        connection.close()
        raise UserError(
            f"{file.name} 已加密，密钥不符：请核对 ZHIKONG_PUBLISHED_KEY 或 keys/published_key。"
        ) from None
    connection.execute(f"use {name}")
    return connection


def _require_known(connection: duckdb.DuckDBPyConnection) -> None:
    """Refuse what a newer program published; files of before had no version."""
    has_version = connection.execute(
        "select 1 from duckdb_columns() where schema_name = 'reference' and table_name = 'home' "
        "and column_name = 'schema_version'"
    ).fetchone()
    if has_version is None:
        return
    row = connection.execute("select schema_version from reference.home").fetchone()
    if row and row[0] > PUBLISHED_VERSION:
        from flows.home import UserError

        raise UserError(
            f"发布库由更新的版本写成（结构版本 {row[0]}，本程序只认识到 {PUBLISHED_VERSION}），"
            "请升级程序后再读取。"
        )
