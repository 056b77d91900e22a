"""A new document: paper, fonts for Chinese and Latin, header and page number."""

from __future__ import annotations

from typing import Any

import docx
from docx.document import Document
from docx.enum.section import WD_ORIENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor

from flows.document.field import add_field
from flows.printable import written

#: The pairs every Chinese Windows and WPS has; elsewhere the program's own Chinese font stands in.
BODY_FONT, HEADING_FONT, LATIN_FONT = "宋体", "黑体", "Times New Roman"
HEADING_POINTS = {1: 15, 2: 13, 3: 12}
TEXT_POINTS, TABLE_POINTS = 12, 10.5
A4_CM = (21.0, 29.7)
DRAFT_MARK = "草稿（待审核签发）"
#: Style of running text: the first line is two characters in.
TEXT_STYLE, TABLE_STYLE = "Body Text", "Body Text 2"


def new_document(title: str, *, draft: bool = True, landscape: bool = False) -> Document:
    """An empty A4 document that begins with its title.

    Args:
        title: the title, also its core property; identities never belong into it.
        draft: print 草稿（待审核签发） at the top of every page, as everything must that no person
            has issued yet (docs/definitions.md, items 20 and 22).
        landscape: lying paper, for wide forms.

    Returns:
        A python-docx Document; headings are the built-in styles `Heading 1` to `Heading 3`.
    """
    document = docx.Document()
    _styles(document)
    section = document.sections[0]
    short, long = Cm(A4_CM[0]), Cm(A4_CM[1])
    section.orientation = WD_ORIENT.LANDSCAPE if landscape else WD_ORIENT.PORTRAIT
    section.page_width, section.page_height = (long, short) if landscape else (short, long)
    section.top_margin = section.bottom_margin = Cm(2.5 if not landscape else 1.8)
    section.left_margin = section.right_margin = Cm(2.6 if not landscape else 1.8)
    if draft:
        mark = section.header.paragraphs[0]
        mark.alignment = WD_ALIGN_PARAGRAPH.RIGHT
        mark.add_run(DRAFT_MARK).bold = True
    foot = section.footer.paragraphs[0]
    foot.alignment = WD_ALIGN_PARAGRAPH.CENTER
    foot.add_run("第 ")
    add_field(foot, "PAGE", "1")
    foot.add_run(" 页")
    title = written(title)
    document.core_properties.title = title
    head = document.add_paragraph(title, style="Title")
    head.alignment = WD_ALIGN_PARAGRAPH.CENTER
    return document


def set_fonts(style: Any, chinese: str, points: float, *, bold: bool = False) -> None:
    """Give a style its Latin and its East Asian font, size and plain black.

    Word takes Chinese characters from `eastAsia` alone: without it a Chinese text falls back to the
    theme's font, which differs from machine to machine.
    """
    style.font.name, style.font.size, style.font.bold = LATIN_FONT, Pt(points), bold
    style.font.italic, style.font.color.rgb = False, RGBColor(0, 0, 0)
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
        fonts.attrib.pop(qn(f"w:{theme}"), None)
    fonts.set(qn("w:ascii"), LATIN_FONT)
    fonts.set(qn("w:hAnsi"), LATIN_FONT)
    fonts.set(qn("w:eastAsia"), chinese)


def _styles(document: Document) -> None:
    styles = document.styles
    # Without it the characters take the forms (and the comma its place) of another country.
    for language in styles.element.iter(qn("w:lang")):
        language.set(qn("w:eastAsia"), "zh-CN")
    set_fonts(styles["Normal"], BODY_FONT, TEXT_POINTS)
    for name, points in ((TEXT_STYLE, TEXT_POINTS), (TABLE_STYLE, TABLE_POINTS)):
        set_fonts(styles[name], BODY_FONT, points)
    for name in ("Header", "Footer"):
        set_fonts(styles[name], BODY_FONT, 9)
    for name in ("List Bullet", "List Number"):
        set_fonts(styles[name], BODY_FONT, TEXT_POINTS)
        styles[name].paragraph_format.line_spacing = 1.5
        styles[name].paragraph_format.space_after = Pt(0)
    set_fonts(styles["Title"], HEADING_FONT, 20, bold=True)
    styles["Title"].paragraph_format.space_after = Pt(18)
    border = styles["Title"].element.pPr.find(qn("w:pBdr"))
    if border is not None:  # the built-in title has a blue line under it
        styles["Title"].element.pPr.remove(border)
    for level, points in HEADING_POINTS.items():
        style = styles[f"Heading {level}"]
        set_fonts(style, HEADING_FONT, points, bold=True)
        style.paragraph_format.space_before, style.paragraph_format.space_after = Pt(12), Pt(6)
        style.paragraph_format.keep_with_next = True
    set_fonts(styles["Caption"], HEADING_FONT, TABLE_POINTS, bold=True)
    styles["Caption"].paragraph_format.space_before = Pt(8)
    styles["Caption"].paragraph_format.space_after = Pt(4)
    text = styles[TEXT_STYLE].paragraph_format
    text.line_spacing, text.space_after = 1.5, Pt(0)
    indent = styles[TEXT_STYLE].element.get_or_add_pPr().get_or_add_ind()
    indent.set(qn("w:firstLineChars"), "200")
    indent.set(qn("w:firstLine"), str(2 * TEXT_POINTS * 20))  # for programs that count no chars
    table = styles[TABLE_STYLE].paragraph_format
    table.line_spacing, table.space_after, table.space_before = 1.0, Pt(1), Pt(1)
