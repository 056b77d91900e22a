"""Run the benchmarks of this folder, or those named, and write their page, README.md."""

from __future__ import annotations

import os
import platform
import re
import subprocess
import sys
import tempfile
from datetime import date
from pathlib import Path

FOLDER = Path(__file__).parent
PAGE = FOLDER / "README.md"
HEAD = f"""# Benchmarks

`make bench` runs the scripts of this folder and writes this page (`make bench ONLY="truth"` one of
them and its section). Times are of one run on one machine; what counts are the ratios, which are
measured within a run.

Machine: {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}.
"""


def sections() -> dict[str, str]:
    """The sections the page has now, by name of their script."""
    if not PAGE.exists():
        return {}
    parts = re.split(r"^## (\w+)\n", PAGE.read_text("utf-8"), flags=re.M)[1:]
    return dict(zip(parts[::2], parts[1::2], strict=True))


def main(only: list[str]) -> None:
    """Write the page; a script that fails is shown as failed, and the exit code says so."""
    scripts = {path.stem: path for path in sorted(FOLDER.glob("[!_]*.py")) if path.stem != "run"}
    known, failed = sections(), []
    for name in only or list(scripts):
        script = scripts[name]
        print(f"{name} ...", flush=True)
        run = subprocess.run([sys.executable, script], capture_output=True, text=True, check=False)
        if run.returncode:
            failed.append(name)
        # Paths of this machine say nothing to a reader.
        lines = [line for line in run.stdout.splitlines() if tempfile.gettempdir() not in line]
        shown = "\n".join(lines).strip() or "failed, see the terminal"
        print(shown if not run.returncode else run.stderr, flush=True)
        title = (script.read_text("utf-8").split('"""')[1]).strip().splitlines()[0]
        day = f"Measured on {date.today().isoformat()}."
        known[name] = f"\n{title} {day}\n\n```\n{shown}\n```\n"
    ordered = [f"## {name}\n{known[name].rstrip()}\n" for name in scripts if name in known]
    PAGE.write_text("\n".join([HEAD, *ordered]), "utf-8")
    sys.exit(f"failed: {', '.join(failed)}" if failed else 0)


if __name__ == "__main__":
    main(sys.argv[1:])
