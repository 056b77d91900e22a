"""One unit's letter as a workbook that Excel, WPS and LibreOffice open, fill in and give back."""

from __future__ import annotations

import io
from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import cached_property
from typing import Any

import polars as pl
import xlsxwriter

from flows.letters import mark, wording
from flows.workday import is_published

TO_VERIFY, OVERVIEW, CORRECTED = "待核实", "本期概况", "已订正，谢谢"
TRACE, MISSING, REPLIES = "死亡补发追溯", "未见报告卡", "反馈未采用"
COLUMNS = ["序号", "卡片类型", "卡片编号", "住院号/门诊号", "性别", "年龄", "月份", "字段",
           "请核实的内容", "提示情况", "首次提示", "请于此日前", "反馈", "说明"]  # fmt: skip
WIDTHS = [5, 11, 23, 13, 5, 5, 8, 15, 38, 14, 11, 11, 10, 20]
OVERVIEW_WIDTHS = [54, 10, 20, 12, 20, 24]
LINE = 16  # height of a line of text, in points
HEADER_ROW = 3  # the fourth line, on every sheet that is answered


@dataclass(frozen=True)
class Content:
    """What one unit is told."""

    issue: int
    org_code: str
    org_name: str
    mark: str
    as_of: date
    data_until: date
    due_on: date
    contact_zh: str
    rows: pl.DataFrame  # rows.ROW with row_no, waiting and what is shown of the card
    zero_reports: pl.DataFrame  # card_type, month
    corrected: pl.DataFrame  # card_type, card_id, field label, message, answer
    replies: pl.DataFrame  # source_file, row_no, card_id, outcome
    own: pl.DataFrame  # standing.OWN of the unit
    not_asked: list[str]  # sentences on exports that are too old

    @property
    def title(self) -> str:
        """The head of the letter."""
        return wording.title(self.issue, f"{self.data_until.month}月{self.data_until.day}日")

    @cached_property
    def asked(self) -> list[dict[str, Any]]:
        """What the unit is asked, row by row: so few are not worth a query each time."""
        return self.rows.to_dicts()

    @property
    def waiting(self) -> int:
        """Rows of the unit that wait for a later issue."""
        return max((row["waiting"] for row in self.asked), default=0)

    def part(self, name: str) -> list[dict[str, Any]]:
        """The rows of one list."""
        return [row for row in self.asked if row["list"] == name]


class _Sheets:
    """A workbook being written: formats, and text that can never become a formula."""

    def __init__(self, target: io.BytesIO, content: Content) -> None:
        options = {"strings_to_formulas": False, "strings_to_urls": False, "in_memory": True}
        self.book = xlsxwriter.Workbook(target, options)
        # A fixed date of making: the same night writes the same bytes.
        created = datetime.combine(content.as_of, time(8))
        self.book.set_properties({"title": content.title, "created": created})
        add = self.book.add_format
        self.bold = add({"bold": True, "font_size": 14})
        self.section = add({"bold": True, "font_size": 11, "font_color": "#1F4E79"})
        self.head = add({"bold": True, "bg_color": "#DCE6F1", "border": 1, "text_wrap": True})
        self.cell = add({"border": 1, "text_wrap": True, "valign": "top"})
        self.answer = add({"border": 1, "text_wrap": True, "valign": "top", "bg_color": "#FFF9E5"})
        self.wrap = add({"text_wrap": True, "valign": "top"})
        self.small = add({"font_size": 8, "font_color": "#808080"})

    def page(self, name: str, widths: list[int]) -> Any:
        """A sheet that prints on A4 across, one page wide."""
        sheet = self.book.add_worksheet(name)
        for place, width in enumerate(widths):
            sheet.set_column(place, place, width)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        return sheet


def workbook(content: Content) -> bytes:
    """The bytes of a letter; the same content gives the same bytes."""
    target = io.BytesIO()
    sheets = _Sheets(target, content)
    rows = content.part("finding")
    if rows:
        _answered(sheets, content, TO_VERIFY, rows, wording.ANSWERS, wording.INTRO)
    for name, part in ((TRACE, "traceback"), (MISSING, "missed")):
        rows = content.part(part)
        if rows:
            _answered(sheets, content, name, rows, wording.LIST_ANSWERS, wording.LIST_INTRO)
    _overview(sheets, content)
    if content.corrected.height:
        _corrected(sheets, content)
    if content.replies.height:
        _replies(sheets, content)
    _hidden(sheets, content)
    sheets.book.close()
    return target.getvalue()


