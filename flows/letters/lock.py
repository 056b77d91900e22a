"""A password on a workbook (AES, ECMA-376 agile encryption), and off again."""

from __future__ import annotations

import io
import os
from pathlib import Path

import msoffcrypto
from msoffcrypto.exceptions import DecryptionError, FileFormatError, InvalidKeyError
from msoffcrypto.format.ooxml import OOXMLFile

from flows.home import Home


def secret(home: Home, name: str) -> str | None:
    """A secret from `$ZHIKONG_<NAME>` or `keys/<name>`; never from settings.toml."""
    given = os.environ.get(f"ZHIKONG_{name.upper()}")
    file = home.keys / name
    if given is None and file.exists():
        given = file.read_text("utf-8").strip()
    return given or None


def locked(data: bytes, password: str) -> bytes:
    """An `.xlsx` that opens with the password only."""
    target = io.BytesIO()
    OOXMLFile(io.BytesIO(data)).encrypt(password, target)
    return target.getvalue()


def unlocked(data: bytes, password: str) -> bytes | None:
    """The workbook inside, or None where the password does not open it."""
    target = io.BytesIO()
    try:
        office = msoffcrypto.OfficeFile(io.BytesIO(data))
        office.load_key(password=password)
        office.decrypt(target)
    except (DecryptionError, FileFormatError, InvalidKeyError):
        return None
    return target.getvalue()


def write_locked(file: Path, data: bytes, password: str | None) -> None:
    """Write a workbook, locked if there is a password.

    The salt of a lock is chance, so a file that already holds the same workbook is left alone.
    """
    if password is None:
        file.write_bytes(data)
    elif not file.exists() or unlocked(file.read_bytes(), password) != data:
        file.write_bytes(locked(data, password))
