"""A file with a list of people -> the columns that are compared, and what to tell the user."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from flows.fields import CARDS
from flows.home import REFERENCE, UserError
from flows.layout import Layouts, header_key
from flows.linkage.person_list import prepared
from flows.read import Sheet, read
from flows.text import UnreadableFileError
from flows.typed import type_columns

HEAD_ROWS = 20  # the header stands within these
FEWEST = 1  # known headers; one of them is the name or the ID number
PERSON = ("name", "sex", "birth_date", "id_number")
PLACES = ("county", "town", "address", "org")
#: Dates of an event: compared where both lists have the same kind of day.
EVENTS = (
    *("death_date", "cremation_date", "onset_date"),
    *("diagnosis_date", "event_date", "removal_date"),
)
#: Fields of cards -> what they are here.
OTHER_NAMES = {
    "registered_county": "county",
    "registered_town": "town",
    "registered_address": "address",
    "report_org": "org",
}
#: More than this share of unreadable dates is a column that cannot be used.
UNREADABLE = 0.2


@dataclass
class PersonList:
    """One file: text by column, the typed person columns, and remarks for the user."""

    path: Path
    text: pl.DataFrame
    people: pl.DataFrame
    notes: list[str] = field(default_factory=list)


def read_list(path: Path, table: Layouts) -> PersonList:
    """Read a list of people.

    Args:
        path: CSV, Excel, Parquet or ZIP; the header may hold provincial codes, Chinese labels or
            field names.
        table: the layouts in force.

    Raises:
        UserError: the file, its header or its dates cannot be used; the message says why.
    """
    if not path.is_file():
        raise UserError(f"找不到文件 {path}，请核对路径。")
    headers = _headers(table)
    try:
        sheets = list(read(path, lambda rows: max(map(headers.known, rows), default=0)))
    except UnreadableFileError as fault:
        raise UserError(f"{path.name}：{fault}") from None
    best = max(sheets, key=lambda sheet: _header_row(sheet, headers)[1], default=None)
    if best is None or best.fault or _header_row(best, headers)[1] < FEWEST:
        reason = f"：{best.fault}" if best is not None and best.fault else ""
        raise UserError(
            f"{path.name} 没有认出表头{reason}。需要一行列名，如 姓名、性别、出生日期、身份证号"
            "（省平台字段代码、中文名称或字段英文名均可）。"
        )
    text = _columns(best, _header_row(best, headers)[0], headers)
    notes = [f"{path.name}：多个工作表，只用“{best.name}”"] if len(sheets) > 1 else []
    if not text.height:
        raise UserError(f"{path.name} 只有表头，没有数据行。")
    typed, malformed = type_columns(
        text.select(pl.col("^(" + "|".join(PERSON) + ")$")), "survey_case"
    )
    made = PersonList(path, text, typed.select(*PERSON, "birth_date_year"), notes)
    _check_dates(made, malformed)
    return made


class _Headers:
    """Header -> field, the cards' own layouts beside the spellings of lists."""

    def __init__(self, table: Layouts) -> None:
        rows = pl.read_csv(REFERENCE / "person_list.csv", infer_schema=False)
        self.plain = {header_key(h): f for h, f in rows.select("header", "field").iter_rows()}
        self.table = table

    def known(self, row: list[str]) -> int:
        found = self.fields(row)
        return len(found) if {"name", "id_number"} & set(found.values()) else 0

    def fields(self, row: list[str]) -> dict[int, str]:
        """Position -> field; a code that cards use differently is read as the likeliest card's."""
        keys = [header_key(cell or "") for cell in row]
        votes = Counter(
            card_type
            for key in keys
            for card_type in {entry[0] for entry in self.table.rows.get(key, [])}
            if card_type in CARDS
        )
        likeliest = [card_type for card_type, _ in votes.most_common()]
        found = {}
        for place, key in enumerate(keys):
            name = self.plain.get(key) or self._of_card(key, likeliest)
            name = OTHER_NAMES.get(name, name)
            if name in (*PERSON, *PLACES, *EVENTS):
                found[place] = name
        return found

    def _of_card(self, key: str, likeliest: list[str]) -> str:
        entries = self.table.rows.get(key, [])
        for card_type in likeliest:
            for entry in entries:
                if entry[0] == card_type:
                    return entry[1]
        return entries[0][1] if entries else ""


