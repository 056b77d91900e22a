"""A home that reads back what earlier nights made ends like one that makes all anew each night."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.trust.picture import KEY, new_home, picture, run_night
from tests.trust.run import samples

NIGHTS = ("2026-01-31", "2026-02-01", "2026-02-02")


@pytest.mark.slow
def test_full_nights_leave_the_same_tables_and_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ZHIKONG_KEY", KEY)
    inbox, later = samples(tmp_path)
    homes = {kind: new_home(tmp_path / kind, inbox) for kind in ("back", "full")}
    for night in NIGHTS:
        for kind, home in homes.items():
            if night == NIGHTS[1]:  # corrected and new cards
                shutil.copytree(later, home / "inbox", dirs_exist_ok=True)
            more = ("--no-prefect", "--full") if kind == "full" else ("--no-prefect",)
            run_night(home, night, *more)
        back, full = (picture(home) for home in homes.values())
        assert len(back) > 100
        assert [name for name in back if back[name] != full.get(name)] == []
        assert back.keys() == full.keys()
