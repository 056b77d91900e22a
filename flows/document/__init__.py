"""Chinese Word documents: one look, real headings, numbered captions, the same bytes every time.

document = new_document("某县死因漏报调查方案")          # A4, page numbers, 草稿 in the header
add_contents(document)                                    # 目录 of the headings
add_heading(document, "一、背景", 1)
add_text(document, "……")                                  # first line two characters in
label = add_table(document, "各层样本量", ["层", "户数"], [["城镇", "300"]])   # "表1"
label = add_figure(document, "漏报率", png_bytes)                              # "图1"
save(document, path, made_on=date(2026, 1, 31))
"""

from flows.document.caption import add_figure, add_table
from flows.document.page import new_document
from flows.document.paragraph import add_blanks, add_contents, add_heading, add_items, add_text
from flows.document.save import save

__all__ = [
    "add_blanks",
    "add_contents",
    "add_figure",
    "add_heading",
    "add_items",
    "add_table",
    "add_text",
    "new_document",
    "save",
]
