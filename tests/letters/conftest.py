"""A small home whose hospitals get letters."""

from __future__ import annotations

import io
import shutil
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from unittest.mock import patch

import duckdb
import openpyxl
import polars as pl
import pytest

from flows.assemble import assemble
from flows.draft import put as put_table
from flows.home import Home
from flows.letters.delivery import send
from flows.letters.follow import publish_letters
from flows.letters.issue import approve, folder
from flows.linkage import duplicate
from flows.night import close, receive
from flows.store import opened
from flows.tonight import Tonight
from flows.tumour import traceback
from flows.validate import validate
from tests.flows.conftest import home, put

__all__ = ["home", "put"]  # fixtures of a home, shared with the tests of the line

FIRST = date(2025, 3, 3)  # a Monday
NO_INDICATORS = """
    create schema if not exists quality;
    create table quality.missed_case (
        case_id varchar, case_key varchar, state varchar, purpose varchar, card_type varchar,
        source varchar, org_code varchar, month varchar, sex varchar, age_group varchar,
        icd10_category varchar, possible_card_id varchar);
    create table quality.death_without_case (
        card_id varchar, disease varchar, disease_zh varchar, org_code varchar,
        possible_card_id varchar);
    create schema reference;
    create table reference.list_source (source varchar, name_zh varchar, is_institution bigint);
    create schema indicator;
    create table indicator.definition (indicator varchar, name_zh varchar);
    create table indicator.summary (
        indicator varchar, area_code varchar, org_code varchar, year integer, residency varchar,
        numerator double, denominator double, value double, ci_low double, ci_high double);
"""
HEADER = (
    "报告卡ID,姓名,性别,出生日期,死亡日期,根本死因编码,户口区县代码（浙江省）,审核标志,"
    "报告卡状态,最后修改时间,报卡单位,住院号"
)
UNITS = """机构编码,机构名称,机构级别,所在地编码,报告死亡,邮箱
H1,合成一院,3,330329,1,h1@example.org
H2,合成二院,3,330329,1,h2@example.org
"""


def card(card_id: str, org: str = "H1", **changes: str) -> str:
    """A death card; a man who died of endometriosis (N80.9) is what a hospital is asked about."""
    number = sum(ord(letter) * 7**place for place, letter in enumerate(card_id))
    values = {
        # Nobody like another: looking for one person's cards is not what these tests are about.
        "name": "合成" + chr(0x4E00 + 37 * number % 20000), "sex": "1",
        "birth": str(date(1930, 1, 1) + timedelta(days=97 * number % 15000)), "death": "2025-02-01",
        "cause": "N80.9", "county": "330329", "audit": "3", "status": "0",
        "updated": "2025-02-10 08:00:00", "org": org, "visit": f"Z{card_id}",
    }  # fmt: skip
    return ",".join([card_id, *(values | changes).values()])


def cards(*lines: str) -> str:
    return "\n".join([HEADER, *lines]) + "\n"


def returned(letter: bytes, answers: dict[str, tuple[str, str]], sheet: str = "待核实") -> bytes:
    """The letter as a hospital gives it back: card_id and field label -> 反馈, 说明."""
    book = openpyxl.load_workbook(io.BytesIO(letter))
    page = book[sheet]
    for row in range(5, page.max_row + 1):
        key = f"{page.cell(row, 3).value} {page.cell(row, 8).value or ''}".strip()
        if key in answers:
            page.cell(row, 13).value, page.cell(row, 14).value = answers[key]
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def sql(place: Home, statement: str) -> list[tuple[object, ...]]:
    """Rows of the encrypted state."""
    with opened(place) as store:
        return store.connection.execute(statement).fetchall()


def short_night(place: Home, day: date) -> Tonight:
    """A night whose publishing is the letters alone: real steps, no indicators, no twins."""
    nobody = pl.DataFrame(schema=duplicate.SCHEMA)
    with (
        opened(place) as store,
        patch.object(duplicate, "candidates", return_value=nobody),
        patch("flows.validate.INPUTS", ()),
    ):
        tonight = Tonight(store, day)
        receive(tonight)
        assemble(tonight)
        validate(tonight)
        with duckdb.connect() as draft:
            decided = traceback.decisions(store)
            frame = traceback.traceback_list(
                tonight.death_matches, tonight.frames["tumour"], decided
            )
            put_table(draft, "quality.traceback", frame)
            draft.execute(NO_INDICATORS)
            publish_letters(tonight, draft)
        close(tonight)
    return tonight


def approved(place: Home, day: date, *, early: bool = False) -> Path:
    """Approve the draft and hand it out; gives the issue's folder."""
    with opened(place) as store:
        number = approve(store, None, "张审核", day, early=early)
        send(store)
    return folder(place, number, is_draft=False)


def rows_of(letter: Path, sheet: str = "待核实") -> list[tuple[str | None, ...]]:
    """Card, standing and answer cells of a letter's rows."""
    page = openpyxl.load_workbook(letter)[sheet]
    return [(row[2], row[9]) for row in page.iter_rows(min_row=5, values_only=True) if row[2]]


@pytest.fixture
def county(home: Home, put: Callable[..., Path]) -> Home:
    put("units.csv", UNITS)
    put("1.csv", cards(card("a"), card("b"), card("c"), card("d", "H2")))
    return home


@pytest.fixture(scope="session")
def first_issue(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A county whose first issue is out; tests work on copies of it."""
    place = Home(tmp_path_factory.mktemp("issued"))
    place.prepare()
    (place.inbox / "units.csv").write_text(UNITS, "utf-8")
    text = cards(card("a"), card("b"), card("c"), card("d", "H2"))
    (place.inbox / "1.csv").write_text(text, "utf-8")
    short_night(place, FIRST)
    approved(place, FIRST)
    return place


@pytest.fixture
def issued(first_issue: Home, home: Home) -> Home:
    shutil.copytree(first_issue.path, home.path, dirs_exist_ok=True)
    return home
