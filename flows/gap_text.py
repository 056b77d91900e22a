"""gap_zh: what a criterion's verdict means and what can be checked, in one Chinese sentence.

A sentence never invites anybody to make up cards: it names records to check, and a number of them
only where the work is on records that exist (docs/definitions.md).
"""

from __future__ import annotations

import re
from typing import Any

from flows.verdict import Benchmark, Value

UNITS = {
    "percent": "{:.1f}%",
    "per_1000": "{:.2f}‰",
    "per_100k": "{:.1f}/10万",
    "ratio": "{:.2f}",
    "years": "{:.1f}岁",
    "count": "{:g}",
}
RATES = ("per_1000", "per_100k")
#: What the number of records means, by indicator.
WORK = {
    "death_reporting_coverage_percent": "请核实 {count} 家整年既无死亡卡也无零报告的机构",
    "death_audit_percent": "还需审核 {count} 张",
    "unknown_cause_percent": "需核实死因 {count} 例（R00–R99 的死亡卡）",
    "death_certificate_only_percent": "需追溯 {count} 例仅由死亡证明得知的病例",
    "morphologically_verified_percent": "需核对病理资料 {count} 例（只录入已有的病理报告）",
    "icdo3_coded_percent": "还需编码 {count} 例",
}
OTHER_WORK = "需处理现有记录 {count} 条"
DOCUMENT_WORK = "还需材料 {count} 份"
LEADS = {
    "silent_institution": "整年无报卡也无零报告的机构 {count} 家",
    "listed_death_not_reported": "检查名单中未见死亡卡的 {count} 人",
    "listed_chronic_not_reported": "检查名单中未见报告卡的 {count} 人",
    "listed_tumour_not_reported": "检查名单中未见肿瘤卡的 {count} 人",
    "listed_stroke_not_reported": "检查名单中未见脑卒中卡的 {count} 人",
    "listed_coronary_not_reported": "检查名单中未见冠心病事件卡的 {count} 人",
    "listed_diabetes_not_reported": "检查名单中未见糖尿病卡的 {count} 人",
    "death_without_tumour_card": "肿瘤死亡而无肿瘤卡的 {count} 人",
    "death_without_stroke_card": "脑卒中死亡而无发病卡的 {count} 人",
    "death_without_coronary_card": "冠心病死亡而无发病卡的 {count} 人",
    "death_without_diabetes_card": "糖尿病死亡而无糖尿病卡的 {count} 人",
}
#: Which leads say something about an indicator.
LEADS_OF = {
    "death_underreporting_percent": ("listed_death_not_reported", "silent_institution"),
    "crude_death_rate_per_1000": ("silent_institution", "listed_death_not_reported"),
    "diabetes_incidence_per_100k": ("death_without_diabetes_card", "listed_diabetes_not_reported"),
    "cancer_incidence_per_100k": ("death_without_tumour_card", "listed_tumour_not_reported"),
    "stroke_incidence_per_100k": ("death_without_stroke_card", "listed_stroke_not_reported"),
    "coronary_incidence_per_100k": (
        "death_without_coronary_card",
        "listed_coronary_not_reported",
    ),
    "chronic_underreporting_percent": ("listed_chronic_not_reported",),
    "mortality_incidence_ratio": ("death_without_tumour_card", "listed_tumour_not_reported"),
}
STATUS = {
    "met": "达到要求",
    "partial": "部分得分",
    "unmet": "未达到要求",
    "pending": "待确认",
    "no_data": "无数据",
}
#: Fewer reviewed cases than this are too few for a rate of missed cases.
FEWEST_REVIEWED = 100
HIGH_VERIFIED_PERCENT = 85


def plain_name(name_zh: str) -> str:
    """An indicator's name without the unit behind it: the number beside it carries its own."""
    return re.sub(r"（[%‰/0-9万岁项]+）$", "", name_zh)


def shown(value: float, unit: str) -> str:
    """A value with its unit as people write it."""
    return UNITS[unit].format(value)


def verdict_text(status: str, value: Value | None, unit: str) -> str:
    """The first clause: the status and the value with its interval."""
    if value is None or value.value is None:
        return STATUS[status]
    number = shown(value.value, unit)
    if value.ci_low is not None and value.ci_high is not None:
        number += f"，95%区间 {shown(value.ci_low, unit)}～{shown(value.ci_high, unit)}"
    return f"{STATUS[status]}（{number}）"


def band_text(indicator: str, status: str, plausible: str, band: Benchmark, unit: str) -> str:
    """The second clause: whether the value is likely, apart from whether it meets the rule."""
    span = f"{shown(band.low, unit)}～{shown(band.high, unit)}，{band.source}"
    if plausible == "in_band":
        if status in ("unmet", "partial") and indicator == "mortality_incidence_ratio":
            return f"在参考范围内（{span}）：考核界值年代较早，不说明资料有误"
        return f"在参考范围内（{span}）"
    side = "低于" if plausible == "below_band" else "高于"
    if plausible == "below_band" and unit in RATES:
        return f"{side}参考范围（{span}），可能有漏报，请核查"
    return f"{side}参考范围（{span}），请核查"


def lead_text(indicator: str, leads: dict[str, int]) -> str | None:
    """Checkable leads of an indicator, or None when there are none."""
    named = [
        LEADS[lead].format(count=leads[lead])
        for lead in LEADS_OF.get(indicator, ())
        if leads.get(lead)
    ]
    return f"可核查线索：{'、'.join(named)}" if named else None


def next_survey(year: int, span: int) -> str:
    """By when the next survey must be done: one of ``year`` counts for ``span`` calendar years."""
    return f"下一次漏报调查应在 {year + span} 年 12 月 31 日前完成"


def review_notes(
    indicator: str, value: Value, data_year: int, sources: list[dict[str, Any]]
) -> list[str]:
    """What must be said of a review: which it is, taken over from an earlier year, or too small.

    `sources`: the rows of indicator.review_source for the value's year.
    """
    if not indicator.endswith("underreporting_percent"):
        return []
    notes = []
    if sources:
        surveys = "、".join(sorted({row["survey_id"] or "未编号" for row in sources}))
        counts: dict[str, int] = {}
        for row in sources:
            name = row["source_zh"] or "来源不详"
            counts[name] = counts.get(name, 0) + row["listed_count"]
        most = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
        named = "、".join(f"{name} {count} 例次" for name, count in most)
        notes.append(f"取自 {value.year} 年医院漏报检查 {surveys}（来源：{named}）")
    if value.year != data_year:
        notes.append(f"{data_year} 年未做漏报检查，沿用 {value.year} 年结果")
    if (value.denominator or 0) < FEWEST_REVIEWED:
        notes.append(f"样本量不足（{value.denominator:g} 例，少于 {FEWEST_REVIEWED} 例）")
    return notes


def high_verified_note(indicator: str, value: Value) -> str | None:
    """A very high share of verified cases suggests that the others are not found."""
    verified = indicator == "morphologically_verified_percent"
    if verified and value.value is not None and value.value > HIGH_VERIFIED_PERCENT:
        return f"高于 {HIGH_VERIFIED_PERCENT}%，请核查无病理诊断的病例是否收集完整"
    return None


def difference_text(platform_count: int, own_count: int) -> str:
    """A score over data that the platform counts otherwise is not reconciled."""
    return f"未对账：省系统数 {platform_count}，本库数 {own_count}"
