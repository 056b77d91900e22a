"""Criteria files: what is judged, for how many points, by which test. All of it is data.

A set is ``reference/criteria/<name>.csv`` with exactly the columns of ``COLUMNS`` and, where it has
something to say about the whole set, ``<name>.toml`` beside it (title, cut-off day, windows).
"""

from __future__ import annotations

import csv
import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flows.home import UserError

COLUMNS = [
    *("criteria_set", "item_no", "criterion_no", "points_max", "indicator", "test"),
    *("requirement_zh", "responsible_zh", "assisting_zh", "how_read", "data_year_offset"),
    *("scored_residency", "gap_counts"),
]
#: A number of records to work on may be named only where the remedy is work on existing records
#: (docs/definitions.md). For every other indicator the number must reflect reality.
COUNTABLE = re.compile(
    r"death_reporting_coverage_\w+|death_audit_\w+|chronic_audit_percent|unknown_cause_\w+"
    r"|inaccurate_cause_\w+|cause_chain_complete_percent|id_number_filled_percent"
    r"|death_certificate_\w+|morphologically_verified_\w+|icdo3_coded_percent"
    r"|underreporting_survey_\w+|annual_report_element_\w+"
)
NUMBER = r"(\d+(?:\.\d+)?)"
OPERATOR = r"(>=|<=|>|<)"


class CriteriaError(UserError):
    """A criteria file cannot be used; the message names file, row and column."""


@dataclass(frozen=True)
class Threshold:
    """``>= 100``: the value against a number."""

    operator: str
    limit: float


@dataclass(frozen=True)
class UrbanRural:
    """``>= 5 urban; >= 6 rural``: one threshold for each class of county."""

    urban: Threshold
    rural: Threshold


@dataclass(frozen=True)
class AgainstIndicator:
    """``>= coronary_mortality_per_100k``: the value against another indicator."""

    operator: str
    indicator: str


@dataclass(frozen=True)
class Band:
    """``0.6 <= x <= 0.8``: the value between two numbers, ends in or out as written."""

    low: float
    low_operator: str
    high_operator: str
    high: float


@dataclass(frozen=True)
class PerPoint:
    """``5 minus 1 per started point above 5; floor 0``: points lost by the point above a limit."""

    full: float
    step: float
    started: bool
    above: float
    floor: float


@dataclass(frozen=True)
class Present:
    """``present``: the element stands in a document that somebody issued."""


@dataclass(frozen=True)
class SurveyWithin:
    """``survey within the last 3 calendar years and process documents complete``."""

    years: int


@dataclass(frozen=True)
class Document:
    """A plan, report or completed field work that evidence speaks for and people judge."""

    what: str


Test = (
    Threshold | UrbanRural | AgainstIndicator | Band | PerPoint | Present | SurveyWithin | Document
)


@dataclass(frozen=True)
class Criterion:
    """One line of a criteria file."""

    criteria_set: str
    item_no: int
    criterion_no: int
    points_max: float
    indicator: str
    test: Test
    requirement_zh: str
    responsible_zh: str
    assisting_zh: str
    how_read: str
    data_year_offset: int
    scored_residency: str | None
    gap_counts: bool


@dataclass(frozen=True)
class CriteriaSet:
    """A criteria file with what stands in the TOML beside it.

    A score of year Y is final from ``final_month``-``final_day`` of Y on. ``review_years``: how far
    back a review is taken over (沿用). ``survey_years``: the calendar years item 20 looks at.
    """

    name: str
    file: str
    criteria: tuple[Criterion, ...]
    title_zh: str = ""
    final_month: int = 4
    final_day: int = 30
    review_years: int = 3
    survey_years: int = 3


def _threshold(match: re.Match[str]) -> Test:
    return Threshold(match[1], float(match[2]))


#: Each way a test can be written, and what it makes.
GRAMMAR: list[tuple[str, Callable[[re.Match[str]], Test]]] = [
    (rf"{OPERATOR} {NUMBER}", _threshold),
    (
        rf"{OPERATOR} {NUMBER} urban; {OPERATOR} {NUMBER} rural",
        lambda m: UrbanRural(Threshold(m[1], float(m[2])), Threshold(m[3], float(m[4]))),
    ),
    (rf"{OPERATOR} ([a-z][a-z0-9_]*)", lambda m: AgainstIndicator(m[1], m[2])),
    (
        rf"{NUMBER} (<=|<) x (<=|<) {NUMBER}",
        lambda m: Band(float(m[1]), m[2], m[3], float(m[4])),
    ),
    (
        rf"{NUMBER} minus {NUMBER} per (started|full) point above {NUMBER}; floor {NUMBER}",
        lambda m: PerPoint(float(m[1]), float(m[2]), m[3] == "started", float(m[4]), float(m[5])),
    ),
    (r"present", lambda m: Present()),
    (
        r"survey within the last (\d+) calendar years and process documents complete",
        lambda m: SurveyWithin(int(m[1])),
    ),
    (r"plan exists and the sample is representative", lambda m: Document("plan")),
    (rf">= {NUMBER} % of the drawn clusters came back", lambda m: Document("field work")),
    (r"report exists with its required parts", lambda m: Document("report")),
]


