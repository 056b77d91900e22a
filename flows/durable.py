"""Files that appear whole or not at all, and those that outlive a power cut."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

DRAFT = ".draft"


@contextmanager
def drafted(target: Path) -> Iterator[Path]:
    """A file to write: it takes the name of `target` when the block ends well, else is removed."""
    draft = target.with_name(target.name + DRAFT)
    try:
        yield draft
        draft.replace(target)
    except BaseException:
        draft.unlink(missing_ok=True)  # of a disk that is full, say: nobody would remove it
        raise


def on_disk(file: Path) -> None:
    """Wait until the disk holds all that was written to a file.

    A name that it gets afterwards is held as soon as the log of state is, which tells of it: a file
    system that keeps a journal writes what came before with it.
    """
    with file.open("rb+") as stream:  # Windows does not do it for one who only reads
        os.fsync(stream.fileno())
