"""What we write is for its owner and group; nobody else on the machine reads it."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

OTHERS = 0o027


@contextmanager
def closed_to_others() -> Iterator[None]:
    """New files are at most 0640 and new folders 0750, whatever the user's own umask allows."""
    before = os.umask(OTHERS)
    os.umask(before | OTHERS)
    try:
        yield
    finally:
        os.umask(before)


def without_dumps() -> None:
    """No image of this process's memory is written when it dies: it would hold cards and the key.

    Windows asks for nothing of the kind unless an administrator has set up local dumps.
    """
    if sys.platform != "win32":
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
