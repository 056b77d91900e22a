"""`logs/night-<day>.log`: what an operator reads in the morning; counts and steps, no card."""

from __future__ import annotations

import os
from datetime import datetime

from flows.home import TIME_ZONE, Home, UserError
from flows.printable import printable


class RunLog:
    """One file a day; several runs of a day follow each other."""

    def __init__(self, home: Home) -> None:
        """Choose today's file; nothing is opened until something is said."""
        self.home = home
        self.file = home.logs / f"night-{datetime.now(TIME_ZONE):%Y-%m-%d}.log"

    def say(self, text: str) -> None:
        """Append lines; none of them can pass for another."""
        now = f"{datetime.now(TIME_ZONE):%Y-%m-%d %H:%M:%S}"
        lines = "".join(f"{now} {os.getpid()} {printable(line)}\n" for line in text.split("\n"))
        self.home.logs.mkdir(mode=0o750, parents=True, exist_ok=True)
        descriptor = os.open(self.file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o640)
        with os.fdopen(descriptor, "a", encoding="utf-8") as stream:
            stream.write(lines)

    def forget(self) -> None:
        """Remove the oldest files beyond `keep_logs`."""
        try:
            keep = self.home.settings.keep_logs
        except UserError:
            return  # the night itself says what is wrong with the settings
        for old in sorted(self.home.logs.glob("night-*.log"), reverse=True)[keep:]:
            old.unlink(missing_ok=True)
