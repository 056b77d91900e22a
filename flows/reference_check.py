"""The reference tables before a night: a key twice, a code nobody has, a gap between dates.

What the tables promise stands in `reference/reference_key.csv`: the columns that name a row,
columns that must hold codes of another table, and the columns within which validity has no gap.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import polars as pl

from flows.home import REFERENCE, UserError

#: Kind of code -> table and column that hold them.
CODES = {
    "icd10": ("icd10", "code"),
    "topography": ("icdo3_topography", "topography"),
    "area": ("area", "area_code"),
}
HEADER_LINES = 1


@dataclass(frozen=True)
class Fault:
    """One row of a table that cannot stand."""

    file: str
    row: int  # 1-based, as a person sees it
    reason_zh: str

    def __str__(self) -> str:
        """File, row and reason in one sentence."""
        return f"reference/{self.file} 第 {self.row} 行：{self.reason_zh}"


class ReferenceError(UserError):
    """A reference table was edited so that a night cannot use it."""


def require_sound_reference(folder: Path = REFERENCE) -> None:
    """Refuse the night while a reference table is wrong.

    Raises:
        ReferenceError: with every row and what is wrong with it.
    """
    found = faults(folder)
    if found:
        lines = [f"  {fault}" for fault in found[:20]]
        raise ReferenceError("\n".join(["参考表有误，夜间流程未开始，请改正：", *lines]))


def faults(folder: Path = REFERENCE) -> list[Fault]:
    """Everything wrong with the tables of a folder.

    Args:
        folder: a folder of reference tables with its `reference_key.csv`.

    Returns:
        Faults by table and row; empty where all stand.
    """
    tables: dict[str, pl.DataFrame] = {}
    found: list[Fault] = []
    for promise in _read(folder / "reference_key.csv").iter_rows(named=True):
        name = promise["table"]
        file = folder / f"{name}.csv"
        if not file.is_file():
            found.append(Fault(file.name, 0, "文件不存在"))
            continue
        table = tables.setdefault(name, _read(file))
        found += _repeated(file.name, table, promise["key"].split(";"))
        if promise["codes"]:
            column, _, kind = promise["codes"].partition(":")
            known = _read(folder / f"{CODES[kind][0]}.csv")[CODES[kind][1]]
            found += _unknown(file.name, table, column, known)
        if promise["series"]:
            found += _gaps(file.name, table, promise["series"].split(";"))
    return sorted(found, key=lambda fault: (fault.file, fault.row))


def _read(file: Path) -> pl.DataFrame:
    return pl.read_csv(file, infer_schema=False).with_row_index("row", offset=1 + HEADER_LINES)


def _repeated(file: str, table: pl.DataFrame, key: list[str]) -> list[Fault]:
    lacking = [name for name in key if name not in table.columns]
    if lacking:
        return [Fault(file, HEADER_LINES, f"缺少列 {lacking[0]}")]
    nth = table.select("row", first=pl.col("row").min().over(key))
    again = nth.filter(pl.col("row") != pl.col("first"))
    return [
        Fault(file, row, f"与第 {first} 行的 {'、'.join(key)} 相同")
        for row, first in again.iter_rows()
    ]


def _unknown(file: str, table: pl.DataFrame, column: str, known: pl.Series) -> list[Fault]:
    strange = table.filter(
        pl.col(column).is_not_null() & ~pl.col(column).is_in(known.implode())
    ).select("row", column)
    return [
        Fault(file, row, f"{column} 的 {code} 不在编码表中") for row, code in strange.iter_rows()
    ]


def _gaps(file: str, table: pl.DataFrame, series: list[str]) -> list[Fault]:
    """Within one series: one row may follow another at once, not later and not earlier."""
    suffix = "_year" if "valid_from_year" in table.columns else ""
    since, until = f"valid_from{suffix}", f"valid_to{suffix}"
    found = []
    for _, rows in table.group_by(series, maintain_order=True):
        dated = sorted(
            rows.select("row", since, until).iter_rows(), key=lambda row: (row[1] or "", row[0])
        )
        for (_, _, last), (row, first, _) in itertools.pairwise(dated):
            if last is None or first is None:
                found.append(Fault(file, row, f"与上一段的有效期重叠（{since}）"))
            elif _after(last) != first:
                kind = "重叠" if first <= last else "之间有空缺"
                found.append(
                    Fault(file, row, f"与上一段的有效期{kind}（{since} 应为 {_after(last)}）")
                )
    return found


def _after(last: str) -> str:
    if len(last) == 4:
        return str(int(last) + 1)
    return (date.fromisoformat(last) + timedelta(days=1)).isoformat()
