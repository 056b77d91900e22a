"""The pages of the work book as rows of text: published lists with identities beside them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import duckdb
import polars as pl

from flows.desk import lists
from flows.desk.identity import LISTED
from flows.letters.wording import CARD_ZH

DECISION, NOTE = "决定", "说明"
SAME_ZH, DIFFERENT_ZH = "同一人", "不是同一人"
FOUND_ZH, NOTHING_ZH = "追溯找到", "追溯无果"
RIGHT_ZH = "核实无误"
SEX_ZH = {"1": "男", "2": "女"}
KIND_ZH = {**CARD_ZH, LISTED: "名单"}
#: A task without a day, or due within so many days, is today's.
AHEAD_DAYS = 7
DUPLICATE, UNMATCHED, MISSED = "疑似重复", "死亡未匹配发病", "漏报待补"
TODAY, HOUSEHOLD, VERIFY = "今日待办", "户籍待核", "县级核实"


@dataclass(frozen=True)
class Page:
    """One sheet: titles with widths, text cells, and what may be chosen as a decision."""

    name: str
    intro: str
    columns: dict[str, int]
    rows: list[list[str]]
    choices: tuple[str, ...] = ()
    #: Titles that stand side by side for two people; cells that differ are coloured.
    pairs: tuple[tuple[str, str], ...] = ()
    cards: frozenset[tuple[str, str]] = field(default_factory=frozenset)


@dataclass(frozen=True)
class Known:
    """What the pages are made from."""

    published: duckdb.DuckDBPyConnection
    people: dict[tuple[str, str], dict[str, Any]]  # card type and id -> identity
    orgs: dict[str, str]
    towns: dict[str, str]
    as_of: date
    org: str | None  # the one unit a hand-over is for
    #: Pairs of one kind of card, the lesser first, that somebody has decided on.
    decided: frozenset[tuple[str, str, str]] = frozenset()
    traced: frozenset[tuple[str, str]] = frozenset()  # cards whose tracing back has a result

    def person(self, card_type: str | None, card_id: str | None) -> dict[str, Any]:
        """The identity of a card; all empty where raw has none."""
        return self.people.get((card_type or "", card_id or ""), {})

    def org_name(self, code: str | None) -> str:
        """The name of a unit, else its code."""
        return self.orgs.get(code or "", code or "")


def pages(known: Known) -> list[Page]:
    """Every page of the work book, in the order people work in."""
    make: list[Callable[[Known], Page]] = [
        _today, _duplicates, _unmatched, _missed, _household, _verify,
    ]  # fmt: skip
    return [page(known) for page in make]


def text(value: object) -> str:
    """A cell as people read it."""
    if value is None:
        return ""
    return f"{value:.3f}" if isinstance(value, float) else str(value)


def _sex(person: dict[str, Any]) -> str:
    return SEX_ZH.get(person.get("sex") or "", "")


def _who(person: dict[str, Any], *names: str) -> list[str]:
    return [_sex(person) if name == "sex" else text(person.get(name)) for name in names]


def _asked(known: Known, query: str, *values: object) -> list[dict[str, Any]]:
    return known.published.execute(query, list(values)).pl().to_dicts()


def _numbered(rows: list[list[str]]) -> list[list[str]]:
    return [[str(number), *row] for number, row in enumerate(rows, 1)]


def _today(known: Known) -> Page:
    columns = {
        "序号": 5, "任务": 10, "状态": 6, "期限": 11, "卡片类型": 11, "卡片编号": 22, "姓名": 10,
        "性别": 5, "出生日期": 11, "证件号码": 20, "电话": 14, "家属": 10, "户籍地址": 30,
        "居住地址": 30, "乡镇": 14, "承办机构": 22, "报告机构": 22,
    }  # fmt: skip
    found = _asked(known, lists.TASKS, known.as_of + timedelta(days=AHEAD_DAYS), known.org)
    rows = []
    for row in found:
        person = known.person(row["card_type"], row["card_id"])
        rows.append(
            [
                row["task_zh"], "逾期" if row["state"] == "overdue" else "待办",
                text(row["due_on"]), CARD_ZH[row["card_type"]], row["card_id"],
                *_who(person, "name", "sex", "birth_date", "id_number", "phone", "family_name",
                      "address", "residence"),
                known.towns.get(row["town_code"] or "", ""),
                known.org_name(row["assignee_org"]), known.org_name(row["org_code"]),
            ]
        )  # fmt: skip
    intro = f"逾期和 {AHEAD_DAYS} 天内到期的任务；办理结果请录入省平台，本表不读回。"
    return Page(TODAY, intro, columns, _numbered(rows), cards=_cards(found))


def _duplicates(known: Known) -> Page:
    columns = {
        "序号": 5, "依据": 14, "概率": 7, "一致项": 16, "卡片类型": 11, "卡片编号甲": 20,
        "卡片编号乙": 20, "姓名甲": 9, "姓名乙": 9, "性别甲": 6, "性别乙": 6, "出生日期甲": 11,
        "出生日期乙": 11, "证件号码甲": 20, "证件号码乙": 20, "事件日期甲": 11, "事件日期乙": 11,
        "诊断甲": 8, "诊断乙": 8, "户籍地址甲": 24, "户籍地址乙": 24, "机构甲": 18, "机构乙": 18,
        DECISION: 12, NOTE: 20,
    }  # fmt: skip
    shown = ("name", "sex", "birth_date", "id_number", "event_date", "icd10", "address")
    rows = []
    found = [
        row
        for row in _asked(known, lists.duplicates(), known.org)
        if (row["card_type"], *sorted((row["card_id_a"], row["card_id_b"]))) not in known.decided
    ]
    for row in found:
        kind = row["card_type"]
        one, other = (known.person(kind, row[f"card_id_{side}"]) for side in "ab")
        both = zip(_who(one, *shown), _who(other, *shown), strict=True)
        rows.append(
            [
                row["basis_zh"], text(row["probability"]), lists.keys_zh(row["keys"]),
                CARD_ZH[kind], row["card_id_a"], row["card_id_b"],
                *(cell for pair in both for cell in pair),
                known.org_name(row["org_code_a"]), known.org_name(row["org_code_b"]), "", "",
            ]
        )  # fmt: skip
    titles = ("姓名", "性别", "出生日期", "证件号码", "事件日期", "诊断", "户籍地址")
    intro = (
        "两张卡可能是同一人的同一事件：请并排核对（着色为两卡不同），在“决定”列选择。"
        "决定读回后不再询问这一对；卡片本身的处理请在省平台完成。"
    )
    cards = _cards(found, "card_id_a") | _cards(found, "card_id_b")
    pairs = tuple((f"{title}甲", f"{title}乙") for title in titles)
    return Page(DUPLICATE, intro, columns, _numbered(rows), (SAME_ZH, DIFFERENT_ZH), pairs, cards)


def _unmatched(known: Known) -> Page:
    columns = {
        "序号": 5, "名单": 16, "病种": 10, "卡片类型": 10, "卡片编号": 20, "姓名": 9, "性别": 5,
        "出生日期": 11, "证件号码": 20, "死亡或发病日期": 11, "诊断": 8, "户籍地址": 24, "电话": 14,
        "承办机构": 20, "报告机构": 20, "可能卡片类型": 11, "可能卡片编号": 20, "概率": 7,
        "可能姓名": 9, "可能出生日期": 11, "可能证件号码": 20, "可能诊断": 8,
        DECISION: 12, NOTE: 20,
    }  # fmt: skip
    rows = []
    found = [
        row
        for row in _asked(known, lists.UNMATCHED, known.org)
        # What was traced back stays on the list of deaths, and is not asked about.
        if row["disease_zh"] != "恶性肿瘤" or (row["card_type"], row["card_id"]) not in known.traced
    ]
    for row in found:
        person = known.person(row["card_type"], row["card_id"])
        other = known.person(row["possible_card_type"], row["possible_card_id"])
        rows.append(
            [
                row["list_zh"], row["disease_zh"], CARD_ZH[row["card_type"]], row["card_id"],
                *_who(person, "name", "sex", "birth_date", "id_number", "event_date", "icd10",
                      "address", "phone"),
                known.org_name(row["assignee_org"]), known.org_name(row["org_code"]),
                CARD_ZH.get(row["possible_card_type"] or "", ""), text(row["possible_card_id"]),
                text(row["possible_probability"]),
                *_who(other, "name", "birth_date", "id_number", "icd10"), "", "",
            ]
        )  # fmt: skip
    intro = (
        "死亡卡提示的疾病未见发病卡，或病例仅由死亡得知：请逐例查阅病案。有可能的卡片时选“同一人”或“不是同一人”；"
        "肿瘤追溯有结果时选“追溯找到”或“追溯无果”。不据本表生成卡片。"
    )
    choices = (SAME_ZH, DIFFERENT_ZH, FOUND_ZH, NOTHING_ZH)
    pairs = (("姓名", "可能姓名"), ("出生日期", "可能出生日期"), ("证件号码", "可能证件号码"))
    cards = _cards(found) | _cards(found, "possible_card_id", "possible_card_type")
    return Page(UNMATCHED, intro, columns, _numbered(rows), choices, pairs, cards)


def _missed(known: Known) -> Page:
    columns = {
        "序号": 5, "名单文件": 24, "行号": 7, "调查编号": 10, "来源": 12, "报告情况": 10,
        "姓名": 9, "性别": 5, "出生日期": 11, "证件号码": 20, "事件日期": 11, "诊断": 8,
        "机构": 20, "卡片类型": 11, "可能卡片编号": 20, "概率": 7, "可能姓名": 9,
        "可能出生日期": 11, "可能证件号码": 20, DECISION: 12, NOTE: 20,
    }  # fmt: skip
    rows = []
    found = _asked(known, lists.MISSED, known.org)
    for row in found:
        listed = known.person(LISTED, f"{row['source_file']}:{row['source_row']}")
        other = known.person(row["card_type"], row["possible_card_id"])
        rows.append(
            [
                row["source_file"], text(row["source_row"]), text(row["survey_id"]),
                text(row["source_zh"]), "已补报" if row["report_state"] == "made_up" else "未见卡",
                *_who(listed, "name", "sex", "birth_date", "id_number", "event_date", "icd10"),
                known.org_name(row["org_code"]), CARD_ZH.get(row["card_type"], ""),
                text(row["possible_card_id"]), text(row["possible_probability"]),
                *_who(other, "name", "birth_date", "id_number"), "", "",
            ]
        )  # fmt: skip
    intro = (
        "名单中截止日未见报告卡的病例：请先在原始病案中核实。已有报告卡的，在“可能卡片编号”填写或核对编号后"
        "选“同一人”；不是的选“不是同一人”。不据本表生成卡片。"
    )
    pairs = (("姓名", "可能姓名"), ("出生日期", "可能出生日期"), ("证件号码", "可能证件号码"))
    cards = frozenset((LISTED, f"{row['source_file']}:{row['source_row']}") for row in found)
    cards |= _cards(found, "possible_card_id")
    return Page(MISSED, intro, columns, _numbered(rows), (SAME_ZH, DIFFERENT_ZH), pairs, cards)


def _household(known: Known) -> Page:
    columns = {
        "序号": 5, "卡片类型": 11, "卡片编号": 22, "姓名": 10, "性别": 5, "出生日期": 11,
        "证件号码": 20, "电话": 14, "家属": 10, "户籍地址": 30, "居住地址": 30, "乡镇": 14,
        "承办机构": 22, "起始": 11, "核实记录": 20,
    }  # fmt: skip
    rows = []
    found = _asked(known, lists.HOUSEHOLD, known.org)
    for row in found:
        person = known.person(row["card_type"], row["card_id"])
        rows.append(
            [
                CARD_ZH[row["card_type"]], row["card_id"],
                *_who(person, "name", "sex", "birth_date", "id_number", "phone", "family_name",
                      "address", "residence"),
                known.towns.get(row["town_code"] or "", ""), known.org_name(row["assignee_org"]),
                text(row["since_on"]), "",
            ]
        )  # fmt: skip
    intro = "户籍尚未核实的卡片：核实结果请录入省平台（“核实记录”列供手写，不读回）。"
    return Page(HOUSEHOLD, intro, columns, _numbered(rows), cards=_cards(found))


def _verify(known: Known) -> Page:
    columns = {
        "序号": 5, "卡片类型": 11, "卡片编号": 22, "姓名": 10, "性别": 5, "出生日期": 11,
        "诊断": 8, "病案号": 14, "规则编号": 34, "内容": 44, "首次发现": 11, "报告机构": 22,
        DECISION: 12, NOTE: 20,
    }  # fmt: skip
    rows = []
    found = _asked(known, lists.VERIFY, known.org)
    for row in found:
        person = known.person(row["card_type"], row["card_id"])
        rows.append(
            [
                CARD_ZH[row["card_type"]], row["card_id"],
                *_who(person, "name", "sex", "birth_date", "icd10", "visit_no"),
                row["rule_id"], text(row["message_zh"]), text(row["first_found_on"]),
                known.org_name(row["org_code"]), "", "",
            ]
        )  # fmt: skip
    intro = (
        "由县级核实的提示：核实后卡片无误的选“核实无误”，该卡有改动之前不再提示；"
        "需订正的请在省平台处理。"
    )
    return Page(VERIFY, intro, columns, _numbered(rows), (RIGHT_ZH,), cards=_cards(found))


def _cards(
    rows: list[dict[str, Any]], id_name: str = "card_id", type_name: str = "card_type"
) -> frozenset[tuple[str, str]]:
    """Which cards a page shows: what the log counts."""
    return frozenset((row[type_name], row[id_name]) for row in rows if row[id_name])


def people_by_card(frame: pl.DataFrame) -> dict[tuple[str, str], dict[str, Any]]:
    """Identities to be looked up by card type and id."""
    return {(row["card_type"], row["card_id"]): row for row in frame.iter_rows(named=True)}
