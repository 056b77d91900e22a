"""How raw and the shelf keep a frame: Parquet as polars writes it, in an AES-GCM message."""

from __future__ import annotations

import io
import os

import polars as pl
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

#: Bytes of the number used once that stands before what was encrypted (NIST SP 800-38D, 8.2.2).
NONCE = 12


def as_parquet(rows: pl.DataFrame) -> memoryview:
    """A frame as a file of Parquet; without statistics, since nothing is looked for in it."""
    plain = io.BytesIO()
    rows.write_parquet(plain, compression_level=1, statistics=False)
    return plain.getbuffer()


def sealed(cipher: AESGCM, plain: bytes | memoryview, place: bytes) -> tuple[bytes, bytes]:
    """The number used once, and what was encrypted, which opens at this place only."""
    nonce = os.urandom(NONCE)
    return nonce, cipher.encrypt(nonce, plain, place)
