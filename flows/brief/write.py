"""The brief as a Word document of about two pages."""

from __future__ import annotations

from pathlib import Path

import polars as pl
from docx.document import Document
from docx.shared import Cm, Pt

from flows.brief.facts import BriefFacts, read_brief
from flows.brief.period import Period
from flows.document import (
    add_heading,
    add_items,
    add_table,
    add_text,
    new_document,
    save,
)
from flows.home import Home
from flows.report.front import CARD_ZH
from flows.report.writer import shrink

#: Below this a share is a matter of one or two cards: the counts alone are shown.
FEWEST_FOR_SHARE = 20
MOST_RULES = 4
#: Head of the table -> numerator, denominator.
SHARES = {
    "及时率": ("report_timely_count", "report_judged_count"),
    "审核率": ("audit_done_count", "audit_due_count"),
    "死因链": ("chain_complete_count", "final_death_count"),
    "R编码": ("r_code_count", "final_death_count"),
    "初访": ("visit_done_count", "visit_due_count"),
    "订正率": ("resolved_count", "finding_count"),
}
NAMES = {
    "及时率": "报告及时率",
    "审核率": "到期卡审核率",
    "死因链": "死因链完整率",
    "R编码": "根本死因R编码占比",
    "初访": "到期卡初访率",
    "订正率": "核对发现订正率",
}
WIDTHS = [4.5, 1.3, 1.75, 1.75, 1.75, 1.75, 1.2, 1.75, 1.75]
TABLE_POINTS = 9


def write_brief(
    home: Home, period: Period, area: str | None = None, output: Path | None = None
) -> Path:
    """Write the brief of a period; the same published file gives the same bytes.

    Raises:
        UserError: as `read_brief`.
    """
    facts = read_brief(home, period, area)
    document = new_document(f"{facts.area_name}慢性病与死因监测质量通报")
    section = document.sections[0]
    section.left_margin = section.right_margin = Cm(1.9)
    section.top_margin = section.bottom_margin = Cm(1.6)
    document.paragraphs[0].paragraph_format.space_after = Pt(6)
    for style in ("Body Text", "List Bullet"):
        document.styles[style].paragraph_format.line_spacing = 1.15
    state = "，期间尚未结束" if period.is_running(facts.as_of) else ""
    add_text(
        document,
        f"期间：{period.name_zh}。数据截至{facts.as_of:%Y年%m月%d日}{state}。卡片按录入月份、初访按到期月份归入本期；"
        "机构按名称拼音排列，不作排名。",
    )
    add_heading(document, "一、总体情况", 1)
    for sentence in overall(facts):
        add_text(document, sentence)
    add_heading(document, "二、分机构情况", 1)
    if facts.units.is_empty():
        add_text(document, "本库没有机构名录和本期卡片，不能按机构列出。")
    else:
        add_table(
            document,
            f"{period.name_zh}各机构报告质量",
            ["机构", "报告数", *list(SHARES)[:4], "重卡", *list(SHARES)[4:]],
            [*map(_line, facts.units.to_dicts()), _line(_totals(facts) | {"org_name": "合计"})],
            widths_cm=WIDTHS,
            note_zh=f"注：各率为分子/分母，分母不少于{FEWEST_FOR_SHARE}时另列百分比；"
            "死因链、R编码的分母为终审死亡卡；零报告的机构报告数为0。",
        )
        shrink(document.tables[-1], TABLE_POINTS)  # so that the whole keeps to two pages
    add_heading(document, "三、需要核实的主要内容", 1)
    _list(document, problems(facts), "本期卡片没有核对发现。")
    add_heading(document, "四、工作要求", 1)
    _list(document, requests(facts), "请各机构保持现有报告、审核和初访的频次。")
    for pair in (("编制", "审核"), ("签发人", "签发日期")):
        add_text(document, "　　".join(f"{label}：{'_' * 16}" for label in pair))
    target = output or home.reports / f"brief-{facts.area_code}-{period.code}.docx"
    target.parent.mkdir(parents=True, exist_ok=True)
    return save(document, target, facts.as_of)


def _list(document: Document, items: list[str], none: str) -> None:
    if items:
        add_items(document, items)
    else:
        add_text(document, none)


