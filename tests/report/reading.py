"""What the tests ask of a finished document."""

from __future__ import annotations

import re

from docx.document import Document
from docx.oxml.ns import qn
from docx.table import Table

from flows.report.writer import HIDDEN

#: Codes and names that a Chinese report keeps in Latin letters.
LATIN = re.compile(
    r"[A-Z]\d\d(\.\d)?|ICD-O-3|ICD-10|ICD|M/I|MV|DCO|DCN|UB|CCD|CT|AAPC|APC|T0|[abcd]行|mmol/L|mg/dL"
    r"|Segi|Newcombe|Pohar-Perme|\b[A-Z]\b|[A-Z](?=编码|、|，|-)|X\d{8}"
)
UNSUITABLE = ("还差", "再报", "补足", "不合格", "瞒报", "造假", "批评", "排名第", "显著", "大幅")


def text_of(document: Document) -> str:
    lines = [paragraph.text for paragraph in document.paragraphs]
    lines += [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join(lines)


def english_left(text: str) -> set[str]:
    return set(re.findall(r"[A-Za-z]{2,}", LATIN.sub("", text)))


def captions(document: Document, kind: str) -> list[int]:
    pattern = re.compile(rf"{kind}(\d+)\s")
    return [
        int(match[1])
        for paragraph in document.paragraphs
        if paragraph.style.name == "Caption" and (match := pattern.match(paragraph.text))
    ]


def alt_texts(document: Document) -> list[str]:
    return [shape._inline.docPr.get("descr") or "" for shape in document.inline_shapes]


def percentages(document: Document) -> list[float]:
    """Every share before a % sign, and every cell under a head whose unit is %; no changes."""
    text = "\n".join(paragraph.text for paragraph in document.paragraphs)
    text = re.sub(r"变化百分比（AAPC）[^）]*）", "", text)
    found = [float(number) for number in re.findall(r"(?<![\d.])(-?\d+(?:\.\d+)?)%", text)]
    for table in document.tables:
        rows = cells(table)
        for column, head in enumerate(rows[0]):
            if "（%" in head or head.endswith("%"):
                numbers = (re.findall(r"-?\d+\.\d+", row[column]) for row in rows[1:])
                found += [float(number) for row in numbers for number in row]
    return found


def cells(table: Table) -> list[list[str]]:
    return [[cell.text for cell in row.cells] for row in table.rows]


def titled(document: Document, words: str) -> list[list[str]]:
    """The cells of the table whose caption holds the words."""
    body = list(document.element.body)
    for paragraph in document.paragraphs:
        if paragraph.style.name == "Caption" and words in paragraph.text:
            following = body[body.index(paragraph._p) + 1]
            assert following.tag == qn("w:tbl")
            return cells(Table(following, document))
    raise AssertionError(f"no table {words}")


def has_total(rows: list[list[str]]) -> bool:
    return next(cell for cell in rows[-1] if cell) == "合计"


def wrong_totals(rows: list[list[str]]) -> list[str]:
    """Heads of the count columns whose 合计 row is not the sum of the rows above it."""
    if not has_total(rows) or len(rows) < 3:
        return []
    found = []
    for column, head in enumerate(rows[0]):
        shown = [row[column] for row in rows[1:]]
        if all(re.fullmatch(r"\d+", cell) for cell in shown):
            parts, total = [int(cell) for cell in shown[:-1]], int(shown[-1])
            # Mean populations are rounded cell by cell.
            slack = len(parts) / 2 if "人" in head else 0
            if abs(sum(parts) - total) > slack:
                found.append(head)
        elif HIDDEN in shown[:-1] and re.fullmatch(r"\d+", shown[-1]):
            seen = sum(int(cell) for cell in shown[:-1] if re.fullmatch(r"\d+", cell))
            if not seen < int(shown[-1]):
                found.append(head)
    return found
