"""A file of raw: the lines of one received sheet, as encrypted Parquet.

Encryption is Parquet's own (Apache Parquet format, "Parquet Modular Encryption", AES_GCM_V1, the
footer as well), as Arrow writes and reads it: every page is bound to its place, and the key of a
file to its name, so that nothing can be changed, moved or exchanged unnoticed. Until November 2026
DuckDB wrote these files, in a dialect that only DuckDB reads: such files are still read.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Iterator
from pathlib import Path

import duckdb
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow.parquet import encryption

from flows.arrow import as_arrow

#: Lines of a piece of a file, which are looked at, written, read and typed together: what a night
#: holds of a file beside its cells, whatever its size.
LINES = 100_000
#: Bytes of different texts up to which a column is written as numbers of them: beyond that it takes
#: longer to write, and no less room.
DIFFERENT = 1 << 18


#: How Arrow says that a file, or a part of it, is not what the key has written.
NOT_AS_WRITTEN = (OSError, pa.ArrowInvalid)


class DamagedRawError(Exception):
    """A file cannot be read with the key of its home; the text says nothing of what is in it."""


def write(frames: Iterable[pl.DataFrame], target: Path, key: str) -> None:
    """Write the lines of a sheet; the file appears whole or not at all.

    Args:
        frames: one after the other, of one schema, at least one; few are held at a time.
        target: the file.
        key: of the home.
    """
    draft = target.with_suffix(".draft")
    locked = encryption.create_encryption_properties(footer_key=_key(target, key))
    writer = None
    try:
        for frame in frames:
            lines = as_arrow(frame)
            if writer is None:
                writer = pq.ParquetWriter(
                    draft,
                    lines.schema,
                    compression="zstd",
                    compression_level=1,
                    dictionary_pagesize_limit=DIFFERENT,
                    write_statistics=False,  # nothing is looked for
                    store_schema=False,
                    encryption_properties=locked,
                )
            writer.write_table(lines, LINES)
    finally:
        if writer is not None:
            writer.close()
    draft.chmod(0o600)
    draft.replace(target)


def pieces(file: Path, key: str, columns: list[str] | None = None) -> Iterator[pl.DataFrame]:
    """Read the lines of a sheet, at most LINES at a time, in their order.

    Args:
        file: written by `write`.
        key: of the home.
        columns: in the order of the file; None: all.

    Yields:
        At least one frame, which may be empty.

    Raises:
        DamagedRawError: it is not as it was written, stands under another name, or the key is not
            that of its home.
        OSError: it is not there, or the disk does not give it.
    """
    opened = encryption.create_decryption_properties(footer_key=_key(file, key))
    try:
        whole = pq.ParquetFile(file, decryption_properties=opened)
    except NOT_AS_WRITTEN as error:
        _require_there(error)
        yield from _of_duckdb(file, key, columns)
        return
    with whole:
        try:
            for number in range(whole.num_row_groups):
                yield _as_frame(whole.read_row_group(number, columns, use_threads=False))
            if not whole.num_row_groups:
                yield _as_frame(whole.read(columns))
        except NOT_AS_WRITTEN as error:
            _require_there(error)
            raise DamagedRawError(type(error).__name__) from None


def _key(file: Path, key: str) -> bytes:
    """The key of one file (AES-256), which is none of a file that takes its name."""
    return hmac.digest(key.encode(), b"raw " + file.name.encode(), "sha256")


def _as_frame(lines: pa.Table) -> pl.DataFrame:
    found = pl.from_arrow(lines)
    assert isinstance(found, pl.DataFrame)
    return found


def _require_there(error: Exception) -> None:
    """Arrow's own faults are errors of the system without its number."""
    if isinstance(error, OSError) and error.errno is not None:
        raise error


def _of_duckdb(file: Path, key: str, columns: list[str] | None) -> Iterator[pl.DataFrame]:
    """The lines of a file that DuckDB wrote."""
    from flows.store import connect, quoted  # which reads and writes raw by this module

    named = "*" if columns is None else ", ".join(columns)
    with connect() as connection:
        connection.execute(f"pragma add_parquet_key('home', '{key}')")
        try:
            lines = connection.sql(
                f"select {named} from read_parquet('{quoted(file)}', "
                "encryption_config = {footer_key: 'home'})"
            ).pl()
        except duckdb.Error as error:
            raise DamagedRawError(type(error).__name__) from None
    yield from lines.iter_slices(LINES) if lines.height else [lines]
