"""Workbooks for the field: the frame of villages, and one collection form a village."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl

from flows.home import REFERENCE
from flows.survey_design.frame import FRAME_COLUMNS, FRAME_SHEET
from flows.survey_design.plan_file import CARD_ZH, Plan
from flows.survey_design.words import CHECKS, RESULTS, YES_NO
from flows.survey_design.workbook import Table, write_book

HOUSEHOLD_SHEET, CASE_SHEET, CHECK_SHEET = "户登记", "病例登记", "质控检查"
#: Rows to fill in for villages of the frame, and for cases of a village.
FRAME_ROWS, CASE_ROWS = 40, 40
CLUSTER, SERIAL, RESULT = "群号", "户序号", "调查结果"
REGISTERED, RESIDENT, CASE_COUNT = "户籍人口", "常住人口", "登记病例数"
HOUSEHOLD_COLUMNS = {
    CLUSTER: 8, SERIAL: 8, "户主姓名": 12, "住址": 24, RESULT: 12, REGISTERED: 9, RESIDENT: 9,
    CASE_COUNT: 11, "未完成原因": 18, "调查员": 10, "调查日期": 12,
}  # fmt: skip
#: Column of the case sheet -> field of `survey_case` (None: for the field alone).
CASE_FIELDS: dict[str, str | None] = {
    CLUSTER: None, SERIAL: None, "事件": "card_type", "姓名": "name", "性别": "sex",
    "出生日期": "birth_date", "身份证号": "id_number", "事件日期": "event_date",
    "疾病或死因": None, "ICD编码": "icd10", "诊断单位": None, "名单来源": "source",
    "符合条件": "eligible", "不符合原因": "ineligible_reason", "核实结果": "verify_result",
}  # fmt: skip
CASE_WIDTHS = [8, 8, 12, 10, 7, 12, 21, 12, 18, 10, 16, 13, 9, 16, 16]


def source_names() -> dict[str, str]:
    """Chinese name -> code of the sources of lists (`reference/list_source.csv`)."""
    table = pl.read_csv(REFERENCE / "list_source.csv", infer_schema=False)
    return dict(table.select("name_zh", "source").iter_rows())


def write_frame_book(plan: Plan, towns: pl.DataFrame, folder: Path) -> Path:
    """Write `village_frame.xlsx`: forty lines a drawn town, to be filled from its registers."""
    rows = [
        [row["town_code"], row["town_name"] or ""]
        for row in towns.iter_rows(named=True)
        for _ in range(FRAME_ROWS)
    ]
    table = Table(
        FRAME_SHEET, f"{plan.area_name}{plan.year}年漏报调查村（居）抽样框",
        "请逐个列出抽中乡镇（街道）的全部村（居）：编码、名称、户数（户册上的家庭户数）。一行一个，"
        "不够可在表末添加，多余的空行不用删除。填好后用 zhikong survey plan --frame 继续抽样。",
        dict(zip(FRAME_COLUMNS, (14, 16, 18, 20, 10, 10), strict=True)),
        rows, whole_numbers=FRAME_COLUMNS[4:],
    )  # fmt: skip
    return write_book(folder / "village_frame.xlsx", table.title, [table], plan.made_on)


def write_forms(plan: Plan, sample: pl.DataFrame, folder: Path) -> list[Path]:
    """Write one workbook a drawn village under `forms/`: households, cases, checklist.

    Args:
        plan: a complete plan.
        sample: as of `read_sample`.
        folder: of the plan; `forms` inside is closed to other users.

    Returns:
        The workbooks by cluster number.
    """
    target = folder / "forms"
    target.mkdir(mode=0o700, parents=True, exist_ok=True)
    made = []
    for village in sample.sort("cluster_no").iter_rows(named=True):
        title = f"{plan.year}年漏报调查 {village['town_name']} {village['village_name']}"
        file = target / f"{village['cluster_no']}.xlsx"
        made.append(write_book(file, title, _tables(plan, village, title), plan.made_on))
    return made


def _tables(plan: Plan, village: dict[str, Any], title: str) -> list[Table]:
    number = village["cluster_no"]
    serials = serials_of(village)
    whole = "全村（居）各户" if not village["serials"] else f"抽中的 {len(serials)} 户"
    households = Table(
        HOUSEHOLD_SHEET, f"{title}：户登记表（群号 {number}）",
        f"本表列出{whole}，户序号为村（居）户册上的序号，不得更换。每户都要填调查结果；"
        "完成的户填人口和登记病例数（没有填 0），未完成的填原因。",
        dict(HOUSEHOLD_COLUMNS), [[number, str(serial)] for serial in serials],
        choices={RESULT: RESULTS}, whole_numbers=[REGISTERED, RESIDENT, CASE_COUNT],
        dates=["调查日期"],
    )  # fmt: skip
    cards = [CARD_ZH[name] for name in plan.card_types]
    cases = Table(
        CASE_SHEET, f"{title}：病例登记表（群号 {number}）",
        f"登记 {plan.events_from} 至 {plan.events_to} 发生的{'、'.join(cards)}，不论是否已经报告。"
        "名单查到而不属于抽中户的不登记。姓名、性别、出生日期、身份证号照证件填写。",
        dict(zip(CASE_FIELDS, CASE_WIDTHS, strict=True)), [[number]] * CASE_ROWS,
        choices={"事件": cards, "性别": ["男", "女"], "符合条件": YES_NO,
                 "名单来源": list(source_names())},
        dates=["出生日期", "事件日期"],
    )  # fmt: skip
    checks = Table(
        CHECK_SHEET, f"{title}：质控检查表", "由质控员逐项填写，与表一并交回。",
        {"环节": 8, "检查内容": 56, "要求": 22, "结果": 14, "质控员": 10, "日期": 12},
        [list(check) for check in CHECKS],
    )  # fmt: skip
    return [households, cases, checks]


def serials_of(village: dict[str, Any]) -> list[int]:
    """The drawn numbers of a village's register."""
    text = village["serials"]
    if text:
        return [int(part) for part in text.split(",")]
    return list(range(1, int(village["drawn_households"]) + 1))
