"""TOML that people write: small, flat, and what cannot be read is said, not traced."""

from __future__ import annotations

import json
import tomllib
from datetime import date
from pathlib import Path
from typing import Any

LARGEST = 256 << 10  # bytes; a settings file has a few hundred


def read_toml(file: Path) -> dict[str, Any]:
    """Read a file of settings.

    Raises:
        ValueError: too large, not UTF-8, not TOML, or nested beyond reason; the text, in Chinese,
            quotes nothing of the file.
    """
    if file.stat().st_size > LARGEST:
        raise ValueError(f"超过 {LARGEST >> 10} KB，不像设置文件")
    try:
        return tomllib.loads(file.read_text("utf-8-sig"))
    except UnicodeDecodeError:
        raise ValueError("不是 UTF-8 编码，请用“另存为 UTF-8”保存") from None
    except tomllib.TOMLDecodeError as error:
        place = str(error).rpartition("(")[2].rstrip(")")  # "at line 3, column 7"
        raise ValueError(f"不是有效的 TOML（{place}）") from None
    except RecursionError:
        raise ValueError("嵌套过深") from None


def as_toml(value: object) -> str:
    """A value as TOML writes it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, str | list):
        return json.dumps(value, ensure_ascii=False)  # a JSON text is a TOML basic string
    return repr(value)
