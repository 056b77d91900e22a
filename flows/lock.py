"""One writer a home: the second is told who the first is."""

from __future__ import annotations

import json
import os
import sys
from datetime import datetime
from pathlib import Path

from filelock import FileLock, Timeout

from flows.home import TIME_ZONE, Home, UserError


class BusyError(UserError):
    """Another process works on this home; the text names it."""


class HomeLock:
    """Held by whoever writes raw or state; the system lets go of it when the process dies."""

    def __init__(self, home: Home) -> None:
        """Take the lock at once.

        Raises:
            BusyError: somebody holds it; with that process's id, command and start.
        """
        self._who = home.path / ".lock.json"
        self._lock = FileLock(home.path / ".lock", timeout=0)
        try:
            self._lock.acquire()
        except Timeout:
            raise BusyError(
                f"{home.path} 正由另一个任务使用（{self._first()}），请等它结束后再试。"
            ) from None
        holder = {
            "pid": os.getpid(),
            "command": Path(sys.argv[0]).name + " " + " ".join(sys.argv[1:2]),
            "started": datetime.now(TIME_ZONE).isoformat(timespec="seconds"),
        }
        self._who.write_text(json.dumps(holder), "utf-8")

    def _first(self) -> str:
        try:
            holder = json.loads(self._who.read_text("utf-8"))
            return f"进程 {holder['pid']}，{holder['command']}，开始于 {holder['started']}"
        except (OSError, ValueError, KeyError):
            return "进程未知"  # it holds the lock and has not yet written who it is

    def release(self) -> None:
        """Let the next one in."""
        self._who.unlink(missing_ok=True)
        self._lock.release()
