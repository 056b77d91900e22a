"""Files as exports look: encodings, titles above the header, totals below, workbooks, zips."""

from __future__ import annotations

import re
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import xlsxwriter

from flows.sample.county import County
from flows.sample.survey import EVENT_DATE
from flows.sample.tables import REFERENCE, fields, table

MARK = "合成数据"
SCOPE = ".scope.toml"
FIXED_TIME = datetime(2020, 1, 1, tzinfo=UTC)  # inside workbooks and zips: equal bytes every time
PROVINCIAL_CODE = re.compile(r"^[A-Z][A-Z0-9_]+$")


def chinese_headers(card_type: str) -> dict[str, str]:
    """Field -> Chinese label."""
    rows = table("field").filter(pl.col("card_type") == card_type)
    return dict(zip(rows["field"], rows["label_zh"], strict=True))


def code_headers(card_type: str) -> dict[str, str]:
    """Field -> provincial code; the label where the province has no code."""
    headers = chinese_headers(card_type)
    rows = _layout().filter(pl.col("card_type") == card_type)
    for name, header in rows.select("field", "header").iter_rows():
        if PROVINCIAL_CODE.match(header) and not PROVINCIAL_CODE.match(headers[name]):
            headers[name] = header
    return headers


def _layout() -> pl.DataFrame:
    return pl.read_csv(REFERENCE / "layout" / "provincial.csv", infer_schema=False).fill_null("")


def used(frame: pl.DataFrame, card_type: str) -> pl.DataFrame:
    """Leave out columns that the province's layout has not and that hold nothing."""
    headers = code_headers(card_type)
    provincial = {name for name, header in headers.items() if PROVINCIAL_CODE.match(header)}
    return frame.select(
        name
        for name in fields(card_type)
        if name in frame.columns and (name in provincial or (frame[name] != "").any())
    )


def title(place: County, what: str) -> str:
    """First line of an export."""
    return f"{place.name}{what}导出（{MARK}）"


def csv_text(frame: pl.DataFrame, separator: str = ",") -> str:
    """Delimited text with a header; empty texts are empty cells."""
    return frame.with_columns(pl.all().replace({"": None})).write_csv(separator=separator)


def write_text(
    file: Path,
    frame: pl.DataFrame,
    *,
    encoding: str = "utf-8",
    separator: str = ",",
    above: tuple[str, ...] = (),
    below: tuple[str, ...] = (),
) -> None:
    """Write delimited text with lines above the header and below the rows."""
    body = csv_text(frame, separator)
    lines = "".join(f"{line}\n" for line in above)
    text = lines + body + "".join(f"{line}\n" for line in below)
    file.write_bytes(text.encode(encoding))


def write_workbook(file: Path, sheets: dict[str, pl.DataFrame], heading: str) -> None:
    """Write sheets of text, each with one merged title row over its header."""
    options = {"strings_to_numbers": False, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(str(file), options) as book:
        book.set_properties(
            {"title": heading, "comments": MARK, "created": FIXED_TIME.replace(tzinfo=None)}
        )
        bold = book.add_format({"bold": True, "align": "center"})
        for name, frame in sheets.items():
            sheet = book.add_worksheet(name)
            sheet.merge_range(0, 0, 0, min(frame.width, 12) - 1, f"{heading} {name}", bold)
            sheet.write_row(1, 0, frame.columns)
            for position, column in enumerate(frame.iter_columns()):
                for row, value in enumerate(column, 2):
                    if value:
                        sheet.write_string(row, position, value)


def write_zip(file: Path, members: dict[str, bytes]) -> None:
    """Write a zip whose bytes depend on its members only."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            entry = zipfile.ZipInfo(name, FIXED_TIME.timetuple()[:6])
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, data)


def write_scope(file: Path, place: County, card_type: str, first: str, last: str) -> None:
    """Say beside a file that it is the complete export of the registered people's cards."""
    exported = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=place.export_day, hours=8)
    file.with_name(file.name + SCOPE).write_text(
        f"# {MARK}\n"
        f'card_type = "{card_type}"\n'
        'basis = "registered"\n'
        f'area_code = "{place.area_code}"\n'
        f'date_field = "{EVENT_DATE[card_type]}"\n'
        f"from = {first}\n"
        f"to = {last}\n"
        "complete = true\n"
        f"exported_at = {exported:%Y-%m-%dT%H:%M:%S}\n",
        "utf-8",
    )