def _answered(
    sheets: _Sheets,
    content: Content,
    name: str,
    rows: list[dict[str, Any]],
    answers: dict[str, str],
    intro: str,
) -> None:
    sheet = sheets.page(name, WIDTHS)
    last_column = len(COLUMNS) - 1
    sheet.write_string(0, 0, content.title, sheets.bold)
    text = f"{content.org_name}：{intro}联系：{content.contact_zh}。"
    sheet.merge_range(1, 0, 1, last_column, "", sheets.wrap)
    sheet.write_string(1, 0, text, sheets.wrap)
    sheet.set_row(1, _height([(text, sum(WIDTHS))]))
    more = ""
    if content.waiting:
        more = wording.WAITING.format(shown=len(content.asked), more=content.waiting)
    sheet.write_string(2, 0, f"{more}识别码（请勿删改）：{content.mark}", sheets.small)
    for place, title in enumerate(COLUMNS):
        sheet.write_string(HEADER_ROW, place, title, sheets.head)
    for number, row in enumerate(rows, HEADER_ROW + 1):
        values = _values(row, content)
        sheet.set_row(number, _height(list(zip(values, WIDTHS, strict=True))))
        for place, value in enumerate(values):
            open_cell = COLUMNS[place] in ("反馈", "说明")
            sheet.write_string(number, place, value, sheets.answer if open_cell else sheets.cell)
    last = HEADER_ROW + max(len(rows), 1)
    place = COLUMNS.index("反馈")
    sheet.autofilter(HEADER_ROW, 0, last, last_column)
    sheet.freeze_panes(HEADER_ROW + 1, 3)
    sheet.data_validation(
        HEADER_ROW + 1, place, last, place,
        {"validate": "list", "source": list(answers), "error_title": "反馈",
         "error_message": "请从列表中选择。"},
    )  # fmt: skip
    sheet.repeat_rows(HEADER_ROW)


