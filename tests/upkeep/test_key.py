"""Where the key comes from, and what is said when it does not come."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from flows.doctor import examine
from flows.home import Home, UserError
from flows.store import opened
from tests.trust.picture import KEY


def home_with(folder: Path, code: str) -> Home:
    """A home whose key a program prints."""
    command = [sys.executable, "-c", code]
    (folder / "settings.toml").write_text(f"key_command = {json.dumps(command)}\n")
    return Home(folder)


@pytest.fixture(autouse=True)
def no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ZHIKONG_KEY", raising=False)


def test_a_program_gives_the_key_and_none_is_kept_on_the_disk(tmp_path: Path) -> None:
    home = home_with(tmp_path, f"print({KEY!r})")
    with opened(home) as store:
        assert store.connection.execute("select version from state.version").fetchall()
    assert not (home.keys / "key").exists()
    (sight,) = examine(Home(tmp_path)).filter(check="key").to_dicts()
    assert (sight["state"], "key_command" in sight["seen_zh"]) == ("ok", True)
    with opened(Home(tmp_path)):  # opens again with the same key
        pass


def test_the_environment_comes_before_the_program(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ZHIKONG_KEY", KEY)
    assert home_with(tmp_path, "raise SystemExit(1)").key == KEY


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("raise SystemExit(4)", "退出码为 4"),
        ("pass", "没有输出"),
        ("print(5 * 10 ** 40)", "32 位"),
        ("import sys; sys.exit(print(9 * 10 ** 40))", "32 位"),
    ],
)
def test_a_program_that_gives_no_key_is_named_and_nothing_is_made(
    tmp_path: Path, code: str, said: str
) -> None:
    home = home_with(tmp_path, code)
    with pytest.raises(UserError, match=said) as told, opened(home):
        pass
    assert "0000000000" not in str(told.value)  # what it printed might be a key
    assert not (home.keys / "key").exists() and not home.state.exists()


def test_a_program_that_is_not_there_is_named(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text('key_command = ["/nowhere/pass", "show"]\n')
    with pytest.raises(UserError, match=r"/nowhere/pass（key_command）无法运行"):
        Home(tmp_path).key  # noqa: B018
