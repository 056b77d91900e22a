"""The report of a survey: `report.docx`, 草稿, with the parts item 20 asks for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
from docx.document import Document

from flows.document import (
    add_blanks,
    add_contents,
    add_heading,
    add_items,
    add_table,
    add_text,
    new_document,
    save,
)
from flows.survey_design.analyse import Analysis
from flows.survey_design.estimate import FEWEST, title_zh
from flows.survey_design.plan_file import CARD_ZH
from flows.survey_design.words import SOURCES_ZH

#: Our own mark for item 20.3; the criteria say only 完成调查.
COMPLETE_PERCENT = 90
BREAKDOWN_ZH = {"stratum": "城乡", "sex": "性别", "age": "年龄", "cause": "死因"}
METHOD_ZH = {
    "logit, t": "logit 变换",
    "Korn-Graubard": "Korn－Graubard",
    "exact on n/deff": "按有效样本量的精确法",
}


def write_report(analysis: Analysis, folder: Path) -> Path:
    """Write `report.docx`."""
    plan = analysis.plan
    document = new_document(f"{plan.area_name}{plan.year}年居民病伤漏报调查报告")
    add_contents(document)
    _background(document, analysis)
    _methods(document, analysis)
    _quality(document, analysis)
    _results(document, analysis)
    add_heading(document, "五、漏报原因分析")
    add_text(
        document, "（由调查单位结合漏报病例逐例核实情况填写：诊断地点、未报告环节、责任单位。）"
    )
    add_blanks(document, ["主要原因", "集中的机构或环节"])
    add_heading(document, "六、讨论与局限")
    add_items(document, _limits(analysis))
    add_heading(document, "七、结论和建议")
    add_items(document, [headline(row) for row in _totals(analysis)])
    add_blanks(document, ["建议", "整改责任单位和时限"])
    add_heading(document, "八、审核签发")
    add_blanks(document, ["撰写人", "审核人", "签发单位（盖章）", "文号", "签发日期"])
    return save(document, folder / "report.docx", analysis.as_of)


def _background(document: Document, analysis: Analysis) -> None:
    plan = analysis.plan
    cards = "、".join(CARD_ZH[name] for name in plan.card_types)
    add_heading(document, "一、背景和目的")
    add_text(
        document,
        f"为评价{plan.area_name} {plan.events_from} 至 {plan.events_to} {cards}报告的完整性，"
        "按每3年一次的要求开展居民病伤漏报调查，为校正发病（死亡）率和改进报告工作提供依据。",
    )


def _methods(document: Document, analysis: Analysis) -> None:
    plan, done = analysis.plan, analysis.completion
    add_heading(document, "二、对象和方法")
    add_heading(document, "（一）抽样", 2)
    add_text(
        document,
        f"调查编号 {plan.survey_id}。分层多阶段整群抽样：抽取 {done.towns[1]} 个乡镇（街道）、"
        f"{done.villages[1]} 个村（居），随机种子 {plan.seed}，抽样框、"
        "样本和权重见方案和 sample.csv。",
    )
    add_heading(document, "（二）名单来源", 2)
    add_text(document, f"{SOURCES_ZH}。各来源的同一病例合并后计 1 例。")
    add_heading(document, "（三）比对和判定", 2)
    add_text(
        document,
        f"以 {plan.cutoff_date} 为截止日：截止日（含）前建立、"
        "且不是医院漏报或居民漏报类型的报告卡为已报告，"
        "其后建立的为已补报，仍计入漏报。按身份证号、姓名、性别、出生日期等比对，"
        f"数据截至 {analysis.as_of}。",
    )
    if analysis.possible:
        add_text(
            document,
            f"判为漏报的病例中有 {analysis.possible} 例存在疑似的报告卡，需人工核实；"
            "核实后重新分析，漏报率可能降低。",
        )
    if analysis.is_provisional:
        add_text(document, provisional_zh(analysis))
    add_heading(document, "（四）统计方法", 2)
    add_text(
        document,
        "漏报率为加权漏报数÷加权符合条件数。权重为入样概率的倒数乘应答系数；方差用泰勒线性化，"
        "计入分层、两级群和第一阶段有限总体校正；自由度用 Satterthwaite 法；"
        f"{100 * plan.level:g}% 区间用 logit 变换和 t 分布。"
        f"符合条件病例少于 {FEWEST} 例的分组只列例数。",
    )


def _quality(document: Document, analysis: Analysis) -> None:
    done = analysis.completion
    add_heading(document, "三、质量控制和完成情况")
    units = {
        "乡镇（街道）": done.towns,
        "村（居）": done.villages,
        "户（不含空户）": done.households,
    }
    rows = [
        [name, str(drawn), str(back), f"{100 * back / drawn:.1f}" if drawn else None]
        for name, (back, drawn) in units.items()
    ]
    label = add_table(document, "完成情况", ["单位", "应完成", "已完成", "完成率（%）"], rows)
    share = 100 * done.villages[0] / done.villages[1]
    reached = "达到" if share >= COMPLETE_PERCENT else "未达到"
    add_text(
        document,
        f"{label}：村（居）完成率 {share:.1f}%，{reached}本系统设定的 {COMPLETE_PERCENT}%"
        "（考核文件未规定百分数）。",
    )
    counts = analysis.messages.group_by("field_zh", "message_zh").agg(rows=pl.len())
    if counts.height:
        add_table(
            document, "核对中发现的问题", ["项目", "问题", "行数"],
            [
                [row["field_zh"], row["message_zh"], str(row["rows"])]
                for row in counts.sort("rows", "message_zh", descending=[True, False]).to_dicts()
            ],
            widths_cm=[3.0, 10.0, 2.4], note_zh="所在文件、工作表和行号见 messages.csv。",
        )  # fmt: skip
    else:
        add_text(document, "核对未发现问题。")


def _results(document: Document, analysis: Analysis) -> None:
    add_heading(document, "四、结果")
    for number, row in enumerate(_totals(analysis), 1):
        card_type = row["card_type"]
        add_heading(document, f"（{'一二三四'[number - 1]}）{title_zh(card_type)}", 2)
        add_text(document, headline(row) + _precision(analysis, row))
        own = analysis.estimates.filter(pl.col("card_type") == card_type)
        add_table(
            document, f"{title_zh(card_type)}及分组",
            ["分组", "应报", "漏报", "其中已补报", "迟报", "漏报率（%）", "95%区间".replace(
                "95", f"{100 * analysis.plan.level:g}"), "说明"],
            [_cells(one) for one in own.iter_rows(named=True)],
            widths_cm=[3.5, 1.3, 1.3, 1.6, 1.3, 1.8, 2.7, 2.4],
            note_zh="应报、漏报为未加权例数，漏报率为加权估计；漏报含截止日之后补报的病例。"
            f"“—”：符合条件病例不足 {FEWEST} 例，只列例数。",
        )  # fmt: skip


def _cells(row: dict[str, Any]) -> list[str | None]:
    group = row["group_zh"]
    if row["breakdown"] != "all":
        group = f"{BREAKDOWN_ZH[row['breakdown']]}：{group}"
    value, limits = None, None
    if row["value_percent"] is not None:
        value = f"{row['value_percent']:.2f}"
        limits = f"{row['ci_low_percent']:.2f}–{row['ci_high_percent']:.2f}"
    counts = [str(row[name]) for name in ("eligible", "missed", "made_up", "late")]
    note = "" if row["eligible"] < FEWEST else row["note_zh"] or ""
    return [group, *counts, value, limits, note]


def _totals(analysis: Analysis) -> list[dict[str, Any]]:
    return analysis.estimates.filter(pl.col("breakdown") == "all").to_dicts()


def provisional_zh(analysis: Analysis) -> str:
    """Said of numbers computed before the cut-off date: cards may still come in time."""
    return (
        f"数据截至 {analysis.as_of}，早于截止日 {analysis.plan.cutoff_date}："
        "截止日前还会有报告卡到达，本结果为临时结果，截止日之后应重新分析。"
    )


def headline(row: dict[str, Any]) -> str:
    """One sentence with numerator, denominator, interval and method, or why there is no rate."""
    text = (
        f"{title_zh(row['card_type'])}：符合条件 {row['eligible']} 例，"
        f"截止日漏报 {row['missed']} 例"
        f"（其中已补报 {row['made_up']} 例）"
    )
    if row["value_percent"] is None:
        return f"{text}；{row['note_zh']}，不计算漏报率。"
    effect = row["design_effect"]
    more = "" if effect is None else f"，设计效应 {effect:.2f}"
    return (
        f"{text}；加权漏报率 {row['value_percent']:.2f}%"
        f"（{row['ci_low_percent']:.2f}%–{row['ci_high_percent']:.2f}%，"
        f"{METHOD_ZH[row['method']]}{more}）。"
    )


def _precision(analysis: Analysis, row: dict[str, Any]) -> str:
    plan = analysis.plan
    if row["value_percent"] is None or row["card_type"] != plan.card_types[0]:
        return ""
    half = (row["ci_high_percent"] - row["ci_low_percent"]) / 2
    text = f"区间半宽 {half:.2f} 个百分点"
    if plan.promised_percent is not None:
        text += f"，方案预期约 {plan.promised_percent:g} 个百分点"
    return text + "。"


def _limits(analysis: Analysis) -> list[str]:
    found = [
        "居民漏报率与医院漏报检查的漏报率口径不同，不宜比较或合并。",
        "各来源都未查到的病例不在应报之内，漏报率可能偏低。",
    ]
    done = analysis.completion
    if done.households[0] < done.households[1]:
        found.append("未完成的户按同村已完成户的情况加权处理，如两者不同，结果有偏差。")
    if done.villages[0] < done.villages[1]:
        missing = done.villages[1] - done.villages[0]
        found.append(f"{missing} 个村（居）未完成，由同乡镇（同层）其他村代表。")
    if analysis.is_provisional:
        found.append(provisional_zh(analysis))
    if analysis.possible:
        found.append(f"{analysis.possible} 例疑似已报告的病例尚待人工核实。")
    return found
