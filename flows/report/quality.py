"""质控与评价: every quality indicator, the findings by rule and by institution, corrections."""

from __future__ import annotations

from functools import cache

import polars as pl
from pypinyin import lazy_pinyin, load_phrases_dict

from flows.published import UNIT_ZH
from flows.report.facts import Facts
from flows.report.front import CARD_ZH
from flows.report.number import plain, said, share, span, whole
from flows.report.writer import Writer

#: Groups of quality indicators in the order of the report.
GROUPS = {
    "死亡报告": (
        *("death_reporting_coverage_percent", "death_reporting_coverage_every_month_percent"),
        *("death_audit_percent", "death_audit_all_cards_percent", "death_timely_report_percent"),
        *("death_timely_audit_percent", "first_visit_timely_percent", "id_number_filled_percent"),
        *("cause_chain_complete_percent", "unknown_cause_percent"),
        *("unknown_cause_without_r54_r95_percent", "unknown_cause_r95_r99_percent"),
        *("inaccurate_cause_percent", "inaccurate_cause_symptom_percent"),
        *("inaccurate_cause_vague_heart_percent", "inaccurate_cause_organ_failure_percent"),
        *("inaccurate_cause_vague_tumour_percent", "inaccurate_cause_vague_intent_percent"),
    ),
    "慢性病报告": (
        *("chronic_audit_percent", "chronic_timely_audit_percent"),
        *("chronic_first_visit_timely_percent", "chronic_id_number_filled_percent"),
        "interfaced_hospital_percent",
    ),
    "肿瘤登记": (
        *("morphologically_verified_percent", "morphologically_verified_6_8_percent"),
        *("death_certificate_only_percent", "death_certificate_only_if_open_fail_percent"),
        *("death_certificate_notified_percent", "mortality_incidence_ratio"),
        *("unspecified_site_percent", "icdo3_coded_percent"),
    ),
    "漏报检查": (
        *("death_underreporting_percent", "death_late_report_percent", "death_made_up_percent"),
        *("chronic_underreporting_percent", "chronic_late_report_percent"),
        "chronic_made_up_percent",
    ),
}
SEVERITY_ZH = {"error": "应订正", "warning": "请核实", "query": "请确认"}
STATUS_ZH = {
    "met": "达到",
    "partial": "部分达到",
    "unmet": "未达到",
    "pending": "待确认",
    "no_data": "无数据",
}
MOST_RULES = 15
INDICATOR_WIDTHS = [6.2, 1.9, 1.9, 2.3, 3.6]


def quality(write: Writer, facts: Facts) -> None:
    """The chapter."""
    write.chapter("六、质控与评价")
    write.section("（一）质量指标")
    for group, indicators in GROUPS.items():
        write.table(
            f"{facts.year}年{group}质量指标",
            ["指标", "分子", "分母", "值", "95%区间"],
            [row for indicator in indicators if (row := _row(facts, indicator))],
            none=f"{group}：没有{facts.year}年可供计算的资料。",
            widths=INDICATOR_WIDTHS,
            note=f"{group}指标的分子、分母口径见附录；95%区间：比例为威尔逊法，死亡发病比为条件二项法。",
        )
    _criteria(write, facts)
    write.section("（二）核对发现")
    _rules(write, facts)
    _institutions(write, facts)
    write.section("（三）订正情况")
    _corrections(write, facts)


def _row(facts: Facts, indicator: str) -> tuple[str, ...] | None:
    value = facts.value(indicator)
    if value is None:
        return None
    unit = value["unit"]
    return (
        facts.name(indicator),
        whole(value["numerator"]),
        whole(value["denominator"]),
        f"{plain(value['value'])}{UNIT_ZH[unit]}",
        span(value["ci_low"], value["ci_high"]),
    )


def _criteria(write: Writer, facts: Facts) -> None:
    criteria = facts["criteria"].filter(
        (pl.col("item_no") != 22) & (pl.col("data_year") == facts.year)
    )
    rows = [
        (
            f"{row['item_no']}.{row['criterion_no']}",
            row["requirement_zh"],
            "—" if row["value"] is None else said(row["value"], row["unit"]),
            STATUS_ZH[row["status"]],
        )
        for row in criteria.to_dicts()
    ]
    write.table(
        f"{facts.year}年数据对照考核要求",
        ["细则", "要求", "值", "结果"],
        rows,
        none=f"没有以{facts.year}年为数据年的考核结果。",
        widths=[1.6, 8.6, 3.2, 2.4],
        note="考核结果只说明是否符合细则文字；数值是否合理另与参考范围比较，见“主要发现”。",
    )


