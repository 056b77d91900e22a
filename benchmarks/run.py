"""Run every benchmark of this folder and write what they print to `benchmarks/README.md`."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import tempfile
from datetime import date
from pathlib import Path

FOLDER = Path(__file__).parent
HEAD = """# Benchmarks

`make bench` runs the scripts of this folder and writes this page. Times are of one run on one
machine; what counts are the ratios, which are measured within a run.

Machine: {machine}, {cores} cores, Python {python}. Measured on {day}.
"""


def main() -> None:
    """Write the page; a script that fails is shown as failed, and the exit code says so."""
    parts = [
        HEAD.format(
            machine=platform.machine(),
            cores=os.cpu_count(),
            python=platform.python_version(),
            day=date.today().isoformat(),
        )
    ]
    failed = []
    for script in sorted(FOLDER.glob("*.py")):
        if script.name == "run.py":
            continue
        print(f"{script.stem} ...", flush=True)
        run = subprocess.run([sys.executable, script], capture_output=True, text=True, check=False)
        if run.returncode:
            failed.append(script.name)
        # Paths of this machine say nothing to a reader.
        lines = [line for line in run.stdout.splitlines() if tempfile.gettempdir() not in line]
        shown = "\n".join(lines).strip() or "failed, see the terminal"
        print(shown if not run.returncode else run.stderr, flush=True)
        title = (script.read_text("utf-8").split('"""')[1]).strip().splitlines()[0]
        parts.append(f"## {script.stem}\n\n{title}\n\n```\n{shown}\n```\n")
    (FOLDER / "README.md").write_text("\n".join(parts), "utf-8")
    sys.exit(f"failed: {', '.join(failed)}" if failed else 0)


if __name__ == "__main__":
    main()
