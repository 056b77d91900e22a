"""Sheets that go to the field and come back: text stays text, rows keep their numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import openpyxl
import xlsxwriter
from openpyxl.utils.exceptions import InvalidFileException

from flows.home import UserError

NUMBER_ROWS = 500


@dataclass
class Table:
    """One sheet: title, intro, columns with widths, rows of texts, and lists to choose from."""

    name: str
    title: str
    intro: str
    columns: dict[str, float]  # name -> width
    rows: Sequence[Sequence[str]]
    choices: dict[str, list[str]] = field(default_factory=dict)
    whole_numbers: Sequence[str] = ()
    dates: Sequence[str] = ()


def write_book(file: Path, title: str, tables: list[Table], made_on: date) -> Path:
    """Write the sheets; the same content gives the same bytes, readable by the owner only."""
    options = {"strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(str(file), options) as book:
        book.set_properties({"title": title, "created": datetime.combine(made_on, time(8))})
        for table in tables:
            _write(book, table)
    file.chmod(0o600)
    return file


def _write(book: xlsxwriter.Workbook, table: Table) -> None:
    sheet = book.add_worksheet(table.name)
    edge = {"border": 1, "text_wrap": True, "valign": "top"}
    head = book.add_format({**edge, "bold": True, "bg_color": "#DCE6F1", "align": "center"})
    cell = book.add_format({**edge, "num_format": "@"})
    names = list(table.columns)
    sheet.write_string(0, 0, table.title, book.add_format({"bold": True, "font_size": 14}))
    wrap = book.add_format({"text_wrap": True, "valign": "top"})
    sheet.merge_range(1, 0, 1, max(1, len(names) - 1), table.intro, wrap)
    width = sum(table.columns.values())
    sheet.set_row(1, 16 * max(1, -(-2 * len(table.intro) // int(width))))
    for place, (name, wide) in enumerate(table.columns.items()):
        sheet.set_column(place, place, wide)
        sheet.write_string(2, place, name, head)
    for number, row in enumerate(table.rows, 3):
        for place in range(len(names)):
            sheet.write_string(number, place, row[place] if place < len(row) else "", cell)
    last = 2 + max(1, len(table.rows))
    for name, items in table.choices.items():
        _restrict(sheet, names.index(name), last, {
            "validate": "list", "source": items,
            "error_message": "请从下拉列表中选择。",
        })  # fmt: skip
    for name in table.whole_numbers:
        _restrict(sheet, names.index(name), last, {
            "validate": "custom",
            "value": f"=ISNUMBER(--{_cell(names.index(name))})",
            "error_message": "请填整数，没有填 0。",
        })  # fmt: skip
    for name in table.dates:
        sheet.write_comment(2, names.index(name), "年-月-日，如 2025-03-08")
    sheet.freeze_panes(3, min(2, len(names)))
    sheet.set_landscape()
    sheet.set_paper(9)  # A4
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(2)
    sheet.set_footer("&C第 &P 页 共 &N 页")


def _restrict(sheet: Any, place: int, last: int, rule: dict[str, Any]) -> None:
    sheet.data_validation(3, place, last, place, rule)


def _cell(place: int) -> str:
    return f"{xlsxwriter.utility.xl_col_to_name(place)}4"


def sheet_rows(file: Path, sheet: str, columns: Sequence[str]) -> list[tuple[int, dict[str, str]]]:
    """The filled rows under the header of one sheet.

    Args:
        file: a returned `.xlsx`.
        sheet: its name.
        columns: those that must be there.

    Returns:
        (row number as a person sees it, column -> text without surrounding blanks).

    Raises:
        UserError: no such file, sheet, header or column.
    """
    lines = book_lines(file).get(sheet)
    if lines is None:
        raise UserError(f"{file.name} 中没有名为“{sheet}”的工作表，请交回原来的表。")
    heads = [number for number, line in enumerate(lines) if columns[0] in line]
    if not heads:
        raise UserError(f"{file.name} 的“{sheet}”没有含“{columns[0]}”的表头行，请交回原来的表。")
    head = lines[heads[0]]
    if lacking := [name for name in columns if name not in head]:
        raise UserError(f"{file.name} 的“{sheet}”缺少列：{'、'.join(lacking)}。")
    places = {name: head.index(name) for name in columns}
    found = []
    for number, line in enumerate(lines[heads[0] + 1 :], heads[0] + 2):
        cells = {name: line[at] if at < len(line) else "" for name, at in places.items()}
        if any(cells.values()):
            found.append((number, cells))
    return found


def book_lines(file: Path) -> dict[str, list[list[str]]]:
    """Every sheet of a workbook as lines of texts; dates as `2025-03-08`, whole numbers plainly."""
    try:
        book = openpyxl.load_workbook(file, read_only=True, data_only=True)
    except FileNotFoundError:
        raise UserError(f"找不到文件 {file}。") from None
    except (InvalidFileException, BadZipFile, KeyError, OSError):
        raise UserError(f"{file.name} 不是能读取的 .xlsx 文件，请交回原来的表。") from None
    try:
        return {
            sheet.title: [
                [_text(cell) for cell in line] for line in sheet.iter_rows(values_only=True)
            ]
            for sheet in book.worksheets
        }
    finally:
        book.close()


def _text(cell: object) -> str:
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()


def number_of(text: str, place: str, column: str, *, least: int) -> int:
    """A whole number at least ``least``, or a sentence that says where it is not.

    Raises:
        UserError: with place and column.
    """
    cleaned = text.replace(",", "").removesuffix(".0").removesuffix("户").removesuffix("人")
    if not cleaned.isdigit() or int(cleaned) < least:
        raise UserError(f"{place}：{column}应为不小于 {least} 的整数，请改正。")
    return int(cleaned)
