"""Values as people export them -> canonical values (docs/manual.md).

Every function takes one cleaned text and gives the canonical value, or `MALFORMED` for a text that
is there but cannot be read. Functions run once per distinct value of a column, never per row.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path

from flows.home import REFERENCE


class Malformed:
    """The type of `MALFORMED`: present, but not a value of its kind."""

    def __repr__(self) -> str:
        """Named in messages of failing tests."""
        return "MALFORMED"


MALFORMED = Malformed()
EMPTY = {"", "NULL", "NONE", "NAN", "N/A", "\\N", "-", "--", "—", "——", "/", "<空>", "#N/A"}
EXCEL_EPOCH = datetime(1899, 12, 30)
ICD10 = re.compile(r"([A-Z])(\d{2})(?:[.,]?(?:(\d)[\dX]*|X[\dX]*|-)|[.,])?(?:[+*].*)?")
DAY = re.compile(
    r"(\d{4})(?:[-/.年])(\d{1,2})(?:[-/.月])(\d{1,2})日?"
    r"(?:[T ]+(\d{1,2}):(\d{1,2})(?::(\d{1,2}))?(?:\.\d+)?|\s*(\d{1,2})时(?:(\d{1,2})分)?)?Z?"
)
PACKED = re.compile(r"(\d{4})(\d{2})(\d{2})(?:\s?(\d{2}):?(\d{2}):?(\d{2})?)?")
MONTH = re.compile(r"(\d{4})(?:[-/.年])?(\d{1,2})月?")
SERIAL = re.compile(r"([2-6]\d{4})(\.\d+)?")


def clean(text: str | None) -> str | None:
    """Half-width, trimmed, without Excel's leading apostrophe; None for an empty cell."""
    if text is None:
        return None
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    text = text.strip(" \t\r\n\u3000\u200b\ufeff").lstrip("'`").strip()
    return None if text.upper() in EMPTY else text


def icd10(text: str) -> str | Malformed:
    """`c34.900x001`, `C349`, `A01.001+K77.0*` -> `C34.9`, `C34.9`, `A01.0`."""
    found = ICD10.fullmatch(re.sub(r"\s", "", text.upper()).replace("†", "+"))
    if not found:
        return MALFORMED
    letter, category, digit = found.groups()
    return f"{letter}{category}.{digit}" if digit else letter + category


def morphology(text: str) -> tuple[str, str | None] | Malformed:
    """`8140/3`, `81403`, `M8140/3`, `8140/32` -> (`8140`, `3`); `8140` -> (`8140`, None)."""
    found = re.fullmatch(r"M?-?(\d{4})(?:[/\s]?(\d)\d?)?(?:\.0)?", text.upper().replace(" ", ""))
    return (found[1], found[2]) if found else MALFORMED


Partial = tuple[datetime | None, int, int | None]


def moment(text: str) -> Partial | Malformed:
    """A date with or without time.

    Returns:
        (moment or None, year, month or None): `1950-00-00` and `1950` give a year, `1950-06` a
        year and a month, with no moment.
    """
    found = DAY.fullmatch(text) or PACKED.fullmatch(text)
    if found:
        groups = [int(group) if group else 0 for group in found.groups()]
        year, month, day = groups[:3]
        clock = groups[3:6] if len(groups) < 8 or not groups[6] else [groups[6], groups[7], 0]
        return _partial(year, month, day, clock)
    if SERIAL.fullmatch(text):
        when = EXCEL_EPOCH + timedelta(days=float(text))
        when = when.replace(microsecond=0)
        return when, when.year, when.month
    if re.fullmatch(r"(1[89]|20)\d\d年?", text):
        return None, int(text[:4]), None
    if (found := MONTH.fullmatch(text)) and 1 <= int(found[2]) <= 12:
        return None, int(found[1]), int(found[2])
    return MALFORMED


