"""Printable forms: the collection form, the quality checklist (`.docx`, to be filled by hand)."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from flows.document import add_blanks, add_items, add_table, add_text, new_document, save
from flows.survey_design.form_book import CASE_FIELDS, HOUSEHOLD_COLUMNS
from flows.survey_design.plan_file import CARD_ZH, Plan
from flows.survey_design.words import CHECKS, RESULTS

HAND_ROWS = 12
HEAD = ("乡镇（街道）", "村（居）", "群号", "调查员", "调查日期")


def write_printed_forms(plan: Plan, sample: pl.DataFrame, folder: Path) -> list[Path]:
    """Write `collection_form.docx` and `quality_checklist.docx` under `forms/`."""
    target = folder / "forms"
    target.mkdir(mode=0o700, parents=True, exist_ok=True)
    return [_collection(plan, sample, target), _checklist(plan, target)]


def _collection(plan: Plan, sample: pl.DataFrame, folder: Path) -> Path:
    title = f"{plan.area_name}{plan.year}年漏报调查登记表"
    document = new_document(title, draft=False, landscape=True)
    cards = "、".join(CARD_ZH[name] for name in plan.card_types)
    add_blanks(document, HEAD, width_cm=9)
    add_text(
        document,
        f"登记 {plan.events_from} 至 {plan.events_to} 发生的{cards}，不论是否已经报告。"
        f"调查结果填：{'、'.join(RESULTS)}。",
    )
    columns = list(HOUSEHOLD_COLUMNS)[1:9]
    blank = [[""] * len(columns)] * HAND_ROWS
    add_table(
        document, "户登记", columns, blank, widths_cm=[1.8, 2.6, 5.6, 2.6, 2.4, 2.4, 2.8, 5.2]
    )
    columns = list(CASE_FIELDS)[1:13]
    blank = [[""] * len(columns)] * HAND_ROWS
    add_table(document, "病例登记", columns, blank)
    add_table(
        document, "抽中的村（居）和户序号", ["群号", "乡镇", "村（居）", "户数", "户序号"],
        [
            [row["cluster_no"], row["town_name"], row["village_name"],
             str(row["drawn_households"]), row["serials"].replace(",", "、") or "全部住户"]
            for row in sample.sort("cluster_no").iter_rows(named=True)
        ],
        widths_cm=[1.8, 3.0, 3.6, 1.6, 15.4],
    )  # fmt: skip
    return save(document, folder / "collection_form.docx", plan.made_on)


def _checklist(plan: Plan, folder: Path) -> Path:
    document = new_document(f"{plan.area_name}{plan.year}年漏报调查质控检查表", draft=False)
    add_blanks(document, ["乡镇（街道）", "村（居）", "质控员", "日期"], width_cm=10)
    add_table(
        document, "质控检查", ["环节", "检查内容", "要求", "结果"],
        [[*check, ""] for check in CHECKS], widths_cm=[1.8, 7.4, 4.0, 2.6],
        note_zh="要求为本系统的建议值，上级另有规定的从其规定。",
    )  # fmt: skip
    add_items(document, ["发现的问题和处理：", "复核户数和一致户数："])
    add_blanks(document, ["质控员签字"], width_cm=10)
    return save(document, folder / "quality_checklist.docx", plan.made_on)
