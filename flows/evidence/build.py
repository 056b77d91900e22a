"""`<home>/reports/evidence-<area>-<year>/`: a folder an item, an index, gaps, rows to complete."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from flows.criteria import read_criteria
from flows.evidence.checklist import PAPER, SYSTEM, TEMPLATE, Material, checklist
from flows.evidence.sheet import index_page, one_sheet, training_sheet
from flows.evidence.tables import table
from flows.fields import fields
from flows.home import Home, UserError
from flows.publish import criteria_files
from flows.published import data_line_of, open_published
from flows.store import sha256

HAVE, UNISSUED, MISSING, BLANK = "已有", "待签发", "缺", "空白模板"
TO_FILL = "待填写"  # made, with columns that a person fills in


@dataclass(frozen=True)
class Entry:
    """One line of the index."""

    material: Material
    state: str
    file: str
    sha256: str
    rows: int | None
    evidence: str
    remark: str


@dataclass(frozen=True)
class Built:
    """The folder and its index."""

    folder: Path
    entries: list[Entry]

    @property
    def gaps(self) -> list[Entry]:
        """What is not there, or not yet issued."""
        return [entry for entry in self.entries if entry.state != HAVE]


def build(home: Home, assessed: int, area: str | None) -> Built:
    """Write the folder anew; what a person put into it stays.

    Args:
        home: the installation; what was last published.
        assessed: the 评估年.
        area: a county; None: the home's own.

    Raises:
        UserError: no county is known, or it has no score of that year.
    """
    with open_published(home) as connection:
        as_of, own = connection.execute("select as_of, area_code from reference.home").fetchall()[0]
        area = area or home.settings.area or own
        if not area:
            raise UserError("请用 --area 写明县区编码。")
        known = connection.execute(
            "select count(*) from score.criterion where area_code = ? and year = ?",
            [area, assessed],
        ).fetchall()[0][0]
        if not known:
            raise UserError(f"没有 {area} {assessed} 年的评分；请核对地区、年份和人口资料。")
        folder = home.reports / f"evidence-{area}-{assessed}"
        years = _data_years(home, assessed)
        rows = connection.execute(
            "select * from reference.evidence where area_code = ? and year = ?"
            " order by item_no, criterion_no, document",
            [area, assessed],
        ).pl()
        entries = [
            _entry(connection, home, folder, material, area, assessed, years, rows, as_of)
            for material in checklist()
        ]
        remark = data_line_of(connection)
    made = Built(folder, entries)
    _index(made, area, assessed, remark, as_of)
    return made


def _data_years(home: Home, assessed: int) -> dict[tuple[int, int], int]:
    """Item and criterion -> data year, by the first criteria set that has the criterion."""
    found: dict[tuple[int, int], int] = {}
    for file in criteria_files(home):
        for one in read_criteria(file).criteria:
            key = (one.item_no, one.criterion_no)
            found.setdefault(key, assessed + one.data_year_offset)
    return found


def _entry(
    connection: duckdb.DuckDBPyConnection,
    home: Home,
    folder: Path,
    material: Material,
    area: str,
    assessed: int,
    years: dict[tuple[int, int], int],
    rows: pl.DataFrame,
    as_of: date,
) -> Entry:
    data_year = years.get((material.item_no, material.criterion_no or 1), assessed - 1)
    said, is_issued = _said(material, rows)
    place = folder / f"第{material.item_no}条"
    place.mkdir(parents=True, exist_ok=True)
    name = f"{material.number}_{material.material_zh}.xlsx"
    if material.kind == TEMPLATE:
        (place / name).write_bytes(training_sheet(material.material_zh, as_of))
        state = HAVE if is_issued else UNISSUED if said else BLANK
        return _with_file(material, state, place / name, folder, None, said, "")
    if material.kind == PAPER:
        state = HAVE if is_issued else UNISSUED if said else MISSING
        return Entry(material, state, "", "", None, said, material.how_zh)
    if material.table_name == "report":
        return _report(home, folder, material, area, data_year, said, is_issued)
    found = table(connection, material.table_name, area, data_year, assessed)
    if found.is_empty():
        (place / name).unlink(missing_ok=True)  # of an earlier night
        none = f"本库没有 {data_year} 年的相应资料"
        if material.table_name in ("audit_open", "r_code", "traceback"):
            none = f"{data_year} 年没有需要列出的卡片"
            return Entry(material, HAVE, "", "", 0, said, none)
        return Entry(material, HAVE if is_issued else MISSING, "", "", 0, said, none)
    title = f"{material.number} {material.material_zh}（{area}，{data_year} 年，数据截至 {as_of}）"
    (place / name).write_bytes(one_sheet(title, material.how_zh, found, as_of))
    is_whole = is_issued or not any("填写" in column for column in found.columns)
    state = HAVE if is_whole else TO_FILL
    return _with_file(material, state, place / name, folder, found.height, said, "")


def _said(material: Material, rows: pl.DataFrame) -> tuple[str, bool]:
    """What evidence rows say of a material, and whether one names who issued it and when."""
    mine = [
        row
        for row in rows.filter(pl.col("item_no") == material.item_no).iter_rows(named=True)
        if row["criterion_no"] in (material.criterion_no, None) or (material.criterion_no is None)
        if material.is_named_by(row["document"])
    ]
    done = [row for row in mine if row["done"] == "1"]
    issued = any(row["issued_by"] and row["done_on"] for row in done)
    return "；".join(_row_zh(row) for row in done), issued


def _row_zh(row: dict[str, Any]) -> str:
    parts = [row["document"], row["document_no"], row["issued_by"], row["done_on"]]
    return " ".join(str(part) for part in parts if part)


def _with_file(
    material: Material,
    state: str,
    file: Path,
    folder: Path,
    rows: int | None,
    said: str,
    remark: str,
) -> Entry:
    name = file.relative_to(folder).as_posix()
    return Entry(material, state, name, sha256(file), rows, said, remark)


def _report(
    home: Home,
    folder: Path,
    material: Material,
    area: str,
    data_year: int,
    said: str,
    is_issued: bool,
) -> Entry:
    file = home.reports / f"report-{area}-{data_year}.docx"
    if not file.exists():
        state = HAVE if is_issued else MISSING
        todo = f"可用 zhikong report --year {data_year} 写出草稿"
        return Entry(material, state, "", "", None, said, todo)
    state = HAVE if is_issued else UNISSUED
    return Entry(material, state, f"../{file.name}", sha256(file), None, said, "草稿，签发后登记")


def _index(made: Built, area: str, assessed: int, remark: str, as_of: date) -> None:
    head = ["细则", "材料", "类别", "状态", "文件", "行数", "sha256", "佐证登记", "说明", "依据"]
    kind_zh = {SYSTEM: "系统生成", PAPER: "县里提供", TEMPLATE: "空白模板"}
    lines = [
        [
            entry.material.number, entry.material.material_zh, kind_zh[entry.material.kind],
            entry.state, entry.file, "" if entry.rows is None else str(entry.rows), entry.sha256,
            entry.evidence, entry.remark or entry.material.how_zh, entry.material.source,
        ]
        for entry in made.entries
    ]  # fmt: skip
    title = f"{area} {assessed} 年评估佐证材料目录"
    frame = pl.DataFrame(lines, schema=head, orient="row")
    (made.folder / "目录.xlsx").write_bytes(one_sheet(title, remark, frame, as_of))
    (made.folder / "目录.html").write_text(index_page(title, remark, head, lines), "utf-8")
    (made.folder / "佐证登记_待填.csv").write_text(_proposed(made, area, assessed), "utf-8-sig")


def _proposed(made: Built, area: str, assessed: int) -> str:
    """Evidence rows to complete: what is done, by whom and when is for a person to say."""
    target = io.StringIO()
    names = fields("evidence")
    writer = csv.writer(target, lineterminator="\n")
    writer.writerow([field.label_zh for field in names.values()])
    for entry in made.entries:
        if entry.evidence:
            continue  # it is registered already
        known = {
            "year": str(assessed),
            "area_code": area,
            "item_no": str(entry.material.item_no),
            "criterion_no": str(entry.material.criterion_no or ""),
            "done": "0",
            "document": Path(entry.file).name if entry.file else entry.material.material_zh,
            "sha256": entry.sha256,
        }
        writer.writerow([known.get(name, "") for name in names])
    return target.getvalue()
