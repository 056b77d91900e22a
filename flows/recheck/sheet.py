"""Sheets of a draw, one .xlsx a hospital: which records to fetch, and what to fill in.

The card's own code and basis are not shown: who abstracts the record again must not know them.
"""

from __future__ import annotations

import csv
from datetime import datetime, time
from functools import cache
from pathlib import Path

import polars as pl
import xlsxwriter

from flows.home import REFERENCE
from flows.letters.mark import stem

SHEET = "复核表"
RECORDS = ("front_page", "discharge", "admission", "test")
CARD_ID, ICD, BASIS, ERRORS = "卡片编号", "病案诊断ICD-10", "病案诊断依据", "错误类型"
#: Column -> width; the last eight are for the hospital.
COLUMNS = {
    "序号": 6, "抽样编号": 12, CARD_ID: 24, "住院号": 16, "病种": 14, "应调取的专科检查": 30,
    "病案首页": 9, "出院或死亡记录": 9, "入院记录": 9, "专科检查": 9, ICD: 14, BASIS: 14,
    ERRORS: 14, "说明": 24,
}  # fmt: skip
FILLED = {"front_page": "病案首页", "discharge": "出院或死亡记录", "admission": "入院记录",
          "test": "专科检查"}  # fmt: skip
ANSWERS = ["有", "无"]
INTRO = (
    "请按住院号调取病案，逐份填写“有”或“无”；四项记录齐全为完整病例。病案诊断ICD-10由复核人员按病案重新编码"
    "（填到四位），不参照报告卡。肿瘤另填诊断依据代码，多项以逗号分隔。错误类型可多选，以逗号分隔："
)


def write_sheets(rows: pl.DataFrame, folder: Path) -> list[Path]:
    """Write one workbook a hospital.

    Args:
        rows: the rows of one draw.
        folder: made if it is not there; files are readable by their owner only.

    Returns:
        The files, by institution code.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for (org_code,), own in rows.sort("org_code", "row_no").group_by(
        "org_code", maintain_order=True
    ):
        file = folder / f"质量复核_{own['draw_id'][0]}_{stem(str(org_code))}.xlsx"
        _write(file, own)
        file.chmod(0o600)
        written.append(file)
    return written


def _write(file: Path, own: pl.DataFrame) -> None:
    first = own.row(0, named=True)
    title = f"{first['year']} 年质量复核表：{first['org_name'] or first['org_code']}"
    book = xlsxwriter.Workbook(str(file), {"strings_to_formulas": False, "strings_to_urls": False})
    # A fixed date of making: the same draw writes the same bytes.
    book.set_properties({"title": title, "created": datetime.combine(first["drawn_on"], time(8))})
    sheet = book.add_worksheet(SHEET)
    bold = book.add_format({"bold": True, "font_size": 14})
    wrap = book.add_format({"text_wrap": True, "valign": "top"})
    head = book.add_format({"bold": True, "bg_color": "#DCE6F1", "border": 1, "text_wrap": True})
    cell = book.add_format({"border": 1, "text_wrap": True, "valign": "top", "num_format": "@"})
    last_column = len(COLUMNS) - 1
    sheet.write_string(0, 0, title, bold)
    errors = "、".join(f"{row['code']} {row['name_zh']}" for row in rows_of("recheck_error.csv"))
    sheet.merge_range(1, 0, 1, last_column, f"{INTRO}{errors}。", wrap)
    sheet.set_row(1, 48)
    sheet.set_row(2, 32)
    for place, (name, width) in enumerate(COLUMNS.items()):
        sheet.write_string(2, place, name, head)
        sheet.set_column(place, place, width)
    for number, row in enumerate(own.iter_rows(named=True), 1):
        values = [
            str(number), row["draw_id"], row["card_id"], row["inpatient_no"] or "",
            disease_zh(row["disease"]), test_of(row["disease"]),
        ]  # fmt: skip
        for place in range(len(COLUMNS)):
            text = values[place] if place < len(values) else ""
            sheet.write_string(2 + number, place, text, cell)
    last = 2 + own.height
    for name in FILLED.values():
        place = list(COLUMNS).index(name)
        sheet.data_validation(
            3, place, last, place,
            {"validate": "list", "source": ANSWERS, "error_message": "请填“有”或“无”。"},
        )  # fmt: skip
    sheet.freeze_panes(3, 3)
    sheet.set_landscape()
    sheet.set_paper(9)  # A4
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(2)
    codes = book.add_worksheet("代码")
    lists = [
        (BASIS, _basis_codes()),
        (ERRORS, [(row["code"], row["name_zh"]) for row in rows_of("recheck_error.csv")]),
    ]
    for block, (name, rows) in enumerate(lists):
        left = 3 * block
        codes.write_string(0, left, name, head)
        codes.write_string(0, left + 1, "含义", head)
        codes.set_column(left, left, 14)
        codes.set_column(left + 1, left + 1, 28)
        for number, pair in enumerate(rows, 1):
            for column, text in enumerate(pair, left):
                codes.write_string(number, column, text, cell)
    book.close()


def _basis_codes() -> list[tuple[str, str]]:
    return [
        (row["code"], row["label_zh"])
        for row in rows_of("code_list.csv")
        if row["code_list"] == "diagnosis_basis_tumour"
    ]


@cache
def rows_of(name: str) -> tuple[dict[str, str], ...]:
    """The rows of one of the shipped lists of the review."""
    with (REFERENCE / name).open(encoding="utf-8", newline="") as stream:
        return tuple(csv.DictReader(stream))


def disease_zh(disease: str) -> str:
    """The Chinese name of a disease of the review."""
    return next(
        row["disease_zh"] for row in rows_of("recheck_record.csv") if row["disease"] == disease
    )


def test_of(disease: str) -> str:
    """Which report of a disease is to be fetched."""
    return next(
        row["record_zh"]
        for row in rows_of("recheck_record.csv")
        if row["disease"] == disease and row["record"] == "test"
    )
