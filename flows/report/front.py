"""Cover, 背景, 目的, 信息来源, 收集流程及步骤, 报告内容."""

from __future__ import annotations

import polars as pl
from docx.shared import Pt

from flows.document import add_blanks
from flows.report.facts import Facts
from flows.report.number import whole
from flows.report.writer import Writer

CARD_ZH = {
    "death": "死亡卡",
    "tumour": "肿瘤卡",
    "cardio": "心脑血管事件卡",
    "diabetes": "糖尿病卡",
}
INPUT_ZH = CARD_ZH | {
    "tumour_death": "肿瘤登记死亡记录",
    "population": "分性别年龄人口",
    "institution": "机构名录",
    "monthly_report": "机构月报（含零报告）",
    "survey_case": "漏报检查与调查名单",
    "platform_total": "省系统汇总数",
    "benchmark": "同期比参考值",
    "evidence": "佐证材料登记",
    "area": "地区编码",
}
ORDER = list(INPUT_ZH)


def title(facts: Facts) -> str:
    """The title of the report."""
    return f"{facts.area_name}{facts.year}年慢性病与死因监测年度报告"


def cover(write: Writer, facts: Facts, internal: bool) -> None:
    """Area, year, blanks for the unit and the people who sign."""
    write.document.paragraphs[0].paragraph_format.space_before = Pt(120)
    write.document.paragraphs[0].paragraph_format.space_after = Pt(60)
    write.text(f"地区：{facts.area_name}（{facts.area_code}）　　报告年份：{facts.year}年")
    write.text(f"人口口径：{facts.residency_zh}人口　　数据截至：{facts.as_of:%Y年%m月%d日}")
    write.text(
        "本报告由监测数据质量控制系统根据已发布数据生成，为草稿；"
        "经编制单位审核、补充并签发后方为正式报告。"
    )
    if internal:
        write.text("内部资料：本报告未隐去少于5例的格，不得外传。")
    add_blanks(
        write.document, ("编制单位", "编制人", "审核人", "签发人", "签发日期", "文号", "（盖章）")
    )
    write.new_page()


def background(write: Writer, facts: Facts) -> None:
    """背景, with the people the year is about."""
    write.chapter("一、背景")
    write.text(
        "死因监测和恶性肿瘤、心脑血管事件、糖尿病发病报告，是掌握居民健康状况、疾病负担及其变化、"
        "制定和评价慢性病防治措施的基础工作，也是慢性病综合防控示范区建设的内容之一。"
    )
    people = facts.population()
    if people.is_empty():
        write.text(
            f"{facts.area_name}为本报告的监测地区。本库没有{facts.year}年"
            f"{facts.residency_zh}人口资料，凡以人口为分母的率均不能计算，文中如实注明。"
        )
    else:
        count = people["population"].sum()
        write.text(
            f"{facts.area_name}{facts.year}年平均{facts.residency_zh}人口{count:.0f}人。"
            f"本报告汇总该年死因监测与慢性病发病报告的数据质量和监测结果。"
        )


def purpose(write: Writer, facts: Facts) -> None:
    """目的."""
    write.chapter("二、目的")
    write.items(
        [
            f"描述{facts.year}年{facts.area_name}居民的死亡水平、主要死因、期望寿命和过早死亡概率；",
            "描述恶性肿瘤、脑卒中、冠心病急性事件和糖尿病的报告发病水平，以及恶性肿瘤的生存率；",
            "评价报告的覆盖、及时、完整与准确程度，列出数据中需要核实之处；",
            "为改进监测工作和制定防治措施提供依据。",
        ]
    )


