"""建议: from criteria that are not met and the rules with the most open findings.

It names records to check. It never says how many cases to report (docs/definitions.md, gaps).
"""

from __future__ import annotations

import polars as pl

from flows.report.facts import Facts
from flows.report.front import CARD_ZH
from flows.report.writer import Writer

MOST_RULES = 5
#: What can be done about an indicator: work on records and procedures.
REMEDY = {
    "death_reporting_coverage_percent": "核实整年无卡也无零报告的机构是否停业、更名或未开通账号，"
    "并按月核对零报告",
    "death_underreporting_percent": "对漏报检查名单逐例核对院内登记、死亡证明存根与系统记录，"
    "查明漏报的环节",
    "death_audit_percent": "核对审核时限，每周清理到期未审的死亡卡",
    "crude_death_rate_per_1000": "与公安、民政、殡葬等来源逐例比对，并开展漏报调查以估计漏报率",
    "unknown_cause_percent": "对根本死因为R编码的死亡卡查阅病历或入户核实死因",
    "interfaced_hospital_percent": "查明未对接医院的接口情况并取得对接验收材料",
    "diabetes_incidence_per_100k": "与门诊、住院、检验和基本公共卫生管理记录逐例比对",
    "cancer_incidence_per_100k": "与病案首页、病理、医保和死亡资料逐例比对",
    "stroke_incidence_per_100k": "与住院病案首页、影像和死亡资料逐例比对",
    "coronary_incidence_per_100k": "对无发病卡的冠心病死亡逐例核实发病时间与地点",
    "chronic_underreporting_percent": "对漏报检查名单逐例核对门诊日志、出院登记与系统记录，"
    "查明漏报的环节",
    "mortality_incidence_ratio": "核对肿瘤死亡与发病的匹配，核实无发病记录的肿瘤死亡",
    "death_certificate_only_percent": "对仅由死亡证明得知的病例逐例追溯诊断医院与诊断依据",
    "morphologically_verified_percent": "核对已有病理报告是否录入诊断依据，不得改动无病理者的依据",
    "icdo3_coded_percent": "对部位、形态学编码缺失的病例依据病理报告编码",
    "annual_report": "核对年度报告的十个要素，经签发后登记签发单位和日期",
    "underreporting_survey": "整理漏报调查的方案、过程资料和报告，登记签发单位和日期",
}
OTHER = "对照细则核对现有记录与材料"


def advice(write: Writer, facts: Facts) -> None:
    """The chapter."""
    write.chapter("十、建议")
    made = [*criteria(facts), *rules(facts), *data(facts)]
    if made:
        write.items(made)
    else:
        write.text("各项考核细则均已达到，核对发现均已订正；建议保持现有审核与核对频次。")


def criteria(facts: Facts) -> list[str]:
    """One piece of advice a criterion that is not met, with what the score says of it."""
    rows = facts["criteria"].filter(
        pl.col("status").is_in(["unmet", "partial", "no_data", "pending"])
        & (pl.col("item_no") != 22)
    )
    found = []
    for row in rows.to_dicts():
        what = next(
            (text for stem, text in REMEDY.items() if row["indicator"].startswith(stem)), OTHER
        )
        year = f"{row['data_year']}年数据" if row["data_year"] != row["year"] else "评估年"
        found.append(
            f"针对第{row['item_no']}条细则{row['criterion_no']}"
            f"“{row['requirement_zh']}”（{year}）：{what}。现况：{row['gap_zh']}"
        )
    return found


def rules(facts: Facts) -> list[str]:
    """The rules with the most findings that nobody has corrected yet."""
    findings = facts["findings"]
    if findings.is_empty():
        return []
    table = (
        findings.group_by("rule_id", "card_type", "message_zh")
        .agg(pl.col("found_count", "resolved_count").sum(), units=pl.col("org_code").n_unique())
        .with_columns(open=pl.col("found_count") - pl.col("resolved_count"))
        .filter(pl.col("open") > 0)
        .sort(["open", "rule_id"], descending=[True, False])
        .head(MOST_RULES)
    )
    return [
        f"{CARD_ZH[row['card_type']]}“{row['message_zh'] or row['rule_id']}”尚有{row['open']}条"
        f"未订正（共发现{row['found_count']}条，涉及{row['units']}家机构）："
        "请有关机构对照原始记录核实，确有出入的订正，无误的登记核实无误。"
        for row in table.to_dicts()
    ]


def data(facts: Facts) -> list[str]:
    """What the data themselves lack."""
    found = []
    if facts.population().is_empty():
        found.append(
            f"补充{facts.year}年分性别、年龄、乡镇的{facts.residency_zh}人口资料，以便计算率。"
        )
    differing = facts["reconciliation"].filter(pl.col("difference") != 0)
    if differing.height:
        found.append(
            f"{facts.year}年有{differing.height}项卡片数与省系统不一致，"
            "请重新导出完整范围的文件并对账。"
        )
    waiting = facts["state"].filter(pl.col("count_base") == "received")["card_count"].sum()
    if waiting:
        found.append(f"{facts.year}年尚有{waiting}张待审卡片未计入本报告，请完成审核。")
    return found
