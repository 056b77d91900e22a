"""Files of the evidence folder: one table a workbook, a blank training sheet, the index page."""

from __future__ import annotations

import io
from datetime import date, datetime, time

import jinja2
import polars as pl
import xlsxwriter

TRAINING = ("序号", "姓名", "单位", "职务或岗位", "联系电话", "签名", "备注")
TRAINING_LINES = 30
WIDEST = 44
PAGE = """<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8"><title>{{ title }}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>
body{font-family:"Noto Sans CJK SC","Microsoft YaHei",sans-serif;margin:1.5rem;color:#1a1a1a}
h1{font-size:1.3rem}table{border-collapse:collapse;width:100%;font-size:.85rem}
th,td{border:1px solid #b8c4d0;padding:.3rem .45rem;text-align:left;vertical-align:top}
th{background:#dce6f1}td.hash{font-family:monospace;font-size:.7rem;word-break:break-all}
td:nth-child(3),td:nth-child(4){white-space:nowrap}
tr.gap td.state{background:#fff2cc;font-weight:bold}
</style></head><body><h1>{{ title }}</h1><p>{{ remark }}</p>
<p>{{ have }} 项已有，{{ gaps }} 项缺少、待填写、待签发或为空白模板。
把“佐证登记_待填.csv”中已办妥的行填好：“完成”改为 1，
写明签发单位和完成日期；删去未办妥的行，放入收件目录。</p>
<table><thead><tr>{% for name in head %}<th>{{ name }}</th>{% endfor %}</tr></thead><tbody>
{% for line in lines %}<tr{% if line[3] != "已有" %} class="gap"{% endif %}>
{%- for cell in line -%}
{%- if loop.index0 == 4 and cell %}<td><a href="{{ cell }}">{{ cell }}</a></td>
{%- elif loop.index0 == 3 %}<td class="state">{{ cell }}</td>
{%- elif loop.index0 == 6 %}<td class="hash">{{ cell }}</td>
{%- else %}<td>{{ cell }}</td>{% endif -%}
{%- endfor %}</tr>
{% endfor %}</tbody></table></body></html>
"""


def index_page(title: str, remark: str, head: list[str], lines: list[list[str]]) -> str:
    """The index as a page that needs nothing but itself."""
    have = sum(line[3] == "已有" for line in lines)
    page = jinja2.Environment(autoescape=True).from_string(PAGE)
    return page.render(
        title=title, remark=remark, head=head, lines=lines, have=have, gaps=len(lines) - have
    )


def one_sheet(title: str, remark: str, table: pl.DataFrame, as_of: date) -> bytes:
    """A table with its title as a workbook; the same table gives the same bytes."""
    target = io.BytesIO()
    book = _book(target, title, as_of)
    sheet = book.add_worksheet("表")
    bold = book.add_format({"bold": True, "font_size": 13})
    box = {"border": 1, "text_wrap": True, "valign": "top"}
    head = book.add_format(box | {"bold": True, "bg_color": "#DCE6F1"})
    cell = book.add_format(box)
    number = book.add_format(box | {"num_format": "#,##0.##"})
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.write_string(0, 0, title, bold)
    sheet.write_string(1, 0, remark)
    for place, name in enumerate(table.columns):
        texts = [name, *(str(value) for value in table[name].head(200) if value is not None)]
        width = max(sum(1 if one.isascii() else 2 for one in text) for text in texts) + 2
        sheet.set_column(place, place, min(width, WIDEST))
        sheet.write_string(2, place, name, head)
    for row_number, row in enumerate(table.iter_rows(), 3):
        for place, value in enumerate(row):
            if isinstance(value, int | float) and not isinstance(value, bool):
                sheet.write_number(row_number, place, value, number)
            else:
                sheet.write_string(row_number, place, "" if value is None else str(value), cell)
    sheet.autofilter(2, 0, max(2 + table.height, 3), max(table.width - 1, 0))
    sheet.freeze_panes(3, 0)
    sheet.repeat_rows(2)
    book.close()
    return target.getvalue()


def training_sheet(title: str, as_of: date) -> bytes:
    """An empty sheet to sign."""
    target = io.BytesIO()
    book = _book(target, title, as_of)
    sheet = book.add_worksheet("签到表")
    bold = book.add_format({"bold": True, "font_size": 16, "align": "center"})
    head = book.add_format({"bold": True, "border": 1, "align": "center", "bg_color": "#DCE6F1"})
    cell = book.add_format({"border": 1})
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.merge_range(0, 0, 0, len(TRAINING) - 1, title, bold)
    sheet.write_string(1, 0, "培训内容：")
    sheet.write_string(2, 0, "时间：            地点：            主办单位：")
    for place, name in enumerate(TRAINING):
        sheet.write_string(3, place, name, head)
        sheet.set_column(place, place, 6 if place == 0 else 14)
    for number in range(TRAINING_LINES):
        sheet.write_number(4 + number, 0, number + 1, cell)
        for place in range(1, len(TRAINING)):
            sheet.write_blank(4 + number, place, None, cell)
    sheet.repeat_rows(3)
    book.close()
    return target.getvalue()


def _book(target: io.BytesIO, title: str, as_of: date) -> xlsxwriter.Workbook:
    options = {"strings_to_formulas": False, "strings_to_urls": False, "in_memory": True}
    book = xlsxwriter.Workbook(target, options)
    book.set_properties({"title": title, "created": datetime.combine(as_of, time(8))})
    return book
