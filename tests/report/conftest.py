"""One night on a small synthetic county, and the documents written from it."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import docx
import pytest
from docx.document import Document

from flows.home import Home
from flows.plain import run_plain
from flows.report.build import write_report
from flows.sample import write_sample

AS_OF = date(2026, 1, 31)
COUNTY = "330329"
#: A county of the same prefecture that sent nothing.
EMPTY_COUNTY = "330328"


@pytest.fixture(scope="session")
def county(tmp_path_factory: pytest.TempPathFactory) -> Home:
    place = Home(tmp_path_factory.mktemp("home"))
    place.prepare()
    sample = tmp_path_factory.mktemp("sample")
    write_sample(sample, year=2025, deaths=150, faults=0.03, seed=3, area=COUNTY, years=2)
    shutil.copytree(sample / "inbox", place.inbox, dirs_exist_ok=True)
    run_plain(place, AS_OF, lambda line: None)
    return place


@pytest.fixture(scope="session")
def report_file(county: Home) -> Path:
    return write_report(county, 2025)


@pytest.fixture(scope="session")
def report(report_file: Path) -> Document:
    return docx.Document(str(report_file))


@pytest.fixture(scope="session")
def empty_file(county: Home) -> Path:
    return write_report(county, 2025, area=EMPTY_COUNTY)
