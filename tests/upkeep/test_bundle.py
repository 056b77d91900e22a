"""An off-line release takes what the lock pins by hash, for its platform only."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from flows.bundle import PLATFORMS, ROOT, developers_only, pins
from flows.home import REFERENCE

LOCK = (ROOT / "requirements.lock").read_text("utf-8")
LINUX, WINDOWS = PLATFORMS
RELEASE = REFERENCE / "release"


@pytest.mark.parametrize("platform", PLATFORMS, ids=lambda platform: platform.name)
def test_every_pin_has_a_hash_and_no_condition(platform) -> None:  # type: ignore[no-untyped-def]
    chosen = pins(LOCK, platform, developers_only())
    assert len(chosen) > 100
    bare = [pin for pin in chosen if "--hash=sha256:" not in pin or ";" in pin]
    assert bare == []


def test_a_package_of_one_platform_is_left_out_of_the_other() -> None:
    lock = (
        "colorama==1 ; sys_platform == 'win32' \\\n    --hash=sha256:aa\n    # via x\n"
        "uvloop==2 ; sys_platform != 'win32' \\\n    --hash=sha256:bb\n"
        "old==3 ; python_full_version < '3.11' \\\n    --hash=sha256:cc\n"
        "both==4 \\\n    --hash=sha256:dd \\\n    --hash=sha256:ee\n"
        "pytest==5 \\\n    --hash=sha256:ff\n"
    )
    both = "both==4 --hash=sha256:dd --hash=sha256:ee"
    assert pins(lock, LINUX, {"pytest"}) == ["uvloop==2 --hash=sha256:bb", both]
    assert pins(lock, WINDOWS, {"pytest"}) == ["colorama==1 --hash=sha256:aa", both]


def test_a_changed_wheel_is_not_installed(tmp_path: Path) -> None:
    """As install.sh and 安装.bat do it: pip itself refuses what does not have the pinned hash."""
    import zipfile

    with zipfile.ZipFile(tmp_path / "fake-1-py3-none-any.whl", "w") as wheel:
        wheel.writestr("fake.py", "")
        wheel.writestr(
            "fake-1.dist-info/METADATA", "Metadata-Version: 2.1\nName: fake\nVersion: 1\n"
        )
        wheel.writestr(
            "fake-1.dist-info/WHEEL",
            "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        )
        wheel.writestr("fake-1.dist-info/RECORD", "")
    listed = tmp_path / "requirements.txt"
    listed.write_text(f"fake==1 --hash=sha256:{'0' * 64}\n")
    done = subprocess.run(
        [sys.executable, "-m", "pip", "install", "--no-index", "--find-links", str(tmp_path),
         "--require-hashes", "--target", str(tmp_path / "into"), "-r", str(listed)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode != 0 and "DO NOT MATCH THE HASHES" in done.stderr
    assert not (tmp_path / "into" / "fake.py").exists()


@pytest.mark.parametrize("script", ["linux/install.sh", "windows/安装.bat"])
def test_an_installer_fetches_nothing_and_checks_hashes(script: str) -> None:
    text = (RELEASE / script).read_text("utf-8").replace("\\\n", "")
    commands = [line for line in text.splitlines() if re.search(r"\bpip install\b", line)]
    assert len(commands) == 2 and all("--no-index" in command for command in commands)
    assert "--require-hashes" in commands[0] and "--no-deps" in commands[1]


def test_the_makefile_checks_hashes_too() -> None:
    said = subprocess.run(
        ["make", "--dry-run", "--always-make", "setup", "spark-setup"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    installs = [line for line in said.splitlines() if "pip install" in line]
    locks = [line.split("--require-hashes -r ")[1] for line in installs if "-r " in line]
    assert sorted(set(locks)) == [
        "requirements-pip.lock", "requirements-spark.lock", "requirements.lock"
    ]  # fmt: skip
    assert all("--no-deps" in line for line in installs if "--require-hashes" not in line)


def test_a_scheduled_run_on_windows_waits_for_nobody_and_gives_its_exit_code() -> None:
    text = (RELEASE / "windows" / "今日运行.bat").read_text("utf-8")
    assert [line for line in text.splitlines() if "pause" in line] == ['if not "%~1"=="auto" pause']
    assert text.splitlines()[-1] == "exit /b %ENDED%"
    page = (ROOT / "docs" / "operations.md").read_text("utf-8")
    assert "`今日运行.bat` of the release with the argument `auto`" in page


def test_the_lock_holds_no_address_to_fetch_from() -> None:
    assert not re.search(r"https?://|--index-url|--find-links|file:", LOCK)
