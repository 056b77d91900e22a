"""An off-line release: wheels for one platform, the application, and what a person double-clicks.

Run by `make bundle`. Nothing is taken that `requirements.lock` does not pin by hash.
"""

from __future__ import annotations

import importlib.metadata
import re
import shutil
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from packaging.markers import Marker
from packaging.requirements import Requirement

from flows.home import REFERENCE

ROOT = Path(__file__).resolve().parent.parent
APPLICATION = (
    *("flows", "validators", "estimators", "sql", "reference", "data_samples", "docs"),
    *("pyproject.toml", "requirements.lock", "README.md", "README.zh-CN.md", "LICENSE"),
    "CHANGELOG.md",
)
PYTHON = "3.11"


@dataclass(frozen=True)
class Platform:
    """One kind of computer."""

    name: str
    tags: tuple[str, ...]  # of wheels
    markers: dict[str, str]  # what the lock's conditions are judged by


PLATFORMS = (
    Platform(
        "linux",
        ("manylinux_2_28_x86_64", "manylinux_2_27_x86_64", "manylinux_2_17_x86_64",
         "manylinux2014_x86_64", "manylinux1_x86_64", "linux_x86_64"),
        {"sys_platform": "linux", "platform_system": "Linux", "os_name": "posix",
         "platform_machine": "x86_64"},
    ),
    Platform(
        "windows",
        ("win_amd64",),
        {"sys_platform": "win32", "platform_system": "Windows", "os_name": "nt",
         "platform_machine": "AMD64"},
    ),
)  # fmt: skip


def pins(lock: str, platform: Platform, without: set[str]) -> list[str]:
    """The pins of a lock that hold on a platform, each with its hashes and without its condition.

    Args:
        lock: text of `requirements.lock`.
        platform: where it will be installed.
        without: names of packages only a developer needs.
    """
    environment = {
        "python_version": PYTHON, "python_full_version": f"{PYTHON}.0",
        "implementation_name": "cpython", "platform_python_implementation": "CPython",
        "extra": "", **platform.markers,
    }  # fmt: skip
    chosen = []
    for block in re.split(r"\n(?=[A-Za-z0-9])", lock.replace("\\\n", " ")):
        line = " ".join(part for part in block.splitlines() if not part.lstrip().startswith("#"))
        head, *hashes = re.split(r"\s+(?=--hash=)", line.strip())
        if "==" not in head:
            continue
        pin, _, marker = head.partition(";")
        name = re.split(r"==", pin.strip())[0].split("[")[0].lower()
        if name in without or (marker.strip() and not Marker(marker).evaluate(environment)):
            continue
        chosen.append(" ".join([pin.strip(), *(part.strip() for part in hashes)]))
    return chosen


def developers_only() -> set[str]:
    """Names of the packages that `develop` adds, but for those an installation needs."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extra = {Requirement(text).name.lower() for text in project["optional-dependencies"]["develop"]}
    return extra - {"setuptools", "wheel", "zeep"} - _needed(project["dependencies"])


def _needed(requirements: list[str]) -> set[str]:
    """Names of requirements and of all that those ask for, as installed here."""
    found: set[str] = set()
    waiting = list(requirements)
    while waiting:
        wanted = Requirement(waiting.pop())
        name = wanted.name.lower()
        if name in found or (wanted.marker and not wanted.marker.evaluate({"extra": ""})):
            continue
        found.add(name)
        try:
            waiting += importlib.metadata.requires(name) or []
        except importlib.metadata.PackageNotFoundError:
            continue  # of another platform
    return found


def make_bundle(platform: Platform, into: Path, lock: str | None = None) -> Path:
    """Write `zhikong-<version>-<platform>.zip` with everything an off-line computer needs.

    Args:
        platform: of the computer.
        into: folder of the releases.
        lock: the pins; None: those of the checkout.

    Returns:
        The zip.
    """
    version = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    folder = into / f"zhikong-{version}-{platform.name}"
    shutil.rmtree(folder, ignore_errors=True)
    wheels = folder / "wheels"
    wheels.mkdir(parents=True)
    wanted = pins(lock or (ROOT / "requirements.lock").read_text(), platform, developers_only())
    listed = folder / "requirements.txt"
    listed.write_text("\n".join(wanted) + "\n")
    tags = [part for tag in platform.tags for part in ("--platform", tag)]
    subprocess.run(
        [
            *(sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"),
            *("--no-deps", "--only-binary=:all:", "--require-hashes", "--implementation", "cp"),
            *("--python-version", PYTHON, *tags, "-r", str(listed), "-d", str(wheels)),
        ],
        check=True,
    )
    for name in APPLICATION:
        source, target = ROOT / name, folder / "zhikong" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(source, target)
    for source in sorted((REFERENCE / "release" / platform.name).iterdir()):
        text, file = source.read_text("utf-8"), folder / source.name
        # cmd.exe reads its scripts in the system's code page and wants CRLF.
        windows = source.suffix == ".bat"
        file.write_bytes(text.replace("\n", "\r\n").encode("gb18030") if windows else text.encode())
        file.chmod(0o755)
    (folder / "LICENCES.txt").write_text(licences(), "utf-8")
    return Path(shutil.make_archive(str(folder), "zip", into, folder.name))


def licences() -> str:
    """Name, version and licence of every installed dependency, from their own metadata."""
    lines = set()
    for package in importlib.metadata.distributions():
        facts: Any = package.metadata
        named = facts.get("License-Expression") or facts.get("License") or ""
        if not named or "\n" in named:  # some put the whole text there
            kinds = [
                text for text in facts.get_all("Classifier") or [] if text.startswith("License")
            ]
            named = "; ".join(text.rsplit(" :: ", 1)[-1] for text in kinds) or "see the package"
        lines.add(f"{facts['Name']} {package.version}: {named}")
    return "\n".join(sorted(lines, key=str.lower)) + "\n"


if __name__ == "__main__":
    for one in PLATFORMS:
        sys.stdout.write(f"{make_bundle(one, ROOT / 'dist')}\n")
