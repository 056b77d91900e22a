"""What `zhikong score` gathers: rows of today or of a freeze, assumptions, and what to say."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

from flows.criteria import read_criteria
from flows.home import Home, UserError
from flows.publish import criteria_files
from flows.published import data_line_of, open_published
from flows.scorecard.basis import basis_zh, criteria_rows, evidence_of, materials, surveys_of
from flows.scorecard.what_if import assume
from flows.scorecard.workbook import workbook


@dataclass(frozen=True)
class Gathered:
    """Rows of `score.criterion` with area_name, remarks for the reader, and where they are from."""

    home: Home  # as published now, or then
    rows: pl.DataFrame
    remarks: list[str]
    as_of: date


def gathered(
    home: Home,
    year: int | None,
    first: int | None,
    area: str | None,
    what_if: list[str],
    freeze: str | None,
) -> Gathered:
    """Fetch the score.

    Args:
        home: the installation.
        year: 评估年; of a freeze, the year after its data year if none is given.
        first: the first 评估年 of several.
        area: a county, or a city or province for its counties.
        what_if: assumptions, `NAME=VALUE`.
        freeze: the name of a freeze.

    Raises:
        UserError: no year, no such score or freeze, or an assumption that must not be made.
    """
    remarks = []
    if freeze is not None:
        from flows.freeze import frozen

        if what_if:
            raise UserError("冻结的评分不再变动，不能与 --what-if 同用。")
        named = frozen(home, freeze)
        home, year = named.home, year or named.year + 1
        remarks.append(f"引用{named.citation_zh}")
        if named.provisional_zh:
            remarks.append(f"冻结时未定：{named.provisional_zh}")
    if year is None:
        raise UserError("请用 --year 写明评估年。")
    with open_published(home) as connection:
        rows = criteria_rows(connection, first or year, year, area)
        remarks.insert(0, data_line_of(connection))
        as_of = connection.execute("select as_of from reference.home").fetchall()[0][0]
        names = dict(
            connection.execute("select indicator, name_zh from indicator.definition").fetchall()
        )
    if what_if:
        sets = [read_criteria(file) for file in criteria_files(home)]
        rows = assume(rows, sets, what_if, names)
        remarks.append(f"假设（不是评分，仅供内部测算）：{'、'.join(what_if)}")
    return Gathered(home, rows, remarks, as_of)


def item_rows(rows: pl.DataFrame) -> pl.DataFrame:
    """Totals by item, as `score.item` has them; with assumptions, under those."""
    keys = ["criteria_set", "area_code", "year", "item_no"]
    sums = rows.group_by(keys).agg(pl.col("points_max", "points", "points_pending").sum())
    lost = pl.col("points_max") - pl.col("points") - pl.col("points_pending")
    return sums.with_columns(points_lost=lost).sort(keys)


def write_form(found: Gathered, file: Path) -> None:
    """Write the form.

    Raises:
        UserError: the name is not one of a workbook.
    """
    if file.suffix != ".xlsx":
        raise UserError(f"{file.name}：评分表请用 .xlsx 文件名。")
    with open_published(found.home) as connection:
        surveys = surveys_of(connection)
        evidence = evidence_of(connection, found.home)
    data = workbook(
        found.rows,
        lambda row: basis_zh(row, surveys),
        lambda row: materials(row, evidence),
        found.remarks,
        found.as_of,
    )
    file.write_bytes(data)
