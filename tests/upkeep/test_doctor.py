"""The doctor names what is wrong; a second writer is told who the first is; tables are guarded."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest

from flows.doctor import examine, is_fit
from flows.home import REFERENCE, Home, today
from flows.lock import BusyError, HomeLock
from flows.plain import run_plain
from flows.population import GROUPS
from flows.reference_check import ReferenceError, faults, require_sound_reference
from tests.flows.conftest import death_file, death_line


def quiet(line: str) -> None:
    """Say nothing."""


@pytest.fixture(scope="module")
def after_a_night(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = Home(tmp_path_factory.mktemp("first") / "home")
    place.prepare()
    (place.inbox / "death.csv").write_text(death_file(*(death_line(f"D{n}") for n in range(5))))
    run_plain(place, today(), quiet)
    return place.path


@pytest.fixture
def home(after_a_night: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.delenv("ZHIKONG_KEY", raising=False)
    shutil.copytree(after_a_night, tmp_path / "home")
    return Home(tmp_path / "home")


def states(home: Home) -> dict[str, str]:
    return dict(examine(home).select("check", "state").iter_rows())


def test_a_new_folder_is_fit_but_for_what_is_still_to_come(tmp_path: Path) -> None:
    sights = examine(Home(tmp_path / "new"))
    assert is_fit(sights)
    assert sights.filter(check="state")["seen_zh"][0] == "还没有运行过夜间流程"


def test_a_home_without_population_is_told_so(home: Home) -> None:
    found = states(home)
    assert found["state"] == found["night"] == found["reference"] == "ok"
    assert found["population"] == "bad"


def test_a_clock_set_back_is_seen(home: Home) -> None:
    assert "clock" not in states(home)
    ahead = examine(home, today() - timedelta(days=3))
    assert ahead.filter(check="clock")["state"].to_list() == ["bad"]


def test_a_night_that_did_not_run_is_seen(home: Home) -> None:
    from flows.store import opened

    with opened(home) as store:
        store.connection.execute("update state.run set ended_at = ended_at - interval 3 day")
    assert states(home)["night"] == "bad"


def test_a_readable_key_is_seen(home: Home) -> None:
    (home.keys / "key").chmod(0o644)
    assert states(home)["key"] == "bad"


def test_a_wrong_setting_is_said_and_hides_no_other_check(home: Home) -> None:
    (home.path / "settings.toml").write_text('letter_mod = "weekly"\n')
    sights = examine(home)
    assert "letter_mod" in sights.filter(check="settings")["seen_zh"][0]
    assert sights.filter(check="reference").height == 1


def test_a_second_night_is_refused_with_the_firsts_process_and_start(home: Home) -> None:
    hold = (
        "import sys, time; from pathlib import Path; from flows.home import Home;"
        "from flows.lock import HomeLock; lock = HomeLock(Home(Path(sys.argv[1])));"
        "print('held', flush=True); time.sleep(60)"
    )
    first = subprocess.Popen(
        [sys.executable, "-c", hold, str(home.path)], stdout=subprocess.PIPE, text=True
    )
    try:
        assert first.stdout is not None and first.stdout.readline() == "held\n"
        with pytest.raises(BusyError, match=f"进程 {first.pid}，.*开始于 20"):
            run_plain(home, date(2025, 1, 31), quiet)
    finally:
        first.kill()  # nobody cleans up after a kill: the system lets go of the lock
        first.wait()
    run_plain(home, date(2025, 1, 31), quiet)


def test_the_lock_is_free_again_after_a_failure(home: Home) -> None:
    lock = HomeLock(home)
    lock.release()
    HomeLock(home).release()
    assert not (home.path / ".lock.json").exists()


@pytest.fixture
def tables(tmp_path: Path) -> Path:
    folder = tmp_path / "reference"
    shutil.copytree(REFERENCE, folder)
    return folder


def test_the_shipped_tables_are_sound() -> None:
    assert faults() == []


def edit(file: Path, old: str, new: str) -> None:
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), "utf-8")


def test_a_key_that_stands_twice_is_refused_with_both_rows(tables: Path) -> None:
    edit(tables / "age_group.csv", "\n1-4,", "\n0,")
    with pytest.raises(ReferenceError, match=r"age_group\.csv 第 3 行：与第 2 行的 age_group 相同"):
        require_sound_reference(tables)


def test_a_code_nobody_has_is_refused_with_its_row(tables: Path) -> None:
    first = (tables / "town.csv").read_text("utf-8").splitlines()[1]
    county = first.split(",")[1]
    edit(tables / "town.csv", f",{county},", ",999999,")
    assert [str(fault) for fault in faults(tables)] == [
        "reference/town.csv 第 2 行：county_code 的 999999 不在编码表中"
    ]


@pytest.mark.parametrize(
    ("until", "said"), [("2025-12-30", "之间有空缺"), ("2026-01-01", "重叠"), ("", "重叠")]
)
def test_a_gap_or_an_overlap_between_dates_is_refused(tables: Path, until: str, said: str) -> None:
    (tables / "reference_key.csv").write_text("table,key,codes,series\nlimit,no,,rule\n")
    (tables / "limit.csv").write_text(
        f"no,rule,valid_from,valid_to\n1,a,2014-01-01,{until}\n2,a,2026-01-01,\n"
    )
    (fault,) = faults(tables)
    assert fault.row == 3 and said in fault.reason_zh


def test_one_period_follows_the_other_without_a_word(tables: Path) -> None:
    (tables / "reference_key.csv").write_text("table,key,codes,series\nlimit,no,,rule\n")
    (tables / "limit.csv").write_text(
        "no,rule,valid_from,valid_to\n1,a,2014-01-01,2025-12-31\n2,a,2026-01-01,\n"
    )
    assert faults(tables) == []


def test_china_has_one_day_whatever_the_machines_zone(monkeypatch: pytest.MonkeyPatch) -> None:
    days = set()
    for zone in ("UTC", "America/Los_Angeles", "Asia/Shanghai", "Pacific/Kiritimati"):
        monkeypatch.setenv("TZ", zone)
        time.tzset()
        days.add(today())
    monkeypatch.undo()
    time.tzset()
    assert len(days) == 1 and os.environ.get("TZ") != "Pacific/Kiritimati"


def test_a_population_of_one_sex_is_none(home: Home) -> None:
    rows = [
        f"('330329', {today().year - 1}, 'registered', '{sex}', '{group}', 100)"
        for sex in "12"
        for group in GROUPS
    ]
    columns = "area_code, year, residency, sex, age_group, population"
    insert = f"insert into reference.population ({columns}) values "
    for values, state in ((rows[:19], "bad"), (rows[19:], "ok")):
        with duckdb.connect(str(home.published)) as connection:
            connection.execute(insert + ", ".join(values))
        assert states(home)["population"] == state


def test_an_export_that_waits_for_an_answer_is_seen(home: Home) -> None:
    assert "held" not in states(home)
    with duckdb.connect(str(home.published)) as connection:
        connection.execute(
            "insert into quality.finding (rule_id, source_file)"
            " values ('file.held_for_lost_column', 'death.csv')"
        )
    assert states(home)["held"] == "look"