def _height(cells: list[tuple[str, int]]) -> int:
    """A row's height for its longest cell; not every program works it out by itself.

    Args:
        cells: text and width of the column, in Latin characters; a Chinese one takes two.
    """
    longest = 1
    for text, width in cells:
        taken = 2 * len(text) - len(text.encode("ascii", "ignore"))
        longest = max(longest, -(-taken // max(width - 1, 1)))
    return LINE * longest


def _values(row: dict[str, Any], content: Content) -> list[str]:
    return [
        str(row["row_no"]),
        wording.CARD_ZH.get(row["card_type"] or "", ""),
        row["card_id"] or "",
        row["visit_no"] or "",
        row["sex"] or "",
        "" if row["age_years"] is None else str(row["age_years"]),
        row["month"] or "",
        row["label_zh"] or row["field"] or "",
        row["message_zh"],
        wording.STANDING[row["standing"]],
        row["first_on"].isoformat(),
        content.due_on.isoformat(),
        "",
        "",
    ]


def _overview(sheets: _Sheets, content: Content) -> None:
    """Counts by rule, the unit's own figures, reminders, and what this letter leaves out."""
    sheet = sheets.page(OVERVIEW, OVERVIEW_WIDTHS)
    lines = _Lines(sheet, sheets)
    lines.title(content.title)
    lines.text(f"致：{content.org_name}    联系：{content.contact_zh}")
    if content.asked:
        lines.section("本期请核实")
        counts = Counter((row["message_zh"], row["standing"]) for row in content.asked)
        lines.table(
            ["内容", "条数", "提示情况"],
            [[text, str(n), wording.STANDING[why]] for (text, why), n in counts.items()],
        )
    if content.zero_reports.height:
        lines.section("零报告")
        for card_type, month in content.zero_reports.select("card_type", "month").iter_rows():
            lines.text(wording.ZERO_REPORT.format(month=month, card=wording.CARD_ZH[card_type]))
    if content.own.height:
        lines.section("贵单位与全县")
        lines.text(wording.OWN)
        lines.table(
            ["指标", "年份", "贵单位", "比例", "95%区间", "全县"],
            [_own(row) for row in content.own.iter_rows(named=True)],
        )
    lines.section("说明")
    if content.asked or content.zero_reports.height:
        lines.text(f"请于 {content.due_on} 前反馈（工作日计算，已计入节假日调休）。")
        if not is_published(content.due_on):
            lines.text(wording.PROVISIONAL)
    else:
        lines.text(wording.NOTHING_ASKED)
    for sentence in content.not_asked:
        lines.text(sentence)


def _own(row: dict[str, Any]) -> list[str]:
    county = ""
    if row["county_value"] is not None:
        counts = f"{row['county_numerator']:g}/{row['county_denominator']:g}"
        county = f"{row['county_value']:.1f}%（{counts}）"
    return [
        row["name_zh"],
        str(row["year"]),
        f"{row['numerator']:g}/{row['denominator']:g}",
        f"{row['value']:.1f}%",
        f"{row['ci_low']:.1f}%～{row['ci_high']:.1f}%",
        county,
    ]


class _Lines:
    """Sections one under the other on a sheet."""

    def __init__(self, sheet: Any, sheets: _Sheets) -> None:
        self.sheet, self.sheets, self.row = sheet, sheets, 0

    def title(self, text: str) -> None:
        self._write(text, self.sheets.bold)

    def section(self, text: str) -> None:
        self.row += 1
        self._write(text, self.sheets.section)

    def text(self, text: str) -> None:
        self.sheet.merge_range(self.row, 0, self.row, 5, "", self.sheets.wrap)
        self.sheet.set_row(self.row, _height([(text, sum(OVERVIEW_WIDTHS))]))
        self._write(text, self.sheets.wrap)

    def table(self, head: list[str], rows: list[list[str]]) -> None:
        for place, title in enumerate(head):
            self.sheet.write_string(self.row, place, title, self.sheets.head)
        for row in rows:
            self.row += 1
            self.sheet.set_row(self.row, _height(list(zip(row, OVERVIEW_WIDTHS, strict=False))))
            for place, value in enumerate(row):
                self.sheet.write_string(self.row, place, value, self.sheets.cell)
        self.row += 1

    def _write(self, text: str, form: Any) -> None:
        self.sheet.write_string(self.row, 0, text, form)
        self.row += 1


def _corrected(sheets: _Sheets, content: Content) -> None:
    sheet = sheets.page(CORRECTED, [14, 28, 24, 56, 16])
    sheet.write_string(0, 0, wording.THANKS, sheets.section)
    head = ["卡片类型", "卡片编号", "字段", "原提示内容", "结果"]
    for place, title in enumerate(head):
        sheet.write_string(2, place, title, sheets.head)
    for number, row in enumerate(content.corrected.iter_rows(named=True), 3):
        done = wording.CONFIRMED if row["answer"] == "confirmed" else wording.CORRECTED
        values = [
            wording.CARD_ZH.get(row["card_type"], ""), row["card_id"], row["label_zh"] or "",
            row["message_zh"], done,
        ]  # fmt: skip
        sheet.set_row(number, _height([(row["message_zh"], 56)]))
        for place, value in enumerate(values):
            sheet.write_string(number, place, value, sheets.cell)
    sheet.autofilter(2, 0, 2 + content.corrected.height, len(head) - 1)
    sheet.freeze_panes(3, 0)


def _replies(sheets: _Sheets, content: Content) -> None:
    """Rows of returned sheets that were not taken, and what to do about each."""
    sheet = sheets.page(REPLIES, [40, 10, 10, 28, 70])
    sheet.write_string(0, 0, "以下反馈未采用，请查看原因：", sheets.section)
    head = ["文件", "期", "序号", "卡片编号", "原因"]
    for place, title in enumerate(head):
        sheet.write_string(2, place, title, sheets.head)
    for number, row in enumerate(content.replies.iter_rows(named=True), 3):
        values = [
            row["source_file"].rsplit("/", 1)[-1], str(row["issue"]), row["row_no"] or "",
            row["card_id"] or "", wording.PROBLEM[row["outcome"]],
        ]  # fmt: skip
        for place, value in enumerate(values):
            sheet.write_string(number, place, value, sheets.cell)
    sheet.autofilter(2, 0, 2 + content.replies.height, len(head) - 1)
    sheet.freeze_panes(3, 0)


def _hidden(sheets: _Sheets, content: Content) -> None:
    """Issue, unit and findings, for the file's way back."""
    sheet = sheets.book.add_worksheet(mark.SHEET)
    sheet.write_string(0, 0, content.mark)
    for number, row in enumerate(content.asked, 1):
        sheet.write_string(number, 0, str(row["row_no"]))
        sheet.write_string(number, 1, row["item"])
    sheet.hide()
    sheets.book.define_name("zhikong_letter", f"={mark.SHEET}!$A$1")
