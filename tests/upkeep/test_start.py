"""The first day: settings, templates that load as they are, and examples that never count."""

from __future__ import annotations

import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path

import openpyxl
import pytest

from flows.attempt import attempt
from flows.fields import fields
from flows.home import Home, UserError
from flows.night import STEPS
from flows.start.first_day import TITLES, county_of, write_start

UNITS = {"H1": "合成一院", "H2": "合成=二院"}


@pytest.fixture
def home(tmp_path: Path) -> Home:
    place = Home(tmp_path / "home")
    write_start(place, county_of("330329", None, 2024, UNITS))
    return place


def loaded(home: Home) -> dict[str, tuple[str | None, int, int]]:
    with attempt(home, date(2025, 1, 31)) as tried:
        STEPS["receive"](tried.tonight)
        rows = tried.tonight.store.connection.execute(
            "select source_file, card_type, received_rows, loaded_rows from state.sheet"
        ).fetchall()
    return {name: (kind, received, count) for name, kind, received, count in rows}


def test_templates_are_known_by_their_headers_and_examples_never_count(home: Home) -> None:
    for title, _ in TITLES.values():
        shutil.copy(home.path / "templates" / f"{title}.xlsx", home.inbox)
    assert loaded(home) == {
        "人口.xlsx": ("population", 38, 38),  # 19 age groups of two sexes, waiting for numbers
        "机构名单.xlsx": ("institution", 2, 2),
        "月报.xlsx": ("monthly_report", 0, 0),
        "佐证材料.xlsx": ("evidence", 0, 0),
    }


def test_every_template_has_all_fields_in_chinese_and_two_examples(home: Home) -> None:
    for card_type, (title, _) in TITLES.items():
        page = openpyxl.load_workbook(home.path / "templates" / f"{title}.xlsx").active
        labels = [field.label_zh for field in fields(card_type).values()]
        assert [cell.value for cell in page[3]] == labels
        first = [str(page.cell(row, 1).value) for row in (4, 5)]
        assert all(text.startswith("示例") for text in first)


def test_nothing_that_exists_is_overwritten(home: Home) -> None:
    settings = home.path / "settings.toml"
    settings.write_text('area = "330301"\n')
    said = write_start(home, county_of("330329", None, 2024, {}))
    assert settings.read_text() == 'area = "330301"\n'
    assert sum("已存在，未改动" in line for line in said) == 5


def test_quotes_in_a_name_stay_in_the_name(tmp_path: Path) -> None:
    place = Home(tmp_path)
    write_start(place, county_of("330329", '科"\narea = "1', 2024, {}))
    assert (place.settings.area, place.settings.contact_zh) == ("330329", '科"\narea = "1')


@pytest.mark.parametrize("area", ["", "33032", "999999", "330000", "330329 or 1", "../../x"])
def test_an_area_nobody_knows_is_refused(area: str) -> None:
    with pytest.raises(UserError, match="6 位县区编码"):
        county_of(area, None, 2024, {})


def test_the_command_asks_nothing_when_told_everything(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "from flows.cli import main; main()", "start"]
    more = ["--home", str(tmp_path), "--institution", "H1=合成一院"]
    quiet = {"capture_output": True, "text": True, "stdin": subprocess.DEVNULL, "check": False}
    done = subprocess.run([*command, "--area", "330329", *more], **quiet)  # type: ignore[call-overload]
    assert (done.returncode, done.stderr) == (0, "")
    assert "接下来" in done.stdout
    asked = subprocess.run([*command, *more], **quiet)  # type: ignore[call-overload]
    assert asked.returncode == 2 and "--area" in asked.stderr
