"""Which months a brief is about."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from flows.home import UserError


@dataclass(frozen=True)
class Period:
    """A month or a quarter: its months, its name in a file and its name in a sentence."""

    months: tuple[str, ...]
    code: str
    name_zh: str

    @property
    def first_day(self) -> date:
        """The day it begins."""
        return date.fromisoformat(f"{self.months[0]}-01")

    def is_running(self, as_of: date) -> bool:
        """It is not over on the day of the data."""
        return as_of.isoformat()[:7] <= self.months[-1]


def read_period(month: str | None, quarter: str | None) -> Period:
    """The period of ``--month 2025-12`` or ``--quarter 2025Q4``; exactly one must be given."""
    if (month is None) == (quarter is None):
        raise UserError("请用 --month YYYY-MM 或 --quarter YYYYQn 指明一个期间，二者取一。")
    if month is not None:
        if not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", month):
            raise UserError(f"--month {month}：请写成 YYYY-MM，例如 2025-12。")
        return Period((month,), month, f"{month[:4]}年{int(month[5:])}月")
    assert quarter is not None
    match = re.fullmatch(r"(\d{4})[Qq]([1-4])", quarter)
    if not match:
        raise UserError(f"--quarter {quarter}：请写成 YYYYQn，例如 2025Q4。")
    year, number = match[1], int(match[2])
    months = tuple(f"{year}-{month:02d}" for month in range(3 * number - 2, 3 * number + 1))
    return Period(months, f"{year}Q{number}", f"{year}年第{number}季度")
