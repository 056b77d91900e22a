"""Pages -> an `.xlsx` in memory; it reaches the disk only behind its password."""

from __future__ import annotations

import io
from datetime import date, datetime, time

import xlsxwriter

from flows.desk.sheets import DECISION, NOTE, Page

HEADER_ROW = 2  # the third line
MARK_SHEET = "zhikong"
LINE = 16  # height of a line of text, in points


def workbook(pages: list[Page], mark: str, as_of: date, title: str) -> bytes:
    """The bytes of the work book; the same pages give the same bytes.

    Args:
        pages: as of `sheets.pages`.
        mark: goes into a hidden sheet, for the file's way back.
        as_of: 数据截至.
        title: stands above every page.
    """
    target = io.BytesIO()
    options = {"strings_to_formulas": False, "strings_to_urls": False, "in_memory": True}
    book = xlsxwriter.Workbook(target, options)
    book.set_properties({"title": title, "created": datetime.combine(as_of, time(8))})
    formats = {
        "title": book.add_format({"bold": True, "font_size": 13}),
        "intro": book.add_format({"text_wrap": True, "valign": "top"}),
        "head": book.add_format(
            {"bold": True, "bg_color": "#DCE6F1", "border": 1, "text_wrap": True, "valign": "top"}
        ),
        "cell": book.add_format(
            {"border": 1, "text_wrap": True, "valign": "top", "num_format": "@"}
        ),
        "differs": book.add_format(
            {
                "border": 1, "text_wrap": True, "valign": "top", "num_format": "@",
                "bg_color": "#FCE4D6", "bold": True,
            }
        ),
        "open": book.add_format(
            {"border": 1, "text_wrap": True, "valign": "top", "bg_color": "#FFF9E5"}
        ),
    }  # fmt: skip
    for page in pages:
        _page(book, page, formats, title)
    sheet = book.add_worksheet(MARK_SHEET)
    sheet.write_string(0, 0, mark)
    sheet.very_hidden()
    book.close()
    return target.getvalue()


def _page(book: xlsxwriter.Workbook, page: Page, formats: dict[str, object], title: str) -> None:
    sheet = book.add_worksheet(page.name)
    sheet.set_landscape()
    sheet.set_paper(8)  # A3: side by side needs room
    sheet.fit_to_pages(1, 0)
    sheet.set_margins(0.4, 0.4, 0.5, 0.5)
    sheet.set_footer("&L含个人身份信息，仅限本单位工作使用&R第 &P / &N 页")
    titles = list(page.columns)
    last_column = len(titles) - 1
    sheet.write_string(0, 0, f"{page.name}（{title}）", formats["title"])
    sheet.merge_range(1, 0, 1, min(last_column, 16), "", formats["intro"])
    sheet.write_string(1, 0, page.intro, formats["intro"])
    sheet.set_row(1, 2 * LINE)
    for place, (name, width) in enumerate(page.columns.items()):
        sheet.write_string(HEADER_ROW, place, name, formats["head"])
        sheet.set_column(place, place, width)
    twins = {}
    for one, other in page.pairs:
        twins[titles.index(one)] = titles.index(other)
        twins[titles.index(other)] = titles.index(one)
    for number, row in enumerate(page.rows, HEADER_ROW + 1):
        for place, value in enumerate(row):
            twin = row[twins[place]] if place in twins else value
            form = formats["differs" if value and twin and twin != value else "cell"]
            is_open = titles[place] in (DECISION, NOTE)
            sheet.write_string(number, place, value, formats["open"] if is_open else form)
    if not page.rows:
        sheet.write_string(HEADER_ROW + 1, 0, "没有需要处理的内容。")
    last = HEADER_ROW + max(len(page.rows), 1)
    sheet.autofilter(HEADER_ROW, 0, last, last_column)
    sheet.freeze_panes(HEADER_ROW + 1, min(3, last_column))
    sheet.repeat_rows(HEADER_ROW)
    if page.choices:
        place = titles.index(DECISION)
        sheet.data_validation(
            HEADER_ROW + 1, place, last, place,
            {"validate": "list", "source": list(page.choices), "error_title": DECISION,
             "error_message": "请从列表中选择。"},
        )  # fmt: skip
