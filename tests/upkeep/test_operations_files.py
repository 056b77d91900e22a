"""Units, compose and deployment files name commands and functions that exist."""

from __future__ import annotations

import configparser
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.main import get_command

from flows.cli import app
from flows.home import REFERENCE

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


@pytest.mark.parametrize("unit", sorted(file.name for file in FOLDER.glob("*.service")))
def test_a_unit_may_write_to_the_home_it_names_and_leaves_no_dump(unit: str) -> None:
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    parser.read(FOLDER / unit)
    service = parser["Service"]
    home = service["Environment"].removeprefix("ZHIKONG_HOME=")
    writable = service["ReadWritePaths"].split()
    assert home in writable and service["ProtectSystem"] == "strict"
    targets = [word for word in service["ExecStart"].split()[1:] if word.startswith("/")]
    assert set(targets) <= set(writable)
    assert (service["LimitCORE"], service["User"], service["Type"]) == ("0", "zhikong", "oneshot")
    # Mail and group messages go out by the network; a backup needs none.
    assert ("AF_INET" in service["RestrictAddressFamilies"].split()) == ("backup" not in unit)


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd on this machine")
def test_systemd_finds_no_fault_with_the_units(tmp_path: Path) -> None:
    for file in [*FOLDER.glob("*.service"), *FOLDER.glob("*.timer")]:
        text = file.read_text().replace("/srv/zhikong/venv/bin/zhikong", sys.executable)
        (tmp_path / file.name).write_text(text)
    units = sorted(str(file) for file in tmp_path.iterdir())
    done = subprocess.run(
        ["systemd-analyze", "verify", *units], capture_output=True, text=True, check=False
    )
    assert len(units) == 6 and (done.returncode, done.stderr) == (0, "")


def compose() -> dict[str, Any]:
    (service,) = yaml.safe_load((FOLDER / "compose.yaml").read_text())["services"].values()
    return dict(service)


def dockerfile() -> dict[str, str]:
    """Instructions by name; of those that stand twice the last."""
    lines = (FOLDER / "Dockerfile").read_text().splitlines()
    found = (line.partition(" ") for line in lines if line and not line.startswith("#"))
    return {head: rest for head, _, rest in found}


def test_compose_runs_a_command_that_exists() -> None:
    assert dockerfile()["ENTRYPOINT"] == '["zhikong"]'
    check_command(compose()["command"])


def test_a_container_that_is_read_only_has_a_place_for_all_it_writes() -> None:
    service, image = compose(), dockerfile()
    assert service["read_only"] is True
    mounted = {volume.rpartition(":")[2] for volume in service["volumes"]} | set(service["tmpfs"])
    # The home of data, that of Prefect, that of the user, and where temporary files go.
    made = re.search(
        r"useradd --create-home --uid (\d+) (\w+)", (FOLDER / "Dockerfile").read_text()
    )
    assert made is not None
    uid, name = made.groups()
    wanted = [service["environment"]["ZHIKONG_HOME"], service["environment"]["PREFECT_HOME"],
              f"/home/{name}", "/tmp"]  # fmt: skip
    assert [path for path in wanted if not any(is_below(path, top) for top in mounted)] == []
    assert service["user"] == f"{uid}:{uid}" and image["USER"] == name
    assert f"ZHIKONG_HOME={service['environment']['ZHIKONG_HOME']} " in image["ENV"]


def is_below(path: str, top: str) -> bool:
    return path == top or path.startswith(top + "/")


def test_the_image_is_made_by_the_releases_own_installer() -> None:
    image = dockerfile()
    assert image["RUN"] == "./install.sh"
    assert (REFERENCE / "release" / "linux" / "install.sh").is_file()
    assert f"{image['WORKDIR']}/venv/bin:" in image["ENV"]  # where install.sh puts the command


def test_the_deployment_names_the_flow_and_its_parameters() -> None:
    from inspect import signature

    from flows.nightly import nightly

    (made,) = yaml.safe_load((FOLDER / "prefect.yaml").read_text())["deployments"]
    assert made["entrypoint"] == f"{nightly.fn.__module__}.{nightly.fn.__name__}"
    assert set(made["parameters"]) <= set(signature(nightly.fn).parameters)
    assert made["schedules"] == [{"cron": "0 2 * * *", "timezone": "Asia/Shanghai"}]


def test_every_command_of_the_page_exists() -> None:
    page = (FOLDER.parent / "operations.md").read_text("utf-8")
    found = re.findall(
        r"zhikong ((?:start|night|doctor|backup|restore|serve|published-key)\b[^`\n;#]*)", page
    )
    assert len(found) > 10
    for text in found:
        check_command([word for word in text.split() if not word.startswith("(")])
