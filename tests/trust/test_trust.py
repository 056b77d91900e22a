"""Trust in small: the same harness as `make trust`, with fewer blows, files and readers."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from tests.trust.fuzz import corpus, fuzz
from tests.trust.kills import START_UP, survive
from tests.trust.leak import scan, secrets_of
from tests.trust.picture import KEY
from tests.trust.places import leaks
from tests.trust.readers import read_while_writing
from tests.trust.run import samples


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZHIKONG_KEY", KEY)


@pytest.fixture(scope="module")
def deliveries(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return samples(tmp_path_factory.mktemp("samples"))


@pytest.mark.slow
def test_killed_nights_end_like_one_left_in_peace(
    tmp_path: Path, deliveries: tuple[Path, Path]
) -> None:
    done = survive(tmp_path, *deliveries, 4, seed=3, in_a_row=4)
    assert done.kills == 4 and len(set(done.landed) - {START_UP}) > 1


@pytest.mark.slow
def test_readers_never_see_half_a_night(tmp_path: Path, deliveries: tuple[Path, Path]) -> None:
    read = read_while_writing(tmp_path, deliveries[0], readers=4, nights=2)
    assert (read.errors, read.torn) == ([], 0)
    assert read.nights_seen >= 2 and read.reads > 4


@pytest.mark.slow
def test_nothing_that_identifies_a_person_leaves_raw_and_state(
    tmp_path: Path, deliveries: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PREFECT_HOME", str(tmp_path / "prefect"))
    found = leaks(tmp_path, deliveries[0], failing=("--no-prefect",))
    assert all(found.secrets.values()) and found.places > 100
    assert (found.hits, found.dumps) == ([], [])


def test_mutated_files_are_read_or_refused_and_rows_add_up(
    tmp_path: Path, deliveries: tuple[Path, Path]
) -> None:
    done = fuzz(tmp_path / "runs", corpus(tmp_path / "seeds", deliveries[0]), 200, seed=11)
    assert done.faults == []
    assert done.files == 200 and done.loaded > 0 and sum(done.refused.values()) > 0


def test_the_scanner_finds_what_is_packed_and_escaped(tmp_path: Path) -> None:
    secrets = secrets_of([{"id_number": "330329199001010017", "name": "合成甲乙"}])
    with zipfile.ZipFile(tmp_path / "a.xlsx", "w") as book:
        book.writestr("xl/sharedStrings.xml", "<t>合成甲乙</t>")
    (tmp_path / "b.json").write_text('{"who": "\\u5408\\u6210\\u7532\\u4e59"}')
    (tmp_path / "c.log").write_text("id 330329199001010017")
    (tmp_path / "d.txt").write_text("nothing")
    assert {hit.split(":")[0] for hit in scan([tmp_path], secrets).hits} == {
        "a.xlsx",
        "b.json",
        "c.log",
    }
