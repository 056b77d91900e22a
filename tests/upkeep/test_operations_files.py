"""Units, compose and deployment files name commands and functions that exist."""

from __future__ import annotations

import configparser
import re
from pathlib import Path

import pytest
import yaml
from typer.main import get_command

from flows.cli import app

FOLDER = Path(__file__).parents[2] / "docs" / "operations"
COMMANDS = get_command(app).commands  # type: ignore[attr-defined]


def check_command(words: list[str]) -> None:
    command = COMMANDS[words[0]]
    known = {option for parameter in command.params for option in parameter.opts}
    known |= {option for parameter in command.params for option in parameter.secondary_opts}
    assert {word for word in words[1:] if word.startswith("-")} <= known


@pytest.mark.parametrize("unit", sorted(file.name for file in FOLDER.glob("*.service")))
def test_a_unit_runs_a_command_that_exists_and_has_its_timer(unit: str) -> None:
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    parser.read(FOLDER / unit)
    path, *words = parser["Service"]["ExecStart"].split()
    assert path.endswith("/zhikong")
    check_command(words)
    timer = configparser.ConfigParser()
    timer.read((FOLDER / unit).with_suffix(".timer"))
    assert timer["Timer"]["OnCalendar"].endswith("Asia/Shanghai")


def test_compose_runs_a_command_that_exists() -> None:
    (service,) = yaml.safe_load((FOLDER / "compose.yaml").read_text())["services"].values()
    check_command(service["command"])


def test_the_deployment_names_the_flow_and_its_parameters() -> None:
    from inspect import signature

    from flows.nightly import nightly

    (made,) = yaml.safe_load((FOLDER / "prefect.yaml").read_text())["deployments"]
    file, _, name = made["entrypoint"].partition(":")
    assert (Path(__file__).parents[2] / file).is_file() and name == nightly.fn.__name__
    assert set(made["parameters"]) <= set(signature(nightly.fn).parameters)
    assert made["schedules"] == [{"cron": "0 2 * * *", "timezone": "Asia/Shanghai"}]


def test_every_command_of_the_page_exists() -> None:
    page = (FOLDER.parent / "operations.md").read_text("utf-8")
    found = re.findall(r"zhikong ((?:start|night|doctor|backup|restore|serve)\b[^`\n;#]*)", page)
    assert len(found) > 10
    for text in found:
        check_command([word for word in text.split() if not word.startswith("(")])
