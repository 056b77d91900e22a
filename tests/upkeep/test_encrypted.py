"""With `encrypt_published` every reader still reads, whoever has no key does not."""

from __future__ import annotations

import subprocess
import sys
from datetime import date
from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner

from flows.cli import app
from flows.freeze.record import find, freeze
from flows.home import Home, UserError
from flows.plain import run_plain
from flows.previous import kept, night_of, put_back
from flows.published import open_any, open_published
from flows.published_file import PUBLISHED_VERSION, is_encrypted, open_file
from flows.sample import write_sample
from flows.sandbox import run_query
from tests.trust.picture import KEY

SETTINGS = "encrypt_published = true\npublish_by_county = true\n"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A county with a published night of one day and an earlier one kept, both encrypted."""
    folder = tmp_path_factory.mktemp("encrypted") / "home"
    write_sample(folder, year=2025, deaths=20, faults=0.05, seed=1, area="330329", preset=None)
    (folder / "settings.toml").write_text(SETTINGS)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ZHIKONG_KEY", KEY)
        for day in (30, 31):
            run_plain(Home(folder), date(2026, 1, day), lambda line: None)
    return Home(folder)


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZHIKONG_KEY", KEY)
    monkeypatch.delenv("ZHIKONG_PUBLISHED_KEY", raising=False)


@pytest.fixture
def at_a_desk(home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """An epidemiologist's own computer: the published file and nothing else of the home."""
    (tmp_path / "surveillance.duckdb").write_bytes(home.published.read_bytes())
    monkeypatch.delenv("ZHIKONG_KEY")
    return Home(tmp_path)


def test_the_file_says_nothing_without_its_key(home: Home) -> None:
    with open_published(home) as connection:
        card_ids = connection.execute("select card_id from card.death limit 20").fetchall()
    data = home.published.read_bytes()
    assert is_encrypted(home.published) and card_ids
    assert not any(card_id.encode() in data for (card_id,) in card_ids)
    assert b"card_id" not in data and b"underlying_cause" not in data
    with pytest.raises(duckdb.Error, match="without a key"):
        duckdb.connect(str(home.published), read_only=True)


def test_files_of_counties_are_encrypted_with_the_same_key(home: Home) -> None:
    file = home.path / "published" / "330329.duckdb"
    assert is_encrypted(file)
    counted = "select count(*) as n from card.death"
    answer = CliRunner().invoke(app, ["query", counted, "--county", "330329",
                                      "--home", str(home.path), "--format", "csv"])  # fmt: skip
    with open_file(file, home.published_key) as connection:
        (count,) = connection.execute(counted).fetchall()[0]
    assert count > 0 and answer.output.split() == ["n", str(count)]


