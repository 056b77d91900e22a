"""Backups read back, damage is named, and a published file can be taken back."""

from __future__ import annotations

import re
import shutil
from datetime import date
from pathlib import Path

import duckdb
import pytest

from flows.backup import OWN, back_up, restore, verify
from flows.bundle import ROOT
from flows.home import Home, UserError
from flows.plain import run_plain
from flows.previous import kept, night_of, put_back
from flows.store import STATE_VERSION, opened, sha256
from tests.flows.conftest import death_file, death_line

FIRST_RELEASE = Path(__file__).parent / "first_release"
KEY = "a" * 32


def quiet(line: str) -> None:
    """Say nothing."""


@pytest.fixture(scope="module")
def after_a_night(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = Home(tmp_path_factory.mktemp("first") / "home")
    place.prepare()
    (place.inbox / "death.csv").write_text(death_file(*(death_line(f"D{n}") for n in range(5))))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ZHIKONG_KEY", KEY)
        run_plain(place, date(2025, 1, 31), quiet)
    return place.path


@pytest.fixture
def home(after_a_night: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.setenv("ZHIKONG_KEY", KEY)
    shutil.copytree(after_a_night, tmp_path / "home")
    return Home(tmp_path / "home")


def cards(home: Home) -> list[tuple[object, ...]]:
    with duckdb.connect(str(home.published), read_only=True) as published:
        return published.execute("select * from card.death order by card_id").fetchall()


def test_a_restored_home_publishes_the_same_cards(home: Home, tmp_path: Path) -> None:
    made = back_up(home, tmp_path / "backups")
    assert (made.sheet_count, made.row_count) == (1, 6)  # a header and five cards
    other = Home(tmp_path / "other")
    restore(made.folder, other)
    run_plain(other, date(2025, 1, 31), quiet)
    assert cards(other) == cards(home)


def test_a_backup_holds_no_key(home: Home, tmp_path: Path) -> None:
    home.keys.mkdir(exist_ok=True)
    (home.keys / "key").write_text(KEY)
    folder = back_up(home, tmp_path / "backups").folder
    assert not (folder / "keys").exists()
    assert not any(KEY.encode() in file.read_bytes() for file in folder.rglob("*.*"))


def test_a_changed_byte_is_named_by_file(home: Home, tmp_path: Path) -> None:
    folder = back_up(home, tmp_path / "backups").folder
    raw = next((folder / "raw").iterdir())
    data = bytearray(raw.read_bytes())
    data[len(data) // 2] ^= 1
    raw.write_bytes(data)
    with pytest.raises(UserError, match=f"备份已损坏：raw/{raw.name}"):
        verify(folder, KEY)


def test_a_missing_file_is_named(home: Home, tmp_path: Path) -> None:
    folder = back_up(home, tmp_path / "backups").folder
    (folder / "state.duckdb").unlink()
    with pytest.raises(UserError, match=r"缺少 state\.duckdb"):
        verify(folder, KEY)


def test_another_key_does_not_open_a_backup(home: Home, tmp_path: Path) -> None:
    folder = back_up(home, tmp_path / "backups").folder
    with pytest.raises(UserError, match="密钥不符"):
        verify(folder, "b" * 32)


def test_a_backup_never_overwrites_data_and_never_lies_inside_the_home(
    home: Home, tmp_path: Path
) -> None:
    folder = back_up(home, tmp_path / "backups").folder
    with pytest.raises(UserError, match="已有数据，不会覆盖"):
        restore(folder, home)
    with pytest.raises(UserError, match="不能放在安装目录之内"):
        back_up(home, home.path / "backups")


def test_an_earlier_published_file_comes_back_and_todays_is_kept(home: Home) -> None:
    run_plain(home, date(2025, 2, 1), quiet)
    assert [night_of(home, file) for file in kept(home)] == ["2025-01-31"]
    put_back(home, 1)
    assert night_of(home, home.published) == "2025-01-31"
    assert next(night_of(home, file) for file in kept(home)) == "2025-02-01"


def test_only_the_newest_published_files_are_kept(home: Home) -> None:
    (home.path / "settings.toml").write_text("keep_published = 1\n")
    home = Home(home.path)
    for day in range(1, 3):
        run_plain(home, date(2025, 2, day), quiet)
    assert [night_of(home, file) for file in kept(home)] == ["2025-02-01"]


def test_the_first_releases_state_is_migrated_and_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ZHIKONG_KEY", KEY)
    home = Home(tmp_path / "home")
    shutil.copytree(FIRST_RELEASE, home.path)
    with opened(home) as store:
        execute = store.connection.execute
        assert execute("select version from state.version").fetchall() == [(STATE_VERSION,)]
        assert execute("select count(*) from state.finding").fetchall() == [(20,)]
        reviewed = execute("select card_id, rule_id from state.review").fetchall()
        assert reviewed == [("D3", "death.underlying_cause_matches_sex")]
    run_plain(home, date(2026, 2, 1), quiet)
    with duckdb.connect(str(home.published), read_only=True) as published:
        assert published.execute("select card_id from card.death order by 1").fetchall() == [
            ("D1",),
            ("D2",),
            ("D3",),
        ]
        states = published.execute(
            "select first_found_on, resolved_on from quality.finding where card_id = 'D3' and "
            "rule_id = 'death.underlying_cause_matches_sex'"
        ).fetchall()
    assert states == [(date(2026, 1, 31), date(2026, 2, 1))]  # reviewed and correct since


def test_whatever_a_person_may_put_into_a_home_is_part_of_a_backup() -> None:
    remade = {".lock", ".lock.json", "templates", "spark"}  # spark: cards by county, from raw
    code = "\n".join(file.read_text("utf-8") for file in (ROOT / "flows").rglob("*.py"))
    read = set(re.findall(r'home\.path / "([^"]+)"', code))
    assert "deadline.csv" in read and read - remade <= set(OWN)


def test_raw_is_never_rewritten(home: Home) -> None:
    def sums() -> dict[str, str]:
        return {file.name: sha256(file) for file in home.raw_files}

    before = sums()
    (home.inbox / "more.csv").write_text(death_file(death_line("D0", sex="2"), death_line("N1")))
    run_plain(home, date(2025, 2, 1), quiet)
    assert len(sums()) == len(before) + 1 and before.items() <= sums().items()


def test_a_state_of_a_newer_program_is_refused_with_a_sentence(home: Home) -> None:
    with opened(home) as store:
        store.connection.execute("update state.version set version = version + 1")
    with pytest.raises(UserError, match="更新的版本写成，请升级程序"), opened(home):
        pass


def test_a_home_that_lacks_a_file_of_raw_has_no_backup_and_the_file_is_named(
    home: Home, tmp_path: Path
) -> None:
    lost = home.raw_files[0]
    lost.unlink()
    with pytest.raises(UserError, match=lost.name):
        back_up(home, tmp_path / "backups")
    assert list((tmp_path / "backups").iterdir()) == []
