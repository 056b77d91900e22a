"""The small sample county after a night, with its pages; made once, only read."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import duckdb
import pytest

from flows.home import Home
from flows.plain import run_plain
from flows.published import open_published

SAMPLE = Path(__file__).parents[2] / "data_samples" / "county" / "inbox"
AS_OF = date(2026, 1, 31)


@pytest.fixture(scope="session")
def county(tmp_path_factory: pytest.TempPathFactory) -> Home:
    home = Home(tmp_path_factory.mktemp("county") / "home")
    home.prepare()
    shutil.copytree(SAMPLE, home.inbox, dirs_exist_ok=True)
    run_plain(home, AS_OF)
    return home


@pytest.fixture
def published(county: Home) -> Iterator[duckdb.DuckDBPyConnection]:
    with open_published(county) as connection:
        yield connection