def parse_test(text: str) -> Test:
    """The test a text stands for; raises ValueError when it is none of ``GRAMMAR``."""
    spaced = " ".join(text.split())
    for pattern, make in GRAMMAR:
        if match := re.fullmatch(pattern, spaced):
            return make(match)
    raise ValueError(f"不认识的判定式：{text}")


def read_criteria(file: Path | str) -> CriteriaSet:
    """The set of one file; raises CriteriaError naming file, row and column."""
    file = Path(file)
    if not file.exists():
        raise CriteriaError(f"找不到考核标准文件 {file.name}")
    with file.open(encoding="utf-8-sig", newline="") as stream:
        reader = csv.DictReader(stream)
        if list(reader.fieldnames or []) != COLUMNS:
            raise CriteriaError(f"{file.name} 第 1 行：列应为 {', '.join(COLUMNS)}")
        criteria = tuple(_criterion(file, number, row) for number, row in enumerate(reader, 2))
    _check_whole(file, criteria)
    return CriteriaSet(file.stem, file.name, criteria, **_about(file.with_suffix(".toml")))


def _about(file: Path) -> dict[str, Any]:
    if not file.exists():
        return {}
    about = tomllib.loads(file.read_text("utf-8"))
    known = {"title_zh", "final_month", "final_day", "review_years", "survey_years"}
    if unknown := about.keys() - known - {"source", "note"}:
        raise CriteriaError(f"{file.name}：不认识的项 {'、'.join(sorted(unknown))}")
    return {name: value for name, value in about.items() if name in known}


def _check_whole(file: Path, criteria: tuple[Criterion, ...]) -> None:
    seen: set[tuple[int, int]] = set()
    for row, criterion in enumerate(criteria, 2):
        key = (criterion.item_no, criterion.criterion_no)
        if key in seen:
            raise CriteriaError(f"{file.name} 第 {row} 行，列 criterion_no：条目重复")
        seen.add(key)
        if criterion.criteria_set != file.stem:
            raise CriteriaError(f"{file.name} 第 {row} 行，列 criteria_set：应为 {file.stem}")


def _points(text: str) -> float:
    points = float(text)
    if not 0 < points < 10_000:
        raise ValueError(f"分值应大于 0：{text}")
    return points


def _offset(text: str) -> int:
    offset = int(text)
    if offset > 0:
        raise ValueError(f"数据年不能晚于评估年：{text}")
    return offset


def _residency(text: str) -> str | None:
    if text not in ("", "registered", "resident"):
        raise ValueError(f"应为 registered、resident 或空：{text}")
    return text or None


def _flag(text: str) -> bool:
    if text not in ("", "0", "1"):
        raise ValueError(f"应为 0 或 1：{text}")
    return text == "1"


def _indicator(text: str) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9_]*", text):
        raise ValueError(f"不是指标编号：{text}")
    return text


CONVERTERS: dict[str, Callable[[str], Any]] = {
    "item_no": int,
    "criterion_no": int,
    "points_max": _points,
    "indicator": _indicator,
    "test": parse_test,
    "data_year_offset": _offset,
    "scored_residency": _residency,
    "gap_counts": _flag,
}


def _criterion(file: Path, number: int, row: dict[str, str]) -> Criterion:
    if None in row or None in row.values():
        raise CriteriaError(f"{file.name} 第 {number} 行：应有 {len(COLUMNS)} 列")
    values: dict[str, Any] = {}
    for column in COLUMNS:
        try:
            values[column] = CONVERTERS.get(column, str)(row[column].strip())
        except ValueError as error:
            place = f"{file.name} 第 {number} 行，列 {column}"
            raise CriteriaError(f"{place}：{error}") from None
    criterion = Criterion(**values)
    if criterion.gap_counts and not COUNTABLE.fullmatch(criterion.indicator):
        raise CriteriaError(
            f"{file.name} 第 {number} 行，列 gap_counts：{criterion.indicator} 应反映实际，"
            "不能给出件数，只能为 0"
        )
    return criterion
