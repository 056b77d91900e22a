"""The form a reviewer fills: a sheet a county and 评估年, the scores side by side, and notes."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date, datetime, time
from typing import Any

import polars as pl
import xlsxwriter

from flows.published import BAND_ZH, STATUS_ZH
from flows.scorecard.wide import side_by_side

COLUMNS = {
    "条目": 6, "分值": 6, "细则": 30, "自评得分": 9, "待佐证分": 9, "考核": 12, "合理性": 9,
    "依据": 30, "佐证材料": 38, "说明": 46, "责任单位": 16, "考核得分": 9, "考核意见": 18,
}  # fmt: skip
NOTES = (
    "自评得分为已确认分；待佐证分在材料登记签发单位和日期、或追溯完成之后才计入。",
    "“考核”为是否达到细则要求，“合理性”为与参考范围比较；两者分别看待。",
    "考核得分、考核意见由考核组填写。",
    "数据年由考核标准规定：一般为评估年的上一年，肿瘤登记质量为上两年。",
)
LINE = 17
HEADER_ROW = 2


def workbook(
    rows: pl.DataFrame,
    basis: Callable[[dict[str, Any]], str],
    materials: Callable[[dict[str, Any]], str],
    remarks: list[str],
    as_of: date,
) -> bytes:
    """The bytes of the form; the same rows give the same bytes.

    Args:
        rows: as of `basis.criteria_rows`, with assumed_zh where something is assumed.
        basis: 依据 of a row.
        materials: 佐证材料 of a row.
        remarks: 数据截至, which freeze, what is assumed: stand on every sheet.
        as_of: the fixed date of making.
    """
    target = io.BytesIO()
    options = {"strings_to_formulas": False, "strings_to_urls": False, "in_memory": True}
    book = xlsxwriter.Workbook(target, options)
    book.set_properties({"title": "考核评分表", "created": datetime.combine(as_of, time(8))})
    forms = _Forms(book)
    keys = ["criteria_set", "area_code", "area_name", "year"]
    many_sets = rows["criteria_set"].n_unique() > 1
    for (criteria_set, _, area, year), part in rows.group_by(keys, maintain_order=True):
        tail = f" {criteria_set}" if many_sets else ""
        sheet = book.add_worksheet(f"{area} {year}{tail}"[:31])
        title = f"{area} {year} 年评估自评表（{criteria_set}）"
        _form(sheet, forms, title, part, basis, materials, remarks)
    if rows.select(keys).unique().height > 1:
        _wide(book.add_worksheet("各县各年"), forms, rows, remarks)
    notes = book.add_worksheet("说明")
    notes.set_column(0, 0, 100)
    for number, text in enumerate((*remarks, *NOTES)):
        notes.write_string(number, 0, text, forms.wrap)
    book.close()
    return target.getvalue()


class _Forms:
    def __init__(self, book: xlsxwriter.Workbook) -> None:
        box = {"border": 1, "text_wrap": True, "valign": "top"}
        self.title = book.add_format({"bold": True, "font_size": 14})
        self.wrap = book.add_format({"text_wrap": True, "valign": "top"})
        self.remark = book.add_format({"font_color": "#9C0006", "text_wrap": True, "valign": "top"})
        self.head = book.add_format(box | {"bold": True, "bg_color": "#DCE6F1"})
        self.cell = book.add_format(box)
        self.number = book.add_format(box | {"num_format": "0.##", "align": "center"})
        self.item = book.add_format(box | {"bold": True, "bg_color": "#EEF3F8"})
        self.item_number = book.add_format(
            box | {"bold": True, "bg_color": "#EEF3F8", "num_format": "0.##", "align": "center"}
        )
        self.assumed = book.add_format(box | {"italic": True, "bg_color": "#FFF2CC"})
        self.open = book.add_format(box | {"bg_color": "#FFF9E5"})


def _page(sheet: Any, forms: _Forms, title: str, remarks: list[str], last_column: int) -> None:
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.write_string(0, 0, title, forms.title)
    sheet.merge_range(1, 0, 1, last_column, "", forms.remark)
    sheet.write_string(1, 0, "；".join(remarks), forms.remark)
    sheet.set_row(1, 2 * LINE)
    sheet.set_footer("&R第 &P / &N 页")


def _form(
    sheet: Any,
    forms: _Forms,
    title: str,
    rows: pl.DataFrame,
    basis: Callable[[dict[str, Any]], str],
    materials: Callable[[dict[str, Any]], str],
    remarks: list[str],
) -> None:
    _page(sheet, forms, title, remarks, len(COLUMNS) - 1)
    for place, (name, width) in enumerate(COLUMNS.items()):
        sheet.write_string(HEADER_ROW, place, name, forms.head)
        sheet.set_column(place, place, width)
    number = HEADER_ROW
    for (item,), part in rows.group_by("item_no", maintain_order=True):
        number += 1
        lost = part.select(
            (pl.col("points_max") - pl.col("points") - pl.col("points_pending")).sum()
        ).item()
        values: list[Any] = [
            f"第{item}条", part["points_max"].sum(), "", part["points"].sum(),
            part["points_pending"].sum(), f"失分 {lost:g}",
        ]  # fmt: skip
        _line(sheet, number, values + [""] * (len(COLUMNS) - len(values)), forms.item_number,
              [forms.item] * len(COLUMNS))  # fmt: skip
        for row in part.iter_rows(named=True):
            number += 1
            values = _values(row, basis, materials)
            cell = forms.assumed if row.get("assumed_zh") else forms.cell
            _line(sheet, number, values, forms.number,
                  [cell] * (len(COLUMNS) - 2) + [forms.open] * 2)  # fmt: skip
    number += 1
    total = [rows[name].sum() for name in ("points_max", "points", "points_pending")]
    _line(sheet, number, ["合计", total[0], "", total[1], total[2]] + [""] * (len(COLUMNS) - 5),
          forms.item_number, [forms.item] * len(COLUMNS))  # fmt: skip
    sheet.freeze_panes(HEADER_ROW + 1, 3)
    sheet.repeat_rows(HEADER_ROW)


def _values(
    row: dict[str, Any],
    basis: Callable[[dict[str, Any]], str],
    materials: Callable[[dict[str, Any]], str],
) -> list[Any]:
    final = "" if row["is_final"] else "（临时）"
    return [
        f"{row['item_no']}.{row['criterion_no']}", row["points_max"], row["requirement_zh"],
        row["points"], row["points_pending"], STATUS_ZH[row["status"]] + final,
        BAND_ZH[row["plausibility"]], basis(row), materials(row), row["gap_zh"],
        row["responsible_zh"], "", "",
    ]  # fmt: skip


def _line(sheet: Any, number: int, values: list[Any], number_form: Any, forms: list[Any]) -> None:
    longest = 1
    for place, (value, width) in enumerate(zip(values, COLUMNS.values(), strict=True)):
        if isinstance(value, int | float):
            sheet.write_number(number, place, value, number_form)
            continue
        sheet.write_string(number, place, value, forms[place])
        lines = sum(
            -(-sum(1 if letter.isascii() else 2 for letter in text) // max(width - 1, 1)) or 1
            for text in value.split("\n")
        )
        longest = max(longest, lines)
    sheet.set_row(number, min(LINE * longest, 400))


def _wide(sheet: Any, forms: _Forms, rows: pl.DataFrame, remarks: list[str]) -> None:
    table = side_by_side(rows)
    _page(sheet, forms, "各县各年得分（括号内为待佐证分）", remarks, max(table.width - 1, 1))
    for place, name in enumerate(table.columns):
        sheet.write_string(HEADER_ROW, place, name, forms.head)
        sheet.set_column(place, place, 34 if name == "要求" else 12)
        for number, value in enumerate(table[name], HEADER_ROW + 1):
            if isinstance(value, int | float):
                sheet.write_number(number, place, value, forms.number)
            else:
                sheet.write_string(number, place, value or "", forms.cell)
    sheet.freeze_panes(HEADER_ROW + 1, 3)
    sheet.repeat_rows(HEADER_ROW)