@pytest.mark.parametrize(
    "words",
    [
        ["query", "select count(*) as n from surveillance.card.death"], ["findings"],
        ["score", "--year", "2026"], ["score", "--year", "2026", "--wide"], ["tasks"], ["doctor"],
        ["dashboard"], ["letters"], ["brief", "--month", "2025-12"], ["report", "--year", "2025"],
        ["evidence", "--year", "2026"], ["restore", "--list"],
        ["desk", "--by", "合成甲", "--reason", "核对"],
        ["query", "from standardised_rate('death')"],
    ],
)  # fmt: skip
def test_every_command_that_reads_it_still_does(
    home: Home, words: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ZHIKONG_DESK_PASSWORD", "合成口令-123456")
    done = CliRunner().invoke(app, [*words, "--home", str(home.path)])
    assert done.exit_code == 0, (done.output, done.exception)
    assert words != ["doctor"] or "published：已加密，可以打开" in done.output


def test_earlier_files_are_listed_and_put_back(home: Home) -> None:
    (earlier,) = kept(home)
    assert is_encrypted(earlier) and night_of(home, earlier) == "2026-01-30"
    put_back(home, 1)
    assert night_of(home, home.published) == "2026-01-30"
    put_back(home, 1)
    assert night_of(home, home.published) == "2026-01-31"


def test_a_frozen_year_is_encrypted_too(home: Home) -> None:
    made = freeze(home, 2025, "年报", "合成甲")
    assert is_encrypted(made.home.published)
    assert find(home, "年报") == made


def test_an_epidemiologist_reads_with_the_published_key_alone(
    home: Home, at_a_desk: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = subprocess.run(
        [sys.executable, "-c", "from flows.cli import main; main()", "published-key"],
        env={"PATH": "", "PYTHONPATH": ":".join(sys.path), "ZHIKONG_KEY": KEY,
             "ZHIKONG_HOME": str(home.path)},
        capture_output=True, text=True, check=True,
    ).stdout.strip()  # fmt: skip
    assert len(given) == 32 and given != KEY
    with pytest.raises(UserError, match="published-key"):
        run_query(at_a_desk.path, "select 1 as one")
    monkeypatch.setenv("ZHIKONG_PUBLISHED_KEY", given)
    found = run_query(at_a_desk.path, "select count(*) as n from card.death")
    assert found["n"][0] > 0
    assert not at_a_desk.keys.exists()  # no key was made for a home that is none
    monkeypatch.setenv("ZHIKONG_PUBLISHED_KEY", "x" * 32)
    with pytest.raises(UserError, match="密钥不符"):
        run_query(at_a_desk.path, "select 1 as one")


def test_any_client_attaches_it_as_the_manual_says(home: Home, at_a_desk: Home) -> None:
    """No extension of ours: what comes with DuckDB reads it."""
    connection = duckdb.connect(config={"autoinstall_known_extensions": "false"})
    connection.execute(
        f"attach '{at_a_desk.published}' as surveillance "
        f"(read_only, encryption_key '{home.published_key}')"
    )
    connection.execute("use surveillance")
    assert connection.execute("select as_of from reference.home").fetchall() == [
        (date(2026, 1, 31),)
    ]
    connection.close()


def test_the_published_key_opens_neither_state_nor_raw(home: Home) -> None:
    from flows.store import connect

    connection = connect()
    with pytest.raises(duckdb.Error, match="Wrong encryption key"):
        connection.execute(
            f"attach '{home.state}' as s (read_only, encryption_key '{home.published_key}')"
        )
    connection.close()


@pytest.mark.parametrize(
    "sql", ["from duckdb_secrets()", "from duckdb_settings()", "from duckdb_logs()",
            "select getenv('ZHIKONG_KEY')", "from duckdb_databases()"],
)  # fmt: skip
def test_sql_does_not_come_at_the_key(home: Home, sql: str) -> None:
    with pytest.raises(UserError):
        run_query(home.path, sql)


def test_a_key_of_ones_own_takes_the_derived_ones_place(home: Home, tmp_path: Path) -> None:
    other = Home(tmp_path)
    other.prepare()
    assert other.published_key == Home(home.path).published_key  # the same home key
    (other.keys / "published_key").write_text("own key of the county\n")
    assert Home(tmp_path).published_key == "own key of the county"


def test_the_setting_takes_effect_with_the_next_night_and_old_files_stay_readable(
    home: Home, tmp_path: Path
) -> None:
    import shutil

    shutil.copytree(home.path, tmp_path / "home")
    (tmp_path / "home" / "settings.toml").write_text("")
    plain = Home(tmp_path / "home")
    run_plain(plain, date(2026, 2, 1), lambda line: None)
    assert not is_encrypted(plain.published)
    assert night_of(plain, plain.published) == "2026-02-01"
    assert [night_of(plain, file) for file in kept(plain)] == ["2026-01-31", "2026-01-30"]


def test_a_file_of_a_newer_program_is_refused_with_a_sentence(home: Home, tmp_path: Path) -> None:
    file = tmp_path / "surveillance.duckdb"
    file.write_bytes(home.published.read_bytes())
    with open_any(home, file, read_only=False) as connection:
        connection.execute(f"update reference.home set schema_version = {PUBLISHED_VERSION + 1}")
    with pytest.raises(UserError, match=f"结构版本 {PUBLISHED_VERSION + 1}.*请升级程序"):
        open_any(home, file)
    with open_published(home) as connection:
        assert connection.execute("select schema_version from reference.home").fetchall() == [
            (PUBLISHED_VERSION,)
        ]


def test_a_file_from_before_there_was_a_version_is_read(tmp_path: Path) -> None:
    file = tmp_path / "old.duckdb"
    with duckdb.connect(str(file)) as connection:
        connection.execute("create schema reference")
        connection.execute("create table reference.home as select date '2025-01-01' as as_of")
    with open_file(file) as connection:
        assert connection.execute("select count(*) from reference.home").fetchall() == [(1,)]
