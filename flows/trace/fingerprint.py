"""What a night ran with, as short sums: the same sums, the same numbers from the same cards."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import duckdb

from flows.freeze.record import rule_fingerprint
from flows.home import REFERENCE, SQL, Home

#: Column of `quality.night` -> what it is a sum of.
PARTS = {
    "rule_fingerprint": "规则目录",
    "model_fingerprint": "计算模型（sql/）",
    "reference_fingerprint": "参考表（reference/ 及本地 layouts、deadline.csv）",
    "criteria_fingerprint": "考核标准",
    "setting_fingerprint": "影响数字的设置",
    "code_fingerprint": "程序",
    "population_fingerprint": "人口",
}
#: Settings that can change a number; who is mailed, and when, cannot.
SETTINGS = (
    *("area", "criteria", "vanish_limit_percent", "tumour_families_off", "icdo_revision"),
    "new_rule_weeks",
)
CODE = ("flows", "validators", "estimators")
DIGITS = 16


def of_night(draft: duckdb.DuckDBPyConnection, home: Home, criteria: list[Path]) -> dict[str, str]:
    """The sums of tonight by the names of `PARTS`; `quality.rule` and the inputs are published."""
    settings = {name: getattr(home.settings, name) for name in SETTINGS}
    own = [home.path / "deadline.csv", *sorted((home.path / "layouts").rglob("*"))]
    return {
        "rule_fingerprint": rule_fingerprint(draft),
        "model_fingerprint": shipped(SQL, "*.sql"),
        "reference_fingerprint": _sum([shipped(REFERENCE, "*").encode(), *_contents(own)]),
        "criteria_fingerprint": _sum(_contents(criteria)),
        "setting_fingerprint": _sum([repr(sorted(settings.items())).encode()]),
        "code_fingerprint": program(),
        "population_fingerprint": _population(draft),
    }


def program() -> str:
    """Of all code that comes with the program."""
    return _sum(shipped(SQL.parent / name, "*.py").encode() for name in CODE)


@cache
def shipped(folder: Path, pattern: str) -> str:
    """Of the files that come with the program: once a process."""
    files = [file for file in sorted(folder.rglob(pattern)) if "__pycache__" not in file.parts]
    return _sum(_contents(files))


def _contents(files: Iterable[Path]) -> Iterable[bytes]:
    for file in files:
        if file.is_file():
            yield file.name.encode()
            yield file.read_bytes()


def _sum(parts: Iterable[bytes]) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    return digest.hexdigest()[:DIGITS]


def _population(draft: duckdb.DuckDBPyConnection) -> str:
    rows = draft.execute(
        "select area_code, year, residency, sex, age_group, round(population, 6) as population"
        " from reference.population order by all"
    ).pl()
    return _sum([rows.write_csv().encode()])
