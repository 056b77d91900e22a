"""A very small county (synthetic people) whose night has run; tests work on copies of it."""

from __future__ import annotations

import io
import shutil
from datetime import date
from pathlib import Path

import duckdb
import openpyxl
import pytest
from openpyxl import Workbook

from flows.desk.access import Who
from flows.desk.book import write
from flows.desk.returned import read_back
from flows.freeze.record import freeze
from flows.home import Home
from flows.letters.lock import locked, unlocked
from flows.night import STEPS
from flows.store import opened
from flows.tonight import Tonight

PASSWORD = "synthetic-password"

DAY = date(2025, 6, 2)
LATER = date(2025, 6, 9)
HEADER = (
    "报告卡ID,姓名,性别,出生日期,死亡日期,根本死因编码,户口区县代码（浙江省）,审核标志,报告卡状态,"
    "最后修改时间,创建时间,报卡日期,报卡单位,证件号码,家属电话,户口详细地址（浙江省）"
)
UNITS = """机构编码,机构名称,机构级别,所在地编码,报告死亡,数据对接
H1,合成一院,3,330329,1,1
H2,合成二院,4,330329,1,0
"""
EVIDENCE = """year,area_code,item_no,criterion_no,done,document,issued_by,document_no,done_on
2025,330329,20,2,1,漏报调查方案,合成县疾控,合成〔2025〕1号,2025-02-01
2025,330329,20,4,1,漏报调查报告,,,
"""


def card(card_id: str, name: str, org: str = "H1", **changes: str) -> str:
    values = {
        "sex": "1", "birth": "1950-01-02", "death": "2024-06-01", "cause": "I21.9",
        "county": "330329", "audit": "3", "status": "0", "updated": "2024-06-10 08:00:00",
        "created": "2024-06-03 08:00:00", "report": "2024-06-03",
    }  # fmt: skip
    end = {"id": "", "phone": "13800000000", "address": "合成镇示例村1号"}
    middle = {name: changes.pop(name, value) for name, value in values.items()}
    return ",".join([card_id, name, *middle.values(), org, *(end | changes).values()])


CARDS = [
    card("a1", "合成赵一", id="330329195001020015"),
    # The same man with two digits of his number exchanged, and another hospital.
    card("a2", "合成赵一", "H2", id="330329195001020051", created="2024-06-20 08:00:00",
         report="2024-06-20"),
    card("b1", "合成钱二", birth="1940-03-04", cause="E11.9", id="330329194003040019"),
    card("c1", "合成孙三", birth="1945-05-06", cause="C34.9", id="330329194505060032"),
    card("d1", "合成李四", "H2", birth="1938-07-08", cause="R99", id="330329193807080017"),
    card("e1", "=1+1", "H2", birth="1939-08-09", audit="1", id="330329193908090013"),
]  # fmt: skip


def population() -> str:
    lines = ["year,area_code,sex,age_group,population,residency,pop_kind"]
    ages = ["0", "1-4", *(f"{age}-{age + 4}" for age in range(5, 85, 5)), "85+"]
    for year in (2022, 2023, 2024):
        lines += [f"{year},330329,{sex},{age},20,registered,mean" for sex in (1, 2) for age in ages]
    return "\n".join(lines) + "\n"


def cards_file(lines: list[str]) -> str:
    return "\n".join([HEADER, *lines]) + "\n"


def night(home: Home, day: date) -> None:
    """The line without its pages, which these tests are not about."""
    with opened(home) as store:
        tonight = Tonight(store, day)
        for name, step in STEPS.items():
            if name != "present":
                step(tonight)


def rows(home: Home, sql: str) -> list[tuple[object, ...]]:
    """Rows of the published file."""
    with duckdb.connect(str(home.published), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def state(home: Home, sql: str) -> list[tuple[object, ...]]:
    """Rows of the encrypted state."""
    with opened(home) as store:
        return store.connection.execute(sql).fetchall()


def pages_of(file: Path, password: str = PASSWORD) -> Workbook:
    """A locked work book, opened."""
    data = unlocked(file.read_bytes(), password)
    assert data is not None
    return openpyxl.load_workbook(io.BytesIO(data))


def filled(file: Path, cells: dict[tuple[str, int, str], str], target: Path) -> Path:
    """The work book with some cells filled in: page, row and title -> text."""
    book = pages_of(file)
    for (page, row, title), text in cells.items():
        titles = [cell.value for cell in book[page][3]]
        book[page].cell(row, titles.index(title) + 1).value = text
    data = io.BytesIO()
    book.save(data)
    target.write_bytes(locked(data.getvalue(), PASSWORD))
    return target


@pytest.fixture(scope="session")
def county(tmp_path_factory: pytest.TempPathFactory) -> Home:
    home = Home(tmp_path_factory.mktemp("evidence") / "home")
    home.prepare()
    texts = {"units.csv": UNITS, "people.csv": population(), "evidence.csv": EVIDENCE,
             "cards.csv": cards_file(CARDS)}  # fmt: skip
    for name, text in texts.items():
        (home.inbox / name).write_text(text, "utf-8")
    night(home, DAY)
    return home


@pytest.fixture
def home(county: Home, tmp_path: Path) -> Home:
    shutil.copytree(county.path, tmp_path / "home")
    return Home(tmp_path / "home")


@pytest.fixture(scope="session")
def later(county: Home, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A week on: 2024 was frozen, decisions were read back, and more cards of 2024 came."""
    folder = tmp_path_factory.mktemp("later")
    shutil.copytree(county.path, folder / "home")
    home = Home(folder / "home")
    freeze(home, 2024, "2024年度", "合成审核人")
    book = write(home, Who("合成甲", "每日核对"), PASSWORD).file
    choices = {("疑似重复", 4, "决定"): "同一人", ("县级核实", 4, "决定"): "核实无误"}
    read_back(home, filled(book, choices, folder / "back.xlsx"), PASSWORD, "合成甲")
    late = [
        card("f1", "合成周五", birth="1933-01-03", id="330329193301030014"),  # new
        card("b1", "合成钱二", birth="1940-03-04", cause="E11.5", id="330329194003040019",
             updated="2025-06-05 08:00:00"),
        card("c1", "合成孙三", birth="1945-05-06", cause="C34.9", id="330329194505060032",
             status="5", updated="2025-06-05 08:00:00"),
    ]  # fmt: skip
    (home.inbox / "late.csv").write_text(cards_file(late), "utf-8")
    night(home, LATER)
    return home
