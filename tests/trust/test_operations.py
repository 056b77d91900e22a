"""Modes, bad days, a broken rule and what an operator is told: one small home, one night each."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path

import duckdb
import polars as pl
import pytest

from flows.attempt import attempt
from flows.backup import back_up
from flows.fault import NightError
from flows.home import Home, UserError
from flows.night import STEPS
from flows.plain import run_plain
from flows.store import opened
from flows.trouble import trouble
from tests.flows.conftest import death_file, death_line
from tests.trust.picture import KEY, environment, night_command, published_tables
from validators.rule import Facts

FIRST, SECOND = date(2025, 1, 31), date(2025, 2, 1)
BAD = {"cause": "C53.9", "sex": "1"}


def quiet(line: str) -> None:
    """Say nothing."""


@pytest.fixture(scope="module")
def after_a_night(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home after a plain night of its own process, under the loosest umask there is."""
    home = Home(tmp_path_factory.mktemp("first") / "home")
    (home.path / "inbox").mkdir(parents=True)
    (home.inbox / "death.csv").write_text(
        death_file(*(death_line(f"D{n}", **BAD) for n in range(5)))
    )
    known = {name: value for name, value in environment().items() if name != "ZHIKONG_KEY"}
    done = subprocess.run(
        night_command(home.path, FIRST.isoformat()),
        env=known, capture_output=True, text=True, umask=0, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    (home.path.parent / "said").write_text(done.stdout)
    return home.path


@pytest.fixture
def home(after_a_night: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.delenv("ZHIKONG_KEY", raising=False)
    shutil.copytree(after_a_night, tmp_path / "home")
    return Home(tmp_path / "home")


def failing(step: str, error: BaseException) -> dict[str, Callable[[object], None]]:
    """The night's steps with one that raises."""

    def fail(tonight: object) -> None:
        raise error

    return {name: fail if name == step else run for name, run in STEPS.items()}  # type: ignore[misc]


def runs(home: Home) -> list[tuple[object, ...]]:
    with opened(home) as store:
        return store.connection.execute(
            "select night, status, note from state.run order by started_at"
        ).fetchall()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no modes")
def test_nobody_else_on_the_machine_reads_what_a_night_wrote(after_a_night: Path) -> None:
    seen = {}
    for path in sorted(after_a_night.rglob("*")):
        name = path.relative_to(after_a_night).as_posix()
        if not name.startswith("inbox"):
            seen[name] = stat.S_IMODE(path.stat().st_mode)
    assert {seen["raw"], seen["keys"]} == {0o700}
    assert {seen["keys/key"], seen["state.duckdb"]} == {0o600}
    assert {mode for name, mode in seen.items() if name.startswith("raw/")} == {0o600}
    assert seen["surveillance.duckdb"] == 0o640
    assert {name: oct(mode) for name, mode in seen.items() if mode & 0o007} == {}


def test_the_first_night_says_where_the_key_is_and_the_second_does_not(
    after_a_night: Path, home: Home
) -> None:
    said = (after_a_night.parent / "said").read_text()
    assert f"已生成密钥 {after_a_night / 'keys' / 'key'}" in said and "抄存一份" in said
    assert "已生成密钥" not in run_plain(home, SECOND, quiet)


@pytest.mark.parametrize("step", ["receive", "validate", "publish", "present"])
def test_a_failed_night_is_written_down_and_can_run_again(
    home: Home, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    before = published_tables(home.published)
    monkeypatch.setattr("flows.plain.STEPS", failing(step, ValueError("合成甲 330329")))
    with pytest.raises(NightError):
        run_plain(home, SECOND, quiet)
    night, status, note = runs(home)[-1]
    assert (night, status, note) == (SECOND, "failed", f"{step}：NightError")
    log = next(home.logs.glob("night-*.log")).read_text()
    assert f"未完成（步骤 {step}）" in log and "合成甲" not in log
    if step != "present":
        assert published_tables(home.published) == before
    monkeypatch.undo()
    run_plain(home, SECOND, quiet)
    assert runs(home)[-1][:2] == (SECOND, "done")


def test_a_failed_night_does_not_make_the_next_one_a_look_back(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("flows.plain.STEPS", failing("receive", UserError("缺")))
    with pytest.raises(UserError):
        run_plain(home, date(2025, 12, 31), quiet)
    with attempt(home, SECOND) as tried:
        assert not tried.tonight.is_look_back


def test_a_clock_that_jumps_back_changes_no_history(home: Home) -> None:
    def history() -> list[tuple[object, ...]]:
        with opened(home) as store:
            return store.connection.execute(
                "select * exclude (last_found_on) from state.finding order by finding_id"
            ).fetchall()

    before = history()
    run_plain(home, date(2024, 12, 1), quiet)
    assert before and history() == before


@pytest.mark.skipif(sys.platform == "win32", reason="limits of a process are POSIX")
def test_a_full_disk_leaves_yesterdays_file_and_says_what_to_do(home: Home) -> None:
    """The system refuses every file beyond a size, as a full disk does, wherever it strikes."""
    before = published_tables(home.published)
    limited = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (1_500_000, 1_500_000));"
    command = night_command(home.path, SECOND.isoformat())
    command[2] = limited + command[2]
    known = {name: value for name, value in environment().items() if name != "ZHIKONG_KEY"}
    done = subprocess.run(command, env=known, capture_output=True, text=True, check=False)
    assert done.returncode == 2, done.stderr
    assert "磁盘空间不足" in done.stderr and "Traceback" not in done.stderr
    assert published_tables(home.published) == before
    assert not list(home.path.glob("*.draft"))
    run_plain(home, SECOND, quiet)
    with duckdb.connect(str(home.published), read_only=True) as published:
        assert published.execute("select as_of from reference.home").fetchall() == [(SECOND,)]


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (OSError(28, "No space left on device"), "磁盘空间不足"),
        (OSError(30, "Read-only file system", "/data/home"), "无法写入 /data/home"),
        (PermissionError(13, "Permission denied", "/data/home"), "无法写入 /data/home"),
        (duckdb.IOException("IO Error: Cannot open file: Read-only file system"), "无法写入"),
        (duckdb.IOException("Could not write file: No space left on device"), "磁盘空间不足"),
        (MemoryError(), "内存不足"),
    ],
)
def test_what_the_machine_lacks_is_told_without_a_trace(error: Exception, said: str) -> None:
    told = trouble(error)
    assert told is not None and said in str(told)


def test_a_fault_of_ours_is_not_taken_for_the_machines() -> None:
    assert trouble(ValueError("No space left")) is None
    assert trouble(duckdb.BinderException("合成甲")) is None


def test_a_home_that_cannot_be_made_is_the_users_mistake(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = subprocess.run(
        night_command(tmp_path / "file" / "home", "2025-01-31"),
        env=environment(), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (2, "")
    assert "找不到或无法打开" in done.stderr and "Traceback" not in done.stderr


def test_a_file_that_vanishes_or_grows_while_it_is_read_waits(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    from flows import open_file

    real = open_file.read
    (home.inbox / "gone.csv").write_text(death_file(death_line("G1")))
    (home.inbox / "grows.csv").write_text(death_file(death_line("W1")))

    def reading(path: Path, *more: object) -> object:
        sheets = list(real(path, *more))  # type: ignore[arg-type]
        if path.name == "gone.csv":
            path.unlink()
        if path.name == "grows.csv":
            with path.open("a") as stream:
                stream.write(death_line("W2") + "\n")
        return sheets

    monkeypatch.setattr(open_file, "read", reading)
    with attempt(home, SECOND) as tried:
        STEPS["receive"](tried.tonight)
        assert sorted(fault.source_file for fault in tried.tonight.waiting) == [
            "gone.csv", "grows.csv",
        ]  # fmt: skip
    monkeypatch.setattr(open_file, "read", real)
    with attempt(home, SECOND) as tried:
        STEPS["receive"](tried.tonight)
        assert tried.tonight.waiting == []
        assert dict(tried.tonight.sheets.select("source_file", "loaded_rows").iter_rows()) == {
            "death.csv": 5, "grows.csv": 2,
        }  # fmt: skip


@pytest.mark.parametrize("place", [0, 5000, 600_000])
def test_a_damaged_state_says_how_to_restore(home: Home, place: int) -> None:
    data = bytearray(home.state.read_bytes())
    data[place : place + 9000] = bytes(9000)
    home.state.write_bytes(data)
    try:
        run_plain(home, SECOND, quiet)
    except UserError as error:
        assert "zhikong restore" in str(error)
    else:  # an unused block was hit: nothing may have changed
        assert runs(home)[-1][:2] == (SECOND, "done")
        assert place == 600_000


def test_a_damaged_raw_file_says_how_to_restore(home: Home) -> None:
    file = home.raw_files[0]
    data = bytearray(file.read_bytes())
    data[len(data) // 3] ^= 1
    file.write_bytes(data)
    before = published_tables(home.published)
    # What the rows became is read back from the shelf: it takes who reads raw itself to notice.
    with pytest.raises(UserError, match="zhikong restore"):
        run_plain(home, SECOND, quiet, is_full=True)
    assert published_tables(home.published) == before
    with pytest.raises(UserError, match=r"已损坏|无法用本机的密钥读取"):
        back_up(home, home.path.parent / "copies")


def test_a_lost_key_is_told_and_nothing_is_made_anew(home: Home) -> None:
    (home.keys / "key").unlink()
    with pytest.raises(UserError, match="找不到密钥"):
        run_plain(home, SECOND, quiet)
    assert not (home.keys / "key").exists()


def test_a_rule_that_raises_accuses_nobody_and_the_night_finishes(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    with duckdb.connect(str(home.published), read_only=True) as published:
        (rule, count) = published.execute(
            "select rule_id, count(*) from quality.finding where field = 'underlying_cause' "
            "and resolved_on is null and severity = 'error' group by 1 order by 2 desc, 1 limit 1"
        ).fetchall()[0]
    assert count == 5  # it speaks of every card while it works
    real = Facts.concern

    def raising(self: Facts, field: str) -> pl.Expr | None:
        if self.name == rule.split(".", 1)[1]:
            raise RuntimeError("合成甲")
        return real(self, field)

    monkeypatch.setattr(Facts, "concern", raising)
    (home.inbox / "more.csv").write_text(death_file(death_line("N1", **BAD)))
    told = run_plain(home, SECOND, quiet)
    assert f"规则 {rule} 运行失败" in told and "合成甲" not in told
    with duckdb.connect(str(home.published), read_only=True) as published:
        results = published.execute(
            "select status, checked_count, failing_count from quality.rule_result "
            "where rule_id = ?", [rule],
        ).fetchall()  # fmt: skip
        states = published.execute(
            "select distinct card_id, resolved_on, channel from quality.finding "
            "where rule_id = ? order by 1", [rule],
        ).fetchall()  # fmt: skip
        new = published.execute(
            "select count(*) from quality.finding where rule_id = ? and card_id = 'N1'", [rule]
        ).fetchall()
        asked = published.execute(
            "select count(*) from quality.letter_row where rule_id = ?", [rule]
        ).fetchall()
    assert results == [("broken", 0, 0)]
    # That a crashed rule finds nothing does not mean that anybody corrected anything.
    assert states == [(f"D{n}", None, "county") for n in range(5)]
    assert new == asked == [(0,)]
    assert rule in str(runs(home)[-1][2])


def test_old_run_logs_go_and_todays_stays(home: Home) -> None:
    (home.path / "settings.toml").write_text("keep_logs = 2\n")
    for day in range(1, 6):
        (home.logs / f"night-2020-01-0{day}.log").write_text("old\n")
    with attempt(Home(home.path), SECOND):
        pass
    assert len(list(home.logs.iterdir())) == 2
    assert (home.logs / "night-2020-01-05.log").exists()


def test_the_operator_hears_of_a_failure_by_mail_without_data(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    import flows.letters.mail as mail

    sent = []

    class Server:
        sock = object()

        def send_message(self, message: object, sender: str, to: list[str]) -> None:
            sent.append((str(message["Subject"]), message.get_content(), sender, to))  # type: ignore[index, attr-defined]

        def quit(self) -> None:
            """Say good-bye."""

    monkeypatch.setattr(mail.Mailer, "connect", lambda self: Server())
    (home.path / "settings.toml").write_text(
        'mail = true\nsmtp_host = "h"\nsmtp_from = "a@example.org"\n'
        'operator_email = "b@example.org"\n'
    )
    monkeypatch.setattr("flows.plain.STEPS", failing("validate", ValueError("合成甲")))
    with pytest.raises(NightError):
        run_plain(Home(home.path), SECOND, quiet)
    ((subject, text, sender, to),) = sent
    assert (subject, sender, to) == ("质控夜间流程未完成", "a@example.org", ["b@example.org"])
    assert "步骤 validate 未完成" in text and "合成甲" not in text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x = " + "[" * 5000 + "]" * 5000, "嵌套过深"),
        ("# " + "x" * 300_000, "超过 256 KB"),
        ("area = 330329", "area"),
        ('criteria = "zj"', "criteria"),
        ("query_rows = 0", "query_rows"),
        ("a = 1\na = 2", "不是有效的 TOML"),
        ('[area]\nx = "1"', "area"),
    ],
)
def test_settings_that_surprise_are_named(home: Home, text: str, said: str) -> None:
    (home.path / "settings.toml").write_text(text)
    with pytest.raises(UserError, match=said):
        run_plain(Home(home.path), SECOND, quiet)


def test_settings_saved_by_notepad_are_read(home: Home) -> None:
    (home.path / "settings.toml").write_bytes('\ufeffarea = "330329"\r\n'.encode())
    assert Home(home.path).settings.area == "330329"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('complete = "false"', "complete 应为true 或 false"),
        ("accept_withdrawal = 1", "accept_withdrawal 应为"),
        ("area_code = 330329", "area_code 应为带引号的文字"),
        ("basis = []", "basis 应为"),
        ("x = " + "[" * 5000, "嵌套过深|不是有效的 TOML"),
        ("from = 2024", "from"),
        ('card_type = "deaths"', "card_type"),
        ('card_type = "death"\ndate_field = "deathdate"', "date_field 应为 .*death_date"),
        ('date_field = "onset_date"', "写明 card_type"),
        ('area_code = "330329105"', "6 位"),
    ],
)
def test_a_scope_that_surprises_waits_and_withdraws_nothing(
    tmp_path: Path, text: str, said: str
) -> None:
    from flows.scope import ScopeError, read_scope

    (tmp_path / "a.csv.scope.toml").write_text(text)
    with pytest.raises(ScopeError, match=said):
        read_scope(tmp_path / "a.csv")


def test_the_key_of_the_harness_is_not_the_one_of_a_home(after_a_night: Path) -> None:
    assert (after_a_night / "keys" / "key").read_text() != KEY
    assert "ZHIKONG_KEY" not in os.environ or os.environ["ZHIKONG_KEY"] == KEY
