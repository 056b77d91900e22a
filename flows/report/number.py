"""Numbers as a report prints them: the unit beside the number, intervals with ～."""

from __future__ import annotations

from typing import Any

from flows.published import UNIT_ZH

DIGITS = {"percent": 2, "per_1000": 2, "per_100k": 2, "ratio": 2, "years": 2, "count": 0}
SEX_ZH = {"0": "合计", "1": "男", "2": "女"}
MISSING = "—"


def plain(value: float | None, digits: int = 2) -> str:
    """A number without unit for a table whose head names it; an em dash for none."""
    return MISSING if value is None else f"{value:.{digits}f}"


def whole(value: float | None) -> str:
    """A count."""
    return MISSING if value is None else f"{round(value)}"


def span(low: float | None, high: float | None, digits: int = 2) -> str:
    """An interval for a table."""
    if low is None or high is None:
        return MISSING
    return f"{low:.{digits}f}～{high:.{digits}f}"


def said(value: float, unit: str, digits: int | None = None) -> str:
    """A number in running text, with its unit."""
    places = DIGITS[unit] if digits is None else digits
    return f"{value:.{places}f}{UNIT_ZH[unit]}"


def interval(row: dict[str, Any], unit: str) -> str:
    """95%区间 in running text, or nothing where there is none."""
    low, high = row.get("ci_low"), row.get("ci_high")
    if low is None or high is None:
        return ""
    places = DIGITS[unit]
    return f"95%区间 {low:.{places}f}{UNIT_ZH[unit]}～{high:.{places}f}{UNIT_ZH[unit]}"


def share(part: float, total: float) -> str:
    """part/total in percent for a table; an em dash where the total is nought."""
    return MISSING if not total else f"{part / total * 100:.2f}"
