"""Working days in China, with the make-up days of the State Council's notices."""

from __future__ import annotations

from datetime import date, timedelta

import chinese_calendar


def is_working_day(day: date) -> bool:
    """True on a working day; past the last published calendar Monday to Friday stand in."""
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:
        return day.weekday() < 5


def is_published(day: date) -> bool:
    """Whether the calendar knows the year of a day: a deadline beyond it is provisional."""
    try:
        chinese_calendar.is_workday(day)
    except NotImplementedError:
        return False
    return True


def after_working_days(day: date, count: int) -> date:
    """The day that is `count` working days after `day`."""
    while count:
        day += timedelta(days=1)
        count -= is_working_day(day)
    return day
