"""An invented county with six towns, its deaths, and a survey of it filled in by a script."""

from __future__ import annotations

import random
from datetime import date, timedelta
from pathlib import Path

import openpyxl
import pytest

from flows.home import Home
from flows.plain import run_plain
from tests.flows.conftest import DEATH_HEADER

AS_OF = date(2025, 5, 1)
COUNTY = "330329"
TOWNS = {f"33032910{n}": (f"示例{n}镇", "urban" if n < 2 else "rural") for n in range(6)}
DEATHS_A_TOWN = 30
HEADER = f"{DEATH_HEADER},户籍乡镇,创建时间,证件号码"


def person(town: int, number: int) -> dict[str, str]:
    """A synthetic person who died in 2024; names name nobody."""
    given = "甲乙丙丁戊己庚辛壬癸"
    born = date(1940, 1, 1) + timedelta(days=97 * number + 31 * town)
    died = date(2024, 1, 5) + timedelta(days=11 * number)
    return {
        "name": f"合{given[town]}{given[number // 10]}{given[number % 10]}",
        "sex": "12"[number % 2],
        "birth_date": born.isoformat(),
        "event_date": died.isoformat(),
        "icd10": ("I63.9", "C16.9", "J44.9")[number % 3],
    }


def card(town: int, number: int) -> str:
    who = person(town, number)
    code = list(TOWNS)[town]
    made = date.fromisoformat(who["event_date"]) + timedelta(days=4)
    return ",".join([
        f"D{town}{number:02d}", who["name"], who["sex"], who["birth_date"], who["event_date"],
        who["icd10"], COUNTY, "3", "0", f"{made} 08:00:00", code, f"{made} 08:00:00", "",
    ])  # fmt: skip


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home after its night; every tenth death of a town has no card."""
    place = Home(tmp_path_factory.mktemp("survey") / "home")
    place.prepare()
    lines = [card(t, n) for t in range(len(TOWNS)) for n in range(DEATHS_A_TOWN) if n % 10]
    (place.inbox / "deaths.csv").write_text("\n".join([HEADER, *lines]) + "\n", "utf-8")
    people = ["year,area_code,sex,age_group,population,residency,pop_kind"]
    areas = ["area_code,area_name,level,urban_rural,parent_code,valid_from,valid_to,code_issuer"]
    for number, (code, (name, kind)) in enumerate(TOWNS.items()):
        areas.append(f"{code},{name},town,{kind},{COUNTY},2000-01-01,,NBS")
        people += [
            f"2024,{code},{sex},{group},{150 + 50 * number},registered,mean"
            for sex in "12"
            for group in ("0-14", "15-64", "65+")
        ]
    (place.inbox / "population.csv").write_text("\n".join(people) + "\n", "utf-8")
    (place.inbox / "area.csv").write_text("\n".join(areas) + "\n", "utf-8")
    orgs = [
        "org_code,org_name,org_level,area_code,reports_death,reports_tumour",
        f"H1,示例县人民医院,3,{COUNTY},1,1",
        f"H2,示例县中医院,3,{COUNTY},1,1",
        f"H3,示例镇卫生院,4,{COUNTY},1,1",
    ]
    (place.inbox / "institution.csv").write_text("\n".join(orgs) + "\n", "utf-8")
    run_plain(place, AS_OF)
    return place


def fill_frame(file: Path, target: Path, villages: int = 5, households: int = 80) -> Path:
    """The frame as six towns would send it back."""
    book = openpyxl.load_workbook(file)
    sheet = book["村居抽样框"]
    seen: dict[str, int] = {}
    for row in range(4, sheet.max_row + 1):
        town = sheet.cell(row, 1).value
        seen[town] = seen.get(town, 0) + 1
        if seen[town] <= villages:
            sheet.cell(row, 3).value = f"{town}{200 + seen[town]}"
            sheet.cell(row, 4).value = f"示例{seen[town]}村"
            sheet.cell(row, 5).value = households + 10 * seen[town]
    book.save(target)
    return target


def fill_forms(plan: Path, target: Path, seed: int = 1) -> list[Path]:
    """Forms as villages would send them back: every household done, a fifth of a town's deaths."""
    chance = random.Random(seed)
    target.mkdir(exist_ok=True)
    made = []
    taken: dict[str, int] = {}
    for form in sorted((plan / "forms").glob("[0-9]*.xlsx")):
        book = openpyxl.load_workbook(form)
        houses, cases = book["户登记"], book["病例登记"]
        rows = range(4, houses.max_row + 1)
        town = int(form.stem[:2]) - 1
        found: dict[str, int] = {}
        for place in range(6):
            number = taken[form.stem[:2]] = taken.get(form.stem[:2], -1) + 1
            if number >= DEATHS_A_TOWN:
                break
            who, serial = person(town, number), str(houses.cell(chance.choice(rows), 2).value)
            found[serial] = found.get(serial, 0) + 1
            texts = [
                form.stem, serial, "死亡", who["name"], "男女"[int(who["sex"]) - 1],
                who["birth_date"], "", who["event_date"], "", who["icd10"], "", "入户调查", "是",
            ]  # fmt: skip
            for column, text in enumerate(texts, 1):
                cases.cell(4 + place, column).value = text
        for row in rows:
            serial = str(houses.cell(row, 2).value)
            houses.cell(row, 5).value = "完成"
            houses.cell(row, 8).value = found.get(serial, 0)
        file = target / form.name
        book.save(file)
        made.append(file)
    return made