def _totals(facts: BriefFacts) -> dict[str, int]:
    counts = [name for name in facts.units.columns if name.endswith("_count")]
    return {name: int(facts.units[name].sum()) for name in counts}


def shown(part: int, whole: int, mark: str = "（{}）") -> str:
    """part/whole, with the percentage where the whole is large enough for one."""
    if whole == 0:
        return "—"
    if whole < FEWEST_FOR_SHARE:
        return f"{part}/{whole}"
    return f"{part}/{whole}" + mark.format(f"{part / whole * 100:.1f}%")


def _line(unit: dict[str, int | str]) -> list[str]:
    cells = [shown(int(unit[a]), int(unit[b]), "\n{}") for a, b in SHARES.values()]
    duplicates = str(unit["duplicate_count"])
    return [str(unit["org_name"]), str(unit["card_count"]), *cells[:4], duplicates, *cells[4:]]


def overall(facts: BriefFacts) -> list[str]:
    """The county's counts and shares in sentences."""
    total = _totals(facts) if facts.units.height else {}
    if not total.get("card_count") and not total.get("visit_due_count"):
        return [f"{facts.period.name_zh}本库没有辖区机构录入的卡片。"]
    cards = "、".join(f"{name}{total[f'{card}_count']}张" for card, name in CARD_ZH.items())
    shares = [
        f"{NAMES[name]}{shown(total[a], total[b])}" for name, (a, b) in SHARES.items() if total[b]
    ]
    county = int(facts.county["finding_count"].sum())
    resolved = int(facts.county["resolved_count"].sum())
    more = f"另有应由县级核实的发现{county}条，已订正或核实{resolved}条。" if county else ""
    return [
        f"本期辖区机构录入卡片{total['card_count']}张，其中{cards}。",
        f"{'；'.join(shares)}。与其他卡为同一事件的重复卡{total['duplicate_count']}张。{more}",
    ]


def silent(facts: BriefFacts) -> list[str]:
    """Units that should report and sent neither a card nor a zero report, by name."""
    nothing = facts.units.filter(
        (pl.col("card_count") == 0)
        & (pl.col("zero_report_count") == 0)
        & pl.col("reports_death").is_not_null()
    )
    return nothing["org_name"].to_list()


def problems(facts: BriefFacts) -> list[str]:
    """The rules with the most findings on the cards of the period, and units not heard of."""
    found = [
        f"{CARD_ZH[row['card_type']]}“{row['message_zh'] or row['rule_id']}”："
        f"{row['found_count']}条（涉及{row['unit_count']}家机构），已订正{row['resolved_count']}条；"
        for row in facts.rules.head(MOST_RULES).to_dicts()
    ]
    if names := silent(facts):
        found.append(f"本期未收到卡片，也未收到零报告的机构{len(names)}家：{'、'.join(names)}；")
    return [*found[:-1], found[-1].removesuffix("；") + "。"] if found else []


def requests(facts: BriefFacts) -> list[str]:
    """What follows from the counts: work on records that exist."""
    if facts.units.is_empty():
        return []
    total = _totals(facts)
    made = []
    if left := total["audit_due_count"] - total["audit_done_count"]:
        made.append(f"到期未终审的卡片{left}张，请审核单位尽快审核。")
    if left := total["finding_count"] - total["resolved_count"]:
        made.append(
            f"未订正的核对发现{left}条，请有关机构按核实单对照原始记录核实，"
            "确有出入的订正，无误的注明核实无误。"
        )
    if total["duplicate_count"]:
        made.append(f"重复卡{total['duplicate_count']}张，请有关机构核对后按平台流程处理。")
    if left := total["visit_due_count"] - total["visit_done_count"]:
        made.append(f"到期未初访的卡片{left}张，请管理单位安排初访。")
    if left := total["final_death_count"] - total["chain_complete_count"]:
        made.append(f"死因链不完整的终审死亡卡{left}张，请填卡医生核对致死的疾病顺序，按病历补全。")
    if total["r_code_count"]:
        made.append(f"根本死因为R编码的死亡卡{total['r_code_count']}张，请查阅病历核实死因。")
    if silent(facts):
        made.append("未收到卡片和零报告的机构，请核对本期是否有病例，没有的作零报告。")
    return made
