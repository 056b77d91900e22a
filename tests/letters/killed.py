"""`python -m tests.letters.killed HOME STEP NTH`: sends, killed at the nth time of a step."""

from __future__ import annotations

import os
import signal
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

from flows.home import TIME_ZONE, Home
from flows.letters import delivery, outbox
from flows.letters.mail import Mailer
from flows.store import opened

WORKING_HOUR = datetime(2025, 3, 4, 10, 0, tzinfo=TIME_ZONE)
#: Each step of a letter, and where a crash can fall: before it, or after it is done.
STEPS = {
    "before_sending": (outbox, "mark_sending", "before"),
    "after_sending": (outbox, "mark_sending", "after"),
    "after_accepted": (Mailer, "send", "after"),
    "before_sent": (outbox, "mark_sent", "before"),
    "after_sent": (outbox, "mark_sent", "after"),
    "connected": (Mailer, "connect", "after"),
}


def die_at(step: str, nth: int) -> None:
    """Replace a step by one that kills this process, as a power cut would."""
    place, name, when = STEPS[step]
    own, count = getattr(place, name), 0

    def run(*args: Any) -> Any:
        nonlocal count
        count += 1
        if when == "before" and count == nth:
            os.kill(os.getpid(), signal.SIGKILL)
        result = own(*args)
        if when == "after" and count == nth:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    setattr(place, name, run)


if __name__ == "__main__":
    home, step, nth = sys.argv[1:]
    if step != "none":
        die_at(step, int(nth))
    with opened(Home(Path(home))) as store:
        print(delivery.send(store, now=lambda: WORKING_HOUR, sleep=lambda seconds: None).counts)
