"""One night without the orchestrator, as a process of its own.

`python benchmarks/_night.py HOME DAY [full]` prints the seconds of every step, and last those of
all together, after imports: wall and processor.
"""

from __future__ import annotations

import gc
import sys
import time
from datetime import date
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from flows.dashboard import page  # noqa: F401  the last step's own imports count as imports too
from flows.figures.press import Press
from flows.home import Home
from flows.night import STEPS
from flows.store import opened
from flows.tonight import Tonight
from validators.catalogue import catalogue


def main(home: str, day: str, *kind: str) -> None:
    """Run the night and print its seconds."""
    catalogue()
    gc.freeze()  # as every night does (flows/attempt.py)
    start, cpu = time.perf_counter(), time.process_time()
    with opened(Home(Path(home))) as store, Press() as press:
        tonight = Tonight(store, date.fromisoformat(day), is_full=kind == ("full",), press=press)
        for name, step in STEPS.items():
            began = time.perf_counter()
            step(tonight)
            print(f"    {name:10s} {time.perf_counter() - began:7.1f} s")
    wall, spent = time.perf_counter() - start, time.process_time() - cpu
    print(f"    {'all':10s} {wall:7.2f} s   cpu {spent:7.2f} s")


if __name__ == "__main__":
    main(*sys.argv[1:])
