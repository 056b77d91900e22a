"""A user's SQL in a process of its own: one SELECT, so long, so much memory, so many rows."""

from __future__ import annotations

import io
import re
import subprocess
import sys
from pathlib import Path

import polars as pl

from flows.home import Home, UserError
from flows.published import open_any
from flows.published_file import is_encrypted

#: Beside the query's own time: the process has to start, and one function may not hear the call.
GRACE_SECONDS = 10.0
_SIZE = re.compile(r"(?i)\s*(\d+(?:\.\d+)?)\s*([KMGT]?)i?B\s*")
_POWER = {"": 0, "K": 1, "M": 2, "G": 3, "T": 4}


class QueryError(UserError):
    """The user's SQL cannot be run."""


def run_query(home: Home | Path | None, sql: str) -> pl.DataFrame:
    """Run one SELECT of the user on the published file.

    Raises:
        QueryError: it is no single SELECT, fails, or takes more time, memory or rows than the
            settings `query_seconds`, `query_memory` and `query_rows` allow.
    """
    place = home if isinstance(home, Home) else Home.find(home)
    if not place.published.exists():
        raise UserError(f"还没有发布库 {place.published}，请先运行 zhikong night。")
    settings = place.settings
    with open_any(place, place.published):  # a wrong key or a newer file is told here
        key = place.published_key if is_encrypted(place.published) else ""
    size = bytes_of(settings.query_memory)
    limits = (size, settings.query_memory.strip(), settings.query_rows, settings.query_seconds)
    command = [
        *(sys.executable, "-m", "flows.query_process", str(place.published)),
        *(str(limit) for limit in limits),
    ]
    try:
        done = subprocess.run(
            command,
            input=f"{key}\n{sql}".encode("utf-8", "replace"),
            capture_output=True,
            timeout=settings.query_seconds + GRACE_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise QueryError(
            f"查询超过 {settings.query_seconds:g} 秒（query_seconds），已停止；请缩小范围。"
        ) from None
    if done.returncode == 2:
        raise QueryError(done.stderr.decode("utf-8", "replace"))
    if done.returncode:
        # The system ended it, or a library gave up: both come of memory.
        raise QueryError(
            f"查询中途停止：所需内存超过 {settings.query_memory}（query_memory）或 SQL 过于复杂；"
            "请缩小范围或先汇总。"
        )
    try:
        return pl.read_ipc_stream(io.BytesIO(done.stdout))
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException):
        raise QueryError("结果含有无法显示的类型，请用 cast(… as varchar) 转为文字。") from None


def bytes_of(text: str) -> int:
    """A size such as `4GB`.

    Raises:
        UserError: it is none.
    """
    found = _SIZE.fullmatch(text)
    if not found:
        raise UserError(f"设置 query_memory 应写成 4GB 或 800MB，现为 {text[:40]!r}。")
    return int(float(found[1]) * 1024 ** _POWER[found[2].upper()])
