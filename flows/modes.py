"""What we write is for its owner and group; nobody else on the machine reads it."""

from __future__ import annotations

import os
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
