"""Text from files on its way to a terminal, a log line or a table that a spreadsheet opens."""

from __future__ import annotations

import re

#: Control characters of both sets, and what turns the direction of writing or ends a line.
_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")
#: What spreadsheets take for the beginning of a formula.
_FORMULA = re.compile(r"[=@\t\r\n\uff1d\uff20]|[+\-＋－](?!\d*\.?\d+%?$)")
LONGEST = 2000


def printable(text: str) -> str:
    """One line without control characters: it cannot move a cursor or pass for a second line."""
    shown = _UNSEEN.sub("�", text)
    return shown if len(shown) <= LONGEST else shown[:LONGEST] + "…"


def written(text: str) -> str:
    """Text of a document: lines and tabs stay, what XML may not hold or what turns writing goes."""
    return _UNSEEN.sub(lambda found: found[0] if found[0] in "\n\t" else "", text)


def printable_lines(text: str) -> str:
    """Several lines of ours, each made printable."""
    return "\n".join(printable(line) for line in text.split("\n"))


def not_a_formula(text: str) -> str:
    """A cell of a CSV that a spreadsheet shows as text: an apostrophe before what looks active."""
    return f"'{text}" if _FORMULA.match(text) else text


def escaped_json(text: str) -> str:
    """JSON in which what a terminal might obey stands as escapes; it reads back the same."""
    return _UNSEEN.sub(
        lambda found: found[0] if found[0] == "\n" else f"\\u{ord(found[0]):04x}", text
    )