def _partial(year: int, month: int, day: int, clock: list[int]) -> Partial | Malformed:
    if month == 0 and day == 0:
        return None, year, None
    if day == 0 and 1 <= month <= 12:
        return None, year, month
    try:
        return datetime(year, month, day, clock[0], clock[1], clock[2]), year, month
    except ValueError:
        return MALFORMED


def number(text: str) -> float | Malformed:
    """`1,234.5` -> 1234.5; a text with a unit is malformed, its unit is not guessed."""
    try:
        value = float(text.replace(",", ""))
    except ValueError:
        return MALFORMED
    return value if abs(value) < 1e15 else MALFORMED  # nan and inf fail the comparison


def integer(text: str) -> int | Malformed:
    """`2024`, `2024.0`, `2024年` -> 2024."""
    value = number(text.removesuffix("年"))
    if isinstance(value, Malformed) or value != int(value):
        return MALFORMED
    return int(value)


def month(text: str) -> str | Malformed:
    """`2024-3`, `202403`, `2024年3月`, a date -> `2024-03`."""
    found = moment(text)
    if isinstance(found, Malformed) or found[2] is None:
        return MALFORMED
    return f"{found[1]:04d}-{found[2]:02d}"


def id_number(text: str) -> str | Malformed:
    """Upper case, without blanks; a number in scientific notation is damaged, never guessed."""
    text = re.sub(r"[\s\-]", "", text.upper())
    if re.fullmatch(r"\d(\.\d+)?E\+?\d+", text.replace("-", "")):
        return MALFORMED
    return text.removesuffix(".0")


def area(text: str) -> str:
    """Area codes lose padding zeros (`33032900` -> `330329`); names stay for the dictionary."""
    digits = text.removesuffix(".0")
    if not digits.isdigit():
        return text
    if len(digits) == 8 and digits.endswith("00"):
        return digits[:6]
    if len(digits) == 12:
        return digits[:9] if digits.endswith("000") and digits[6:9] != "000" else digits
    return digits


def label_key(text: str) -> str:
    """Labels are compared without blanks, case and punctuation."""
    return re.sub(r"[\s.,，。、:：;；()（）/_\-]", "", unicodedata.normalize("NFKC", text)).upper()


@cache
def code_lists(reference: Path = REFERENCE) -> dict[str, dict[str, str]]:
    """Code list -> every accepted form -> code, from `code_list.csv` and `code_alias.csv`."""
    forms: dict[str, dict[str, str]] = defaultdict(dict)
    with (reference / "code_list.csv").open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            name, code, label = row["code_list"], row["code"], label_key(row["label_zh"])
            forms[name].setdefault(label, code)
            forms[name].setdefault(code + label, code)
    with (reference / "code_list.csv").open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):  # a code goes before a label of the same spelling
            name, code = row["code_list"], row["code"]
            forms[name][code.upper()] = code
            if code.isdigit() and len(code) == 1:
                forms[name].setdefault("0" + code, code)
    with (reference / "code_alias.csv").open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            forms[row["code_list"]].setdefault(label_key(row["alias"]), row["code"])
    return dict(forms)


def coder(code_list: str) -> Callable[[str], str]:
    """Code, label or both -> code; what is none of them is kept, for a rule to name."""
    forms = code_lists()[code_list]

    def code(text: str) -> str:
        key = label_key(text.removesuffix(".0"))
        return forms.get(key) or forms.get(re.sub(r"^0+(?=\w)", "", key)) or text

    return code


def multi_coder(code_list: str) -> Callable[[str], str]:
    """`7, 6`, `6病理(继发);7病理(原发)` -> `6,7`: ascending, once each, no blanks."""
    one = coder(code_list)

    def codes(text: str) -> str:
        whole = one(text)
        if whole != text or whole in code_lists()[code_list]:
            return whole
        parts = [one(part) for part in re.split(r"[,，、;；|\s]+", text) if part]
        order = sorted(set(parts), key=lambda code: (len(code), code))
        return ",".join(order)

    return codes


def as_date(found: Partial) -> date | None:
    """The day of a moment, if it is known."""
    return found[0].date() if found[0] else None
