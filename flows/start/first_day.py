"""The first day of a home: its settings, templates to fill in, and what to do next."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

from flows.fields import fields
from flows.home import REFERENCE, Home, UserError
from flows.survey_design.workbook import Table, write_book

EXAMPLE = "示例"  # a row whose first cell begins so is a note to every reader (flows/lines.py)
TITLES = {
    "population": ("人口", "按年份、性别、年龄组填人口数；户籍和常住各一份，年平均人口最好。"),
    "institution": ("机构名单", "每个报告单位一行；别名用“；”隔开；停用的填停用日期。"),
    "monthly_report": ("月报", "每单位每月每种卡一行，零报告填 0。"),
    "evidence": ("佐证材料", "第 17–22 条的材料清单；条目和细则编号见 zhikong score。"),
}
WIDTHS = {"org_code": 18.0, "org_name": 24.0, "aliases": 28.0, "email": 24.0, "year": 13.0,
          "document": 30.0, "issued_by": 24.0, "document_no": 22.0}  # fmt: skip
YES_NO = ["1", "0"]
CHOICES = {
    "sex": ["男", "女"], "residency": ["户籍", "常住"], "pop_kind": ["年平均", "年末", "年中"],
    "org_level": ["1", "2", "3", "4"], "card_type": ["死亡", "肿瘤", "心脑血管", "糖尿病"],
    "urban_rural": ["城市", "农村"], "reports_death": YES_NO, "reports_tumour": YES_NO,
    "reports_cardio": YES_NO, "reports_diabetes": YES_NO, "interfaced": YES_NO, "done": YES_NO,
}  # fmt: skip


@dataclass(frozen=True)
class County:
    """Whom the home is for."""

    area: str
    name_zh: str
    contact_zh: str
    year: int  # of the first population
    institutions: dict[str, str]  # code -> name


def county_of(area: str, contact: str | None, year: int, institutions: dict[str, str]) -> County:
    """Check what was answered.

    Raises:
        UserError: no such county, or a year that has not ended.
    """
    with (REFERENCE / "area.csv").open(encoding="utf-8-sig") as stream:
        names = {line.split(",")[0]: line.split(",")[1] for line in stream}
    code = area.strip()
    if len(code) != 6 or code not in names or code.endswith("0000"):
        raise UserError(f"没有地区 {code[:20]!r}：请填 6 位县区编码（GB/T 2260），如 330329。")
    if not 1990 <= year <= date.today().year:
        raise UserError(f"年份 {year} 不在 1990 年至今之间。")
    name = names[code]
    return County(code, name, (contact or f"{name}疾控中心慢病科").strip(), year, institutions)


def write_start(home: Home, county: County) -> list[str]:
    """Make the home, its settings and `templates/`; nothing that exists is overwritten.

    Args:
        home: the installation.
        county: as `county_of` checked it.

    Returns:
        What was done and what to do next, a line each.
    """
    home.prepare()
    said = []
    settings = home.path / "settings.toml"
    if settings.exists():
        said.append(f"{settings} 已存在，未改动。")
    else:
        text = json.dumps(county.contact_zh, ensure_ascii=False)
        settings.write_text(f'area = "{county.area}"\ncontact_zh = {text}\n', "utf-8")
        said.append(f"已写 {settings}：{county.name_zh} {county.area}。")
    folder = home.path / "templates"
    folder.mkdir(mode=0o750, exist_ok=True)
    for card_type, (title, hint) in TITLES.items():
        file = folder / f"{title}.xlsx"
        if file.exists():
            said.append(f"{file} 已存在，未改动。")
            continue
        _write(file, card_type, title, hint, county)
        said.append(f"已写 {file}")
    return [
        *said,
        "接下来：",
        f"1. 填好 {folder} 中的人口和机构名单，复制到 {home.inbox}（“示例”行不会载入，可以不删）。",
        f"2. 从省平台导出报告卡，放入 {home.inbox}；整年导出用 zhikong receive --complete 放入。",
        f"3. 运行 zhikong night --no-prefect --home {home.path}；第一次会生成密钥，请抄存一份。",
        f"4. 运行 zhikong doctor --home {home.path}，按提示补齐；再设每晚定时运行和备份。",
    ]


def _write(file: Path, card_type: str, title: str, hint: str, county: County) -> None:
    known = fields(card_type)
    labels = {name: field.label_zh for name, field in known.items()}
    examples = [_example(card_type, number, county) for number in (1, 2)]
    rows = [
        [row.get(name, "") for name in known] for row in examples + _prefilled(card_type, county)
    ]
    table = Table(
        title, f"{title}（{county.name_zh}）",
        f"{hint}带“{EXAMPLE}”的两行只作样子，不会载入。填好后另存到 inbox。",
        {text: WIDTHS.get(name, max(11.0, 2.0 * len(text) + 2)) for name, text in labels.items()},
        rows,
        choices={labels[name]: CHOICES[name] for name in known if name in CHOICES},
    )  # fmt: skip
    write_book(file, title, [table], date(2000, 1, 1))  # the same answers, the same bytes


def _example(card_type: str, number: int, county: County) -> dict[str, str]:
    """A row that shows how it is meant; its first cell says that it is none."""
    area, code = county.area, f"X{county.area}0{number}"
    made = {
        "population": {
            "year": f"{EXAMPLE} {county.year}", "area_code": area, "sex": "男女"[number - 1],
            "age_group": "0", "population": str(1230 + number), "residency": "户籍",
            "pop_kind": "年平均",
        },
        "institution": {
            "org_code": f"{EXAMPLE} {code}", "org_name": f"合成第{number}医院",
            "aliases": f"合成{number}院；第{number}医院", "org_level": "3", "area_code": area,
            "urban_rural": "城市", "reports_death": "1", "reports_tumour": "1",
            "reports_cardio": "1", "reports_diabetes": "1", "interfaced": "1",
            "email": f"h{number}@example.org", "opened_on": "2005-01-01",
        },
        "monthly_report": {
            "org_code": f"{EXAMPLE} {code}", "month": f"{county.year}-0{number}",
            "card_type": "死亡", "event_count": str(3 * (number - 1)),
        },
        "evidence": {
            "year": f"{EXAMPLE} {county.year + 1}", "area_code": area, "item_no": "19",
            "criterion_no": str(number), "done": "1", "document": "合成材料名称",
            "issued_by": f"{county.name_zh}疾控中心", "document_no": "合成〔2000〕1号",
            "done_on": f"{county.year + 1}-01-10",
        },
    }  # fmt: skip
    return made[card_type]


def _prefilled(card_type: str, county: County) -> list[dict[str, str]]:
    """Rows of the county itself that only want numbers."""
    if card_type == "population":
        ages = pl.read_csv(REFERENCE / "age_group.csv", infer_schema=False)["age_group"]
        return [
            {"year": str(county.year), "area_code": county.area, "sex": sex, "age_group": age,
             "residency": "户籍", "pop_kind": "年平均"}
            for sex in "男女" for age in ages
        ]  # fmt: skip
    if card_type == "institution":
        return [
            {"org_code": code, "org_name": name, "area_code": county.area}
            for code, name in county.institutions.items()
        ]
    return []
