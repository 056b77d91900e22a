"""Answers of several workers become one judgement; cards are written once."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl
import pytest

pytest.importorskip("pyspark", reason="Spark is tested in its own environment: make spark")

from flows.spark import judge
from flows.spark.cards import Part, read_parts, unread_of, write_parts
from flows.spark.judge import ANSWER, in_tasks, together
from tests.spark.conftest import KEY

FIRST = Part("first", pl.Series([0, 3]))
SECOND = Part("second", pl.Series([1, 2]))
MALFORMED = pl.DataFrame(
    {"row_index": [1, 2, 2], "field": ["birth_date", "sex", "birth_date"]},
    schema={"row_index": pl.UInt32, "field": pl.String},
)


def cards(*names: str) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "name": names,
            "area_code": ["330329", "330326", None, "330329"],
            "residence_area_code": [None, None, "330302", None],
            "report_area_code": "330329",
            "year": pl.Series([2024, 2024, None, 2025], dtype=pl.Int32),
            "event_date": [date(2024, 1, 1), date(2024, 5, 6), None, date(2025, 2, 3)],
        }
    )


FOUR = ("合成甲", "合成乙", "合成丙", "合成丁")


def answers(*rows: dict[str, object]) -> pl.DataFrame:
    return pl.DataFrame(list(rows), schema=ANSWER)


def count(task: int, rule: str, checked: int, failing: int) -> dict[str, object]:
    status = "failed" if failing else "passed"
    return {
        "task": task, "rule_id": rule, "org_code": "H1", "month": "2024-01",
        "checked_count": checked, "failing_count": failing, "status": status,
    }  # fmt: skip


def nothing(task: int, rule: str, status: str) -> dict[str, object]:
    return {
        "task": task, "rule_id": rule, "checked_count": 0, "failing_count": 0, "status": status
    }  # fmt: skip


def finding(task: int, row: int, rule: str) -> dict[str, object]:
    return {"task": task, "row_index": row, "rule_id": rule, "field": "sex"}


def test_counts_are_added_and_the_state_follows_from_the_sum() -> None:
    made = together(
        [[FIRST], [SECOND]], answers(count(0, "a", 5, 0), count(1, "a", 7, 2), finding(1, 0, "a"))
    )
    assert made.results.rows() == [("a", "H1", "2024-01", 12, 2, "failed")]
    assert made.findings.rows() == [(1, "a", "sex")]


def test_a_finding_goes_back_to_its_row_of_the_whole_frame() -> None:
    made = together(
        [[FIRST, SECOND]],
        answers(*(finding(0, row, "a") for row in range(4)), count(0, "a", 4, 4)),
    )
    assert sorted(made.findings["row_index"]) == [0, 1, 2, 3]
    one = together([[SECOND, FIRST]], answers(finding(0, 3, "a"), count(0, "a", 4, 1)))
    assert one.findings["row_index"].to_list() == [3]


def test_a_rule_that_no_worker_could_apply_is_said_so_once() -> None:
    made = together(
        [[FIRST], [SECOND]],
        answers(
            nothing(0, "a", "not_applicable"),
            nothing(1, "a", "not_applicable"),
            nothing(0, "b", "not_applicable"),
            count(1, "b", 3, 0),
        ),
    )
    assert made.results.select("rule_id", "status").rows() == [
        ("a", "not_applicable"),
        ("b", "passed"),
    ]


def test_a_rule_that_crashed_on_one_worker_is_broken_on_all() -> None:
    made = together(
        [[FIRST], [SECOND]],
        answers(
            nothing(0, "a", "broken"),
            count(1, "a", 3, 1),
            finding(1, 0, "a"),
            nothing(0, "b", "not_applicable"),
            nothing(1, "b", "broken"),
        ),
    )
    assert made.broken == ["a", "b"]
    assert made.findings.is_empty()
    assert made.results.select("rule_id", "checked_count", "status").rows() == [
        ("a", 0, "broken"),
        ("b", 0, "broken"),
    ]


def test_a_part_is_a_county_and_year_and_holds_what_could_not_be_read(tmp_path: Path) -> None:
    parts = write_parts(cards(*FOUR), MALFORMED, "death", tmp_path, KEY)
    places = {
        str(Path(part.file).parent.relative_to(tmp_path)): part.places.to_list() for part in parts
    }
    assert places == {
        "death/county=330302/year=0": [2],
        "death/county=330326/year=2024": [1],
        "death/county=330329/year=2024": [0],
        "death/county=330329/year=2025": [3],
    }
    whole, unread = unread_of(read_parts([part.file for part in parts], KEY))
    order = pl.concat([part.places for part in parts])
    assert whole.equals(cards(*FOUR)[order])
    assert unread.sort("row_index", "field").rows() == [
        (0, "birth_date"), (0, "sex"), (1, "birth_date"),
    ]  # fmt: skip


def test_only_the_county_and_year_that_changed_is_written_again(tmp_path: Path) -> None:
    nobody = MALFORMED.clear()
    before = write_parts(cards(*FOUR), nobody, "death", tmp_path, KEY)
    stamps = {part.file: Path(part.file).stat().st_mtime_ns for part in before}
    after = write_parts(
        cards("合成甲", "合成乙", "合成丙", "合成戊"), nobody, "death", tmp_path, KEY
    )
    kept = [part.file for part in after if part.file in stamps]
    assert len(kept) == 3
    assert all(Path(file).stat().st_mtime_ns == stamps[file] for file in kept)
    on_disk = {str(file) for file in tmp_path.glob("death/*/*/*")}
    assert on_disk == {part.file for part in after}


def test_a_part_shows_nothing_without_the_key(tmp_path: Path) -> None:
    (part, *_) = write_parts(cards(*FOUR), MALFORMED, "death", tmp_path, KEY)
    file = Path(part.file)
    assert "合成".encode() not in file.read_bytes()
    assert file.stat().st_mode & 0o777 == 0o600
    with pytest.raises(Exception, match=r"key|decrypt|tag"):
        read_parts([part.file], "f" * 32)


def test_tasks_hold_every_part_once_and_are_not_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judge, "SMALLEST", 10)
    monkeypatch.setattr(judge, "LARGEST", 60)
    parts = [Part(str(size), pl.Series(range(size))) for size in (5, 1, 90, 3, 40, 7)]
    named = [[part.file for part in task] for task in in_tasks(parts, cores=1)]
    assert named == [["5", "1"], ["90"], ["3", "40", "7"]]
    assert [[part.file for part in task] for task in in_tasks(parts, cores=100)] == [
        ["5", "1"], ["90"], ["3"], ["40"], ["7"],
    ]  # fmt: skip