def _headers(table: Layouts) -> _Headers:
    return _Headers(table)


def _header_row(sheet: Sheet, headers: _Headers) -> tuple[int, int]:
    """The row that looks most like a header, and how many of its cells are known."""
    rows = [[cell or "" for cell in row] for row in sheet.cells.head(HEAD_ROWS).rows()]
    known = [headers.known(row) for row in rows]
    return (known.index(max(known)), max(known)) if known else (0, 0)


def _columns(sheet: Sheet, header: int, headers: _Headers) -> pl.DataFrame:
    """Text by field, one row a line behind the header; of two columns the first filled one."""
    names = headers.fields([cell or "" for cell in sheet.cells.row(header)])
    body = sheet.cells.slice(header + 1)
    blank = pl.all_horizontal(pl.all().fill_null("").str.strip_chars() == "")
    # Blank lines at the end are no people; those between keep their number.
    last = body.select((~blank).arg_true().max()).item()
    body = body.head(0 if last is None else last + 1)
    return body.select(
        pl.coalesce(
            pl.col(f"column_{place}").str.strip_chars().replace("", None)
            for place, other in names.items()
            if other == name
        ).alias(name)
        for name in dict.fromkeys(names.values())
    )


def _check_dates(made: PersonList, malformed: pl.DataFrame) -> None:
    if "birth_date" not in made.text.columns:
        return
    given = made.text["birth_date"].count()
    bad = malformed.filter(pl.col("field") == "birth_date").height
    if bad > UNREADABLE * given:
        raise UserError(
            f"{made.path.name} 的出生日期有 {bad} / {given} 行读不成日期。"
            "请写成 1950-01-02、1950/1/2、19500102 或 1950年1月2日，或改用 Excel 日期格式。"
        )
    if bad:
        made.notes.append(f"{made.path.name}：{bad} 行的出生日期读不成日期，按缺失处理")


def check_usable(made: PersonList) -> None:
    """Stop where a list cannot tell its people apart.

    Raises:
        UserError: no row has an ID number, or a name and a birth date; or all have one name.
    """
    people = prepared(made.people.with_columns(birth_year=pl.lit(None, pl.String)))
    name, height = made.path.name, people.height
    keyed = people.filter(
        pl.col("id_number").is_not_null()
        | (pl.col("name").is_not_null() & pl.col("birth_text").is_not_null())
    )
    if keyed.is_empty():
        raise UserError(
            f"{name} 没有一行有可用的身份证号，也没有一行同时有姓名和出生日期，无法连接。"
            "请补充身份证号，或姓名和出生日期。"
        )
    if keyed.height < height / 2:
        made.notes.append(
            f"{name}：{height - keyed.height} / {height} 行既无身份证号，也无姓名加出生日期，"
            "这些行很难连上"
        )
    if height > 1 and people["name"].n_unique() == 1 and people["name"].count():
        if not people["id_number"].count():
            raise UserError(
                f"{name} 的 {height} 行姓名全部相同，又没有身份证号，无法区分；"
                "请核对姓名列是否取错。"
            )
        made.notes.append(f"{name}：{height} 行姓名全部相同，姓名不起作用；请核对姓名列是否取错")


def event_column(left: PersonList, right: PersonList) -> str | None:
    """The kind of day that both lists have, if there is one."""
    both = set(left.text.columns) & set(right.text.columns)
    return next((name for name in EVENTS if name in both), None)
