"""The last published files: a bad night can be taken back."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from flows.durable import drafted
from flows.home import Home, UserError
from flows.published import open_any


def keep_previous(home: Home) -> None:
    """Keep the published file under its night's name before it is replaced, the newest few.

    A hard link where the disk has them: readers and the copy share one file, nothing is written.
    """
    if not home.published.exists() or not home.settings.keep_published:
        return
    home.previous.mkdir(mode=0o750, exist_ok=True)
    stamp = f"{home.published.stat().st_mtime_ns:020d}"
    target = home.previous / f"surveillance-{stamp}.duckdb"
    if not target.exists():
        try:
            os.link(home.published, target)
        except OSError:  # another file system, or one without links
            with drafted(target) as draft:
                shutil.copy2(home.published, draft)
    for old in kept(home)[home.settings.keep_published :]:
        old.unlink(missing_ok=True)


def kept(home: Home) -> list[Path]:
    """Previous published files, newest first."""
    return sorted(home.previous.glob("surveillance-*.duckdb"), reverse=True)


def night_of(home: Home, file: Path) -> str:
    """The as-of day of a published file of a home."""
    with open_any(home, file) as connection:
        row = connection.execute("select as_of from reference.home").fetchone()
    return str(row[0]) if row else "?"


def put_back(home: Home, number: int) -> Path:
    """Publish a previous file again; today's becomes the newest previous one.

    Args:
        home: the installation.
        number: 1 for the newest.

    Raises:
        UserError: there is no such file.
    """
    files = kept(home)
    if not 1 <= number <= len(files):
        raise UserError(f"保留的发布库有 {len(files)} 个，没有第 {number} 个。")
    chosen = files[number - 1]
    draft = home.published.with_name(home.published.name + ".draft")
    shutil.copy2(chosen, draft)
    keep_previous(home)
    draft.replace(home.published)
    return chosen
