"""Does a night start by itself under Prefect, with nobody at hand but its own schedule?"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from tests.trust.picture import end_session, environment, new_home, night_command

EVERY_MINUTE = "* * * * *"
PATIENCE = 420.0  # seconds: server, schedule, the next whole minute, an interpreter, a night


def served(folder: Path, inbox: Path) -> float:
    """Serve a home every minute until its first night is published.

    Args:
        folder: for the home and Prefect's own files.
        inbox: files of the county.

    Returns:
        Seconds from the start of `zhikong serve` to a published file.

    Raises:
        AssertionError: none came.
    """
    home, said = new_home(folder / "home", inbox), folder / "said.txt"
    began = time.monotonic()
    with said.open("wb") as stream:
        process = subprocess.Popen(
            [*(sys.executable, "-c", night_command(home, "")[2]),
             *("serve", "--home", str(home), "--cron", EVERY_MINUTE)],
            env=environment(PREFECT_HOME=str(folder / "prefect")),
            stdout=stream, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
    try:
        while not (home / "surveillance.duckdb").exists():
            text = said.read_text("utf-8", "replace")[-2000:]
            assert process.poll() is None, f"it ended: {text}"
            assert time.monotonic() - began < PATIENCE, f"no night came: {text}"
            time.sleep(1)
        return time.monotonic() - began
    finally:
        end_session(process.pid)
        process.wait()