def rule_rows(facts: Facts) -> list[tuple[str, ...]]:
    """Findings by rule, most found first: text, kind, checked, found, share, resolved, open."""
    findings = facts["findings"]
    if findings.is_empty():
        return []
    table = (
        findings.group_by("rule_id", "card_type", "message_zh", "severity")
        .agg(pl.col("found_count", "resolved_count").sum())
        .join(facts["checked"], on="rule_id", how="left")
        .sort(["found_count", "rule_id"], descending=[True, False])
    )
    return [
        (
            f"{row['message_zh'] or row['rule_id']}（{CARD_ZH[row['card_type']]}）",
            SEVERITY_ZH[row["severity"]],
            whole(row["checked_count"]),
            whole(row["found_count"]),
            whole(row["resolved_count"]),
            whole(row["found_count"] - row["resolved_count"]),
        )
        for row in table.to_dicts()
    ]


RULE_HEADER = ["核对内容", "类别", "核对卡数", "发现", "已订正", "未订正"]
RULE_WIDTHS = [7.4, 1.9, 2.0, 1.5, 1.6, 1.6]


def _rules(write: Writer, facts: Facts) -> None:
    rows = rule_rows(facts)
    if rows:
        found = sum(int(row[3]) for row in rows)
        write.text(
            f"{facts.year}年的卡片经逐项规则核对，{len(rows)}条规则有发现，共{found}条"
            f"（一张卡可有多条）。下表列出发现最多的{min(MOST_RULES, len(rows))}条规则，"
            f"全部见附录。"
        )
    write.table(
        f"{facts.year}年卡片按规则的核对发现",
        RULE_HEADER,
        rows[:MOST_RULES],
        none=f"{facts.year}年的卡片没有核对发现。",
        widths=RULE_WIDTHS,
        note="核对卡数为该规则实际判断过的辖区机构卡片数；按户籍或事件归并的规则没有核对卡数。",
    )


def in_pinyin_order(names: dict[str, str]) -> list[str]:
    """Codes by the pinyin of their names: an order that ranks nobody."""
    _load_phrases()
    return sorted(names, key=lambda code: ("".join(lazy_pinyin(names[code])), code))


@cache
def _load_phrases() -> None:
    """重庆 begins with chong; for names of people (`linkage.spoken`) no phrases are loaded."""
    from pypinyin.phrases_dict import phrases_dict

    load_phrases_dict(phrases_dict)


def _institutions(write: Writer, facts: Facts) -> None:
    names = dict(facts["institutions"].select("org_code", "org_name").iter_rows())
    found = (
        facts["findings"].group_by("org_code").agg(pl.col("found_count", "resolved_count").sum())
    )
    by_org = {row["org_code"]: row for row in found.to_dicts() if row["org_code"]}
    cards = dict(facts["unit_year"].select("org_code", "card_count").iter_rows())
    zero = dict(facts["unit_year"].select("org_code", "zero_report_count").iter_rows())
    nothing = {"found_count": 0, "resolved_count": 0}
    rows = []
    for code in in_pinyin_order(names | {code: code for code in by_org if code not in names}):
        own = by_org.get(code, nothing)
        count, resolved = own["found_count"], own["resolved_count"]
        rows.append(
            (
                names.get(code, code),
                cards.get(code, 0),
                zero.get(code, 0),
                count,
                resolved,
                count - resolved,
            )
        )
    write.table(
        "各机构的报告与核对发现",
        ["机构", f"{facts.year}年录入卡数", "零报告数", "发现", "已订正", "未订正"],
        rows,
        none="本库没有机构名录，不能按机构列出。",
        widths=[6.2, 2.6, 1.9, 1.6, 1.7, 1.7],
        note="机构按名称拼音排列，不作排名；发现为该年事件的卡片，一张卡可有多条。",
    )


def _corrections(write: Writer, facts: Facts) -> None:
    findings = facts["findings"]
    if findings.is_empty():
        write.text(f"{facts.year}年的卡片没有核对发现，无需订正。")
        return
    rows = []
    for card, name in CARD_ZH.items():
        own = findings.filter(pl.col("card_type") == card)
        count, resolved = (int(own[name].sum()) for name in ("found_count", "resolved_count"))
        rows.append((name, count, resolved, count - resolved, share(resolved, count)))
    count, resolved = (int(findings[name].sum()) for name in ("found_count", "resolved_count"))
    rows.append(("合计", count, resolved, count - resolved, share(resolved, count)))
    write.text(
        f"截至{facts.as_of:%Y年%m月%d日}，{facts.year}年卡片的核对发现共{count}条，"
        f"已订正或核实{resolved}条，占{share(resolved, count)}%（{resolved}/{count}）。"
    )
    write.table(
        f"{facts.year}年卡片的核对发现与订正",
        ["卡片", "发现", "已订正", "未订正", "订正率（%）"],
        rows,
        none="",
        widths=[4.6, 2.6, 2.6, 2.6, 3.2],
    )
