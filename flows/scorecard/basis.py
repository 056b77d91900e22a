"""What a criterion's points rest on: value, counts, interval, year, survey; and the evidence."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from flows import gap_text
from flows.home import Home, UserError

RESIDENCY_ZH = {"registered": "户籍人口", "resident": "常住人口"}


def criteria_rows(
    connection: duckdb.DuckDBPyConnection, first: int, last: int, area: str | None
) -> pl.DataFrame:
    """Rows of `score.criterion` of some years, with area_name; a city's code means its counties.

    Raises:
        UserError: there are none.
    """
    prefix = None if area is None else area.removesuffix("00").removesuffix("00")
    rows = connection.execute(
        """
        select criterion.*, coalesce(area_name, criterion.area_code) as area_name
        from score.criterion
        left join reference.area on criterion.area_code = area.area_code
        where criterion.year between ? and ? and starts_with(criterion.area_code, ?)
        order by criteria_set, criterion.area_code, criterion.year, item_no, criterion_no
        """,
        [first, last, prefix or ""],
    ).pl()
    if rows.is_empty():
        years = f"{first}" if first == last else f"{first}–{last}"
        raise UserError(f"没有 {years} 年{area or ''}的评分；请核对年份、地区和人口资料。")
    return rows


def basis_zh(row: dict[str, Any], surveys: dict[tuple[str, int, str], str]) -> str:
    """The lines of 依据; empty for documents, whose evidence stands beside.

    Args:
        row: of `score.criterion`.
        surveys: as of `surveys_of`.
    """
    if row["value"] is None:
        return ""
    unit = row["unit"]
    lines = [f"值 {gap_text.shown(row['value'], unit)}"]
    if row["denominator"] is not None and row["numerator"] is not None:
        lines.append(f"分子/分母 {row['numerator']:.15g}/{row['denominator']:.15g}")
    if row["ci_low"] is not None and row["ci_high"] is not None:
        low, high = (gap_text.shown(row[name], unit) for name in ("ci_low", "ci_high"))
        lines.append(f"95%区间 {low}～{high}")
    year = row["value_year"] or row["data_year"]
    borrowed = "" if year == row["data_year"] else f"（沿用，数据年为 {row['data_year']}）"
    lines.append(f"资料年份 {year}{borrowed}")
    if row["residency"] and unit in gap_text.RATES:
        lines.append(f"口径 {RESIDENCY_ZH[row['residency']]}")
    if row["indicator"].endswith("underreporting_percent"):
        kind = "death" if row["indicator"].startswith("death_") else "chronic"
        if named := surveys.get((row["area_code"], year, kind)):
            lines.append(f"来自漏报检查 {named}")
    return "\n".join(lines)


def surveys_of(connection: duckdb.DuckDBPyConnection) -> dict[tuple[str, int, str], str]:
    """County, year and kind (`death`, `chronic`) -> the hospital reviews the rate comes from."""
    rows = connection.execute(
        "select area_code, year, card_type, string_agg(distinct survey_id, '、' order by survey_id)"
        " from indicator.review_source where purpose = 'hospital_review' group by all"
    ).fetchall()
    return {(area, year, kind): named for area, year, kind, named in rows}


def evidence_of(
    connection: duckdb.DuckDBPyConnection, home: Home
) -> dict[tuple[str, int, int], list[tuple[int | None, str]]]:
    """County, year and item -> criterion (null: the whole item) and one line a material."""
    files = {path.name: path for path in sorted(home.reports.rglob("*")) if path.is_file()}
    rows = connection.execute(
        "select * from reference.evidence order by year, area_code, item_no, criterion_no, document"
    ).pl()
    found: dict[tuple[str, int, int], list[tuple[int | None, str]]] = {}
    for row in rows.iter_rows(named=True):
        key = ((row["area_code"] or "")[:6], row["year"], row["item_no"])
        found.setdefault(key, []).append((row["criterion_no"], _line(row, files, home)))
    return found


def _line(row: dict[str, Any], files: dict[str, Path], home: Home) -> str:
    parts = [row["document"] or "（未写材料名称）"]
    if row["document_no"]:
        parts.append(row["document_no"])
    if row["done"] != "1":
        parts.append("未完成")
    elif row["issued_by"] and row["done_on"]:
        parts.append(f"{row['issued_by']} {row['done_on']}")
    else:
        parts.append("未登记签发单位或日期")
    file = files.get(Path(row["document"] or "").name)
    if file is not None:
        parts.append(f"文件 {file.relative_to(home.path)}")
    if row["sha256"]:
        parts.append(f"sha256 {row['sha256'][:12]}")
    return "，".join(parts)


def materials(
    row: dict[str, Any], evidence: dict[tuple[str, int, int], list[tuple[int | None, str]]]
) -> str:
    """The lines of 佐证材料 for a criterion."""
    listed = evidence.get((row["area_code"], row["year"], row["item_no"]), [])
    return "\n".join(line for number, line in listed if number in (row["criterion_no"], None))
