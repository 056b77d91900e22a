"""Text columns, as a file brings them, turned into numbers and dates; what cannot be is named."""

from __future__ import annotations

import polars as pl

from .errors import InvalidOptionError, InvalidValueError, MissingColumnError, NegativeCountError
from .rate import require

DATE_FORMATS = ("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d")


def numeric(frame: pl.DataFrame, *columns: str, optional: bool = False) -> pl.DataFrame:
    """The columns as finite floats at least zero; an empty cell raises unless ``optional``.

    Thousands separators and surrounding blanks are accepted. Raises MissingColumnError,
    InvalidValueError or NegativeCountError naming the column and the 0-based row.
    """
    require(frame, *columns)
    for column in columns:
        text = frame[column].cast(pl.String).str.strip_chars()
        filled = text.is_not_null() & (text != "")
        values = text.str.replace_all(",", "").cast(pl.Float64, strict=False)
        wrong = (filled & ~values.is_finite().fill_null(False)).arg_true()
        if len(wrong):
            raise InvalidValueError("不是数字，请改为数字", column=column, row=int(wrong[0]))
        empty = (~filled).arg_true()
        if len(empty) and not optional:
            message = "是空的，请填写数字（没有发生请填 0）"
            raise InvalidValueError(message, column=column, row=int(empty[0]))
        negative = (values < 0).fill_null(False).arg_true()
        if len(negative):
            row = int(negative[0])
            raise NegativeCountError("是负数，请核对", column=column, row=row)
        frame = frame.with_columns(values.set(~filled, None).alias(column))
    return frame


def dates(frame: pl.DataFrame, *columns: str) -> pl.DataFrame:
    """The columns as dates (2024-05-01, 2024/5/1, 2024.5.1 or 20240501); anything else raises."""
    require(frame, *columns)
    for column in columns:
        if frame.schema[column] == pl.Date:
            continue
        text = frame[column].cast(pl.String).str.strip_chars().str.slice(0, 10)
        tries = [text.str.to_date(form, strict=False) for form in DATE_FORMATS]
        values = tries[0]
        for other in tries[1:]:
            values = values.fill_null(other) if values.null_count() else values
        wrong = values.is_null().arg_true()
        if len(wrong):
            raise InvalidValueError("不是日期，请写成 2024-05-01", column=column, row=int(wrong[0]))
        frame = frame.with_columns(values.alias(column))
    return frame


def named(frame: pl.DataFrame, synonyms: dict[str, tuple[str, ...]]) -> pl.DataFrame:
    """Rename the first synonym present to its canonical name; absent ones stay absent."""
    renamed = {}
    for name, others in synonyms.items():
        present = [other for other in others if other in frame.columns]
        if name not in frame.columns and present:
            renamed[present[0]] = name
    return frame.rename(renamed)


def years_list(text: str) -> list[float]:
    """Comma-separated years, e.g. ``1,3,5``; anything else raises InvalidOptionError."""
    try:
        return [float(part) for part in text.replace("，", ",").split(",")]
    except ValueError:
        raise InvalidOptionError("应为逗号分隔的年数，如 1,3,5", column="at") from None


def other_columns(frame: pl.DataFrame, *used: str) -> list[str]:
    """The group columns: everything in the file that the method does not use."""
    return [column for column in frame.columns if column not in used]


def interval_years(frame: pl.DataFrame) -> float:
    """Years between two counts: columns years, or date1 and date2 (dates or decimal years).

    One value for the whole frame; raises MissingColumnError or InvalidValueError.
    """
    frame = named(
        frame, {"years": ("t", "interval_years"), "date1": ("year1",), "date2": ("year2",)}
    )
    if "years" in frame.columns:
        values = numeric(frame, "years")["years"].unique()
        if len(values) != 1:
            raise InvalidValueError("两次人口之间的年数每行应相同", column="years", row=0)
        return float(values[0])
    if "date1" not in frame.columns or "date2" not in frame.columns:
        raise MissingColumnError("缺少 years 列，或 date1 与 date2 两列", column="years")
    first, second = (_decimal_year(frame, column) for column in ("date1", "date2"))
    return second - first


def _decimal_year(frame: pl.DataFrame, column: str) -> float:
    number = frame[column].cast(pl.String).cast(pl.Float64, strict=False)
    if number.null_count() == 0 and bool((number < 3000).all()):
        years = number
    else:
        day = dates(frame, column)[column]
        length = 365 + day.dt.is_leap_year().cast(pl.Int32)
        years = (day.dt.year() + (day.dt.ordinal_day() - 1) / length).cast(pl.Float64)
    if years.n_unique() != 1:
        raise InvalidValueError("每行的日期应相同", column=column, row=0)
    return float(years[0])
