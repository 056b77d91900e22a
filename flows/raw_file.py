"""A file of raw: the lines of one received sheet as Parquet, each piece in AES-GCM messages.

Of every piece a first message holds what is known of its lines, a second their cells, so that
whoever asks for the first need not open the second. A last message says that there are no more:
none can be taken away, exchanged or moved unnoticed, nor a file take another's name. (The format,
and how to open a file by hand: docs/decisions/0001.) Until November 2026 these files were encrypted
Parquet as DuckDB writes it, which is still read.
"""

from __future__ import annotations

import hmac
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

import duckdb
import polars as pl
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from flows.durable import drafted, on_disk
from flows.sealed import NONCE, as_parquet, sealed

#: Lines of a piece of a file, which are looked at, written, read and typed together: what a night
#: holds of a file beside its cells, whatever its size.
LINES = 100_000
#: What a file begins with, and what those of DuckDB do.
MAGIC, OF_DUCKDB = b"zkraw-1\n", b"PARE"
#: Bytes of a message's length.
LENGTH = 8
#: Columns of the first message of a piece.
KNOWN = ("source_row", "line_kind", "row_hash", "occurrence")


class DamagedRawError(Exception):
    """A file cannot be read with the key of its home; the text says nothing of what is in it."""


def write(frames: Iterable[pl.DataFrame], target: Path, key: str) -> None:
    """Write the lines of a sheet; the file appears whole or not at all, also where power fails.

    Args:
        frames: one after the other, of one schema, at least one; few are held at a time.
        target: the file.
        key: of the home.
    """
    cipher, number = _cipher(target, key), 0
    with drafted(target) as draft:
        with draft.open("wb") as stream:
            stream.write(MAGIC)
            for frame in frames:
                for lines in frame.iter_slices(LINES) if frame.height else [frame]:
                    known = [name for name in KNOWN if name in lines.columns]
                    for part in (lines.select(known), lines.drop(known)):
                        _seal(stream, cipher, as_parquet(part), _place(number))
                        number += 1
            _seal(stream, cipher, b"", _place(number, is_end=True))
        draft.chmod(0o600)
        on_disk(draft)


def pieces(file: Path, key: str, columns: list[str] | None = None) -> Iterator[pl.DataFrame]:
    """Read the lines of a sheet, at most LINES at a time, in their order.

    Args:
        file: written by `write`.
        key: of the home.
        columns: some of KNOWN; None: all of the file.

    Yields:
        At least one frame, which may be empty.

    Raises:
        DamagedRawError: it is not as it was written, stands under another name, or the key is not
            that of its home.
        OSError: it is not there, or the disk does not give it.
    """
    with file.open("rb") as stream:
        magic = stream.read(len(MAGIC))
        if magic.startswith(OF_DUCKDB):
            yield from _of_duckdb(file, key, columns)
            return
        if magic != MAGIC:
            raise DamagedRawError("magic")
        try:
            messages = _messages(stream, _cipher(file, key), only_known=columns is not None)
            for known in messages:
                if columns is None:
                    cells = pl.read_parquet(next(messages))
                    yield pl.concat([pl.read_parquet(known), cells], how="horizontal")
                else:
                    yield pl.read_parquet(known).select(columns)
        except (InvalidTag, ValueError, pl.exceptions.PolarsError) as error:
            raise DamagedRawError(type(error).__name__) from None


def _cipher(file: Path, key: str) -> AESGCM:
    """With the key of one file (AES-256), which is none of a file that takes its name."""
    return AESGCM(hmac.digest(key.encode(), b"raw " + file.name.encode(), "sha256"))


def _place(number: int, *, is_end: bool = False) -> bytes:
    return f"{number}{' end' if is_end else ''}".encode()


def _seal(stream: BinaryIO, cipher: AESGCM, plain: bytes | memoryview, place: bytes) -> None:
    nonce, text = sealed(cipher, plain, place)
    stream.writelines((len(text).to_bytes(LENGTH, "little"), nonce, text))


def _messages(stream: BinaryIO, cipher: AESGCM, *, only_known: bool) -> Iterator[bytes]:
    """What messages hold, or every second one's, from where the stream stands to its end."""
    number, end = 0, os.fstat(stream.fileno()).st_size
    while True:
        head = stream.read(LENGTH + NONCE)
        length, nonce = int.from_bytes(head[:LENGTH], "little"), head[LENGTH:]
        left = end - stream.tell()
        if length >= left:
            cipher.decrypt(nonce, stream.read(), _place(number, is_end=True))
            return
        if only_known and number % 2:
            stream.seek(length, os.SEEK_CUR)
        else:
            yield cipher.decrypt(nonce, stream.read(length), _place(number))
        number += 1


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