def sources(write: Writer, facts: Facts) -> None:
    """信息来源: what was received, up to when, and how the totals agree with the platform."""
    write.chapter("三、信息来源")
    write.text(
        "死亡卡、肿瘤卡、心脑血管事件卡和糖尿病卡由各级医疗卫生机构网络直报，"
        "经县级疾病预防控制机构审核；本报告使用其导出文件。人口、机构名录、月报、漏报检查名单和"
        "佐证材料由编制单位提供。"
    )
    state = facts["data_state"].to_dicts()
    state.sort(key=lambda row: ORDER.index(row["card_type"]))
    rows = [
        (
            INPUT_ZH[row["card_type"]],
            row["data_until"].strftime("%Y-%m-%d") if row["card_type"] in CARD_ZH else "—",
            row["received_on"].isoformat(),
            row["note_zh"] if row["card_type"] in CARD_ZH else "—",
        )
        for row in state
    ]
    write.table(
        "资料来源与数据截至",
        ["资料", "导出时间", "收到日期", "导出范围"],
        rows,
        none="本库尚未收到任何资料。",
        widths=[4.4, 3.0, 3.0, 5.4],
    )
    totals = [
        (
            CARD_ZH.get(row["card_type"], row["card_type"]),
            {"reporting": "报告地区", "registered": "户籍地区", "residence": "常住地区"}.get(
                row["basis"], row["basis"]
            ),
            whole(row["platform_count"]),
            whole(row["own_count"]),
            whole(row["difference"]),
        )
        for row in facts["reconciliation"].to_dicts()
    ]
    write.table(
        f"{facts.year}年卡片数与省系统对账",
        ["卡片", "归属", "省系统数", "本库数", "差"],
        totals,
        none=f"没有{facts.year}年的省系统汇总数，未能对账。",
        widths=[4.4, 3.4, 2.6, 2.6, 2.6],
    )


def collection(write: Writer, facts: Facts) -> None:
    """收集流程及步骤, with how many institutions report."""
    write.chapter("四、收集流程及步骤")
    institutions = facts["institutions"]
    if institutions.is_empty():
        write.text("本库没有机构名录，不能列出报告机构的数目。")
    else:
        counts = "、".join(
            f"承担{CARD_ZH[card]}报告的{institutions.filter(pl.col(column) == '1').height}家"
            for card, column in (
                ("death", "reports_death"),
                ("tumour", "reports_tumour"),
                ("cardio", "reports_cardio"),
                ("diabetes", "reports_diabetes"),
            )
        )
        write.text(
            f"{facts.year}年辖区机构名录共{institutions.height}家，其中{counts}（一家可承担多种）。"
        )
    write.items(
        [
            "医疗卫生机构的责任医生在诊断或出具死亡证明后填写报告卡，由机构审核后网络直报；",
            "当月没有病例或死亡的机构作零报告；",
            "县级疾病预防控制机构在机构审核后7天内审核，退回内容不全或逻辑有疑问的卡片；",
            "乡镇卫生院和社区卫生服务中心对终审卡片作初访（死亡卡7天内，慢性病卡30天内）；",
            "导出文件逐行载入，逐卡核对规则，同一人同一事件的多张卡归并为一个事件；",
            "核对中的发现按机构分发核实，订正后的卡片以新版本替换旧版本，保留全部历史。",
        ]
    )


def content(write: Writer, facts: Facts) -> None:
    """报告内容: which events count, and which cards there are."""
    write.chapter("五、报告内容")
    write.items(
        [
            f"死亡：死亡日期在{facts.year}年的{facts.residency_zh}居民全部死因；",
            "恶性肿瘤：ICD-10编码C00～C97、D32～D33、D42～D43、D45～D47，按多原发规则计数；",
            "脑卒中：I60、I61、I63、I64，28天内再发作为同一事件（I62另列）；",
            "冠心病急性事件：I21～I22、I46.1，以及此前28天内无事件的冠心病死亡（I20～I25）；",
            "糖尿病：E10～E14，每人终身只计首次。",
        ]
    )
    write.text(
        "计数的卡片为县级终审、可用、未撤销且未查实为外地户籍的卡片；待审卡片列出而不计入。"
        "监测指标以居民为对象，分子与分母用同一人口口径；"
        "报告质量指标以辖区报告机构为对象，不论死者或患者户籍何处。"
    )
    state = facts["state"]
    rows = []
    for card, name in CARD_ZH.items():
        own = state.filter(pl.col("card_type") == card)
        if own.is_empty():
            continue
        by_base = dict(own.group_by("count_base").agg(pl.col("card_count").sum()).iter_rows())
        total = sum(by_base.values())
        rows.append(
            (
                name,
                total,
                by_base.get("official", 0),
                by_base.get("received", 0),
                total - by_base.get("official", 0) - by_base.get("received", 0),
            )
        )
    write.table(
        f"辖区机构报告的{facts.year}年卡片及其状态",
        ["卡片", "在库卡片", "终审计入", "待审", "不计入"],
        rows,
        none=f"本库没有辖区机构报告的{facts.year}年卡片。",
        widths=[4.6, 2.8, 2.8, 2.8, 2.8],
        note="在库卡片为其后三列之和；不计入为死卡、查实外地户籍等。",
    )
