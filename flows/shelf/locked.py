"""Frames in encrypted files: Parquet as polars writes it, inside one AES-GCM message.

DuckDB's own encrypted Parquet is for whoever asks in SQL. A night reads cards as frames, and polars
makes a frame of a file in a third of the time.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import polars as pl
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from flows.durable import drafted
from flows.sealed import NONCE, as_parquet, sealed

#: What reading a file can end with that is not as it was written.
DAMAGED = (InvalidTag, OSError, ValueError, pl.exceptions.PolarsError)


class Locked:
    """Writes and reads the files of one home."""

    def __init__(self, key: str) -> None:
        """Take the home's key."""
        self._cipher = AESGCM(hashlib.sha256(b"shelf" + key.encode()).digest())

    def write(self, rows: pl.DataFrame, target: Path) -> None:
        """Write a frame; the file appears whole or not at all."""
        with drafted(target) as draft:
            with draft.open("wb") as stream:
                stream.writelines(sealed(self._cipher, as_parquet(rows), target.name.encode()))
            draft.chmod(0o600)

    def read(
        self, files: list[Path], columns: list[str] | None = None, rows: int | None = None
    ) -> pl.DataFrame:
        """Read files of one schema, at least one, one after the other, rows in order.

        Args:
            files: written by `write`.
            columns: in their order; None: all.
            rows: so many of the first; None: all.

        Raises:
            DAMAGED: a file is not as it was written, or stands under another name.
        """
        plain = [self._opened(file) for file in files]
        found = pl.read_parquet(plain, columns=columns, n_rows=rows)
        return found.rechunk()  # else every later step puts the pieces together again

    def _opened(self, file: Path) -> bytes:
        sealed = memoryview(file.read_bytes())
        return self._cipher.decrypt(sealed[:NONCE], sealed[NONCE:], file.name.encode())
