"""Files that outlive a power cut: the disk holds them before anything says that they are there."""

from __future__ import annotations

import os
from pathlib import Path


def on_disk(file: Path) -> None:
    """Wait until the disk holds all that was written to a file.

    A name that it gets afterwards is held as soon as the log of state is, which tells of it: a file
    system that keeps a journal writes what came before with it.
    """
    with file.open("rb+") as stream:  # Windows does not do it for one who only reads
        os.fsync(stream.fileno())
