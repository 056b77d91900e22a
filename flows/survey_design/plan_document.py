"""The written plan of a survey: `plan.docx`, with its justification and blanks for people."""

from __future__ import annotations

from pathlib import Path

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
from flows.published import RESIDENCY_ZH
from flows.survey_design.plan import needs_everybody, size_of
from flows.survey_design.plan_file import CARD_ZH, Plan
from flows.survey_design.words import CHECKS, SOURCES_ZH

EVERYBODY_ZH = (
    "按设定的精度需要查到全县全部病例：请全县普查，或放宽允许误差（--precision）、"
    "增加调查年数（--years）后重新设计。"
)
UNITS = (
    "牵头单位", "县疾控中心责任科室", "乡镇卫生院（社区卫生服务中心）", "县级综合医院",
    "公安、民政、妇幼、医保联系人", "质控人员",
)  # fmt: skip


def write_plan_document(plan: Plan, sample: pl.DataFrame, folder: Path) -> Path:
    """Write `plan.docx`.

    Args:
        plan: of either stage.
        sample: its towns, or its villages with weights.
        folder: where it goes.
    """
    document = new_document(f"{plan.area_name}{plan.year}年居民病伤漏报调查方案")
    add_contents(document)
    _purpose(document, plan)
    _scope(document, plan)
    _sampling(document, plan, sample)
    _field_work(document, plan)
    _quality(document)
    _analysis(document, plan)
    _people(document)
    return save(document, folder / "plan.docx", plan.made_on)


def _purpose(document: Document, plan: Plan) -> None:
    add_heading(document, "一、背景与目的")
    cards = "、".join(CARD_ZH[name] for name in plan.card_types)
    add_text(
        document,
        f"为掌握{plan.area_name}{cards}报告的完整程度，"
        "按慢性病综合防控工作中“每3年开展一次有代表性的漏报调查”"
        "的要求，制定本方案。调查得到的居民漏报率用于评价报告质量和校正发病（死亡）率；"
        "它与医院漏报检查的漏报率是两个指标，不合并计算。",
    )


def _scope(document: Document, plan: Plan) -> None:
    add_heading(document, "二、调查对象、内容和时间界限")
    people = RESIDENCY_ZH[plan.residency]
    cards = "、".join(CARD_ZH[name] for name in plan.card_types)
    add_items(document, [
        f"调查对象：抽中户的全部{people}人口，包括调查期内死亡的人。",
        f"调查内容：{plan.events_from} 至 {plan.events_to} 发生的{cards}。"
        "查到的病例不论是否已经报告，全部登记。",
        f"截止日：{plan.cutoff_date}。截止日（含）前已有报告卡的为已报告；截止日之后建立的卡，"
        "以及医院漏报、居民漏报类型的卡，"
        "为已补报，不改变漏报率。现场调查在截止日之后开始，调查期间照常报告和补报。",
    ])  # fmt: skip


def _sampling(document: Document, plan: Plan, sample: pl.DataFrame) -> None:
    add_heading(document, "三、抽样设计")
    add_heading(document, "（一）样本量", 2)
    if plan.source == "province":
        add_text(document, "样本和权重由上级下达，本方案不另行计算样本量。")
    else:
        _size(document, plan)
    add_heading(document, "（二）分层和抽样阶段", 2)
    if plan.source == "own":
        households = (
            f"每村（居）按户册序号等距抽取 {plan.households_per_village} 户（不足的全取）"
            if plan.households_per_village
            else "抽中村（居）的全部住户"
        )
        add_items(document, [
            "分层：按城镇、农村分层，各层抽取的乡镇（街道）"
            f"数按{RESIDENCY_ZH[plan.residency]}人口（{plan.population_year} 年）分配，"
            "每层至少 2 个。",
            f"第一阶段：在 {plan.towns_in_frame} 个乡镇（街道）中，按人口规模成比例的概率（PPS）"
            f"系统抽取 {plan.town_count} 个；"
            "规模大到必然抽中的乡镇入样概率为 1。",
            "第二阶段：每个抽中乡镇按户数成比例的概率（PPS）"
            f"抽取 {plan.villages_per_town} 个村（居）。",
            f"第三阶段：{households}。",
        ])  # fmt: skip
    add_text(
        document,
        f"随机种子为 {plan.seed}；各阶段的随机数由种子、阶段和地区编码决定，"
        "用同一抽样框重新运行得到同一样本。"
        "抽中的乡镇、村（居）和住户不得自行更换。",
    )
    if "village_code" in sample.columns:
        _villages(document, plan, sample)
    else:
        _towns(document, sample)


def _size(document: Document, plan: Plan) -> None:
    size = size_of(plan)
    card = CARD_ZH[plan.card_types[0]]
    yearly = plan.yearly_events[plan.card_types[0]]
    add_text(
        document,
        f"以{card}的漏报率为主要指标。公式：n₀ = u²·p(1－p)/d²；n = deff·n₀/[1+(n₀－1)/N]；"
        "应查到的病例数 = n/应答率。各项取值见下表。",
    )
    label = add_table(document, "样本量计算", ["项目", "取值", "说明"], [
        ["预期漏报率 p", f"{plan.expected_percent:g}%", plan.expected_from_zh],
        ["允许误差 d", f"±{plan.precision_percent:g} 个百分点", "绝对误差"],
        ["u", f"{size.quantile:.4f}", f"置信水平 {100 * plan.level:g}%"],
        ["设计效应 deff", f"{plan.design_effect:g}", "多阶段整群抽样，经验值，以本次结果修订"],
        ["病例总数 N", f"{yearly * plan.years:.0f} 例", f"近年平均每年 {yearly:g} 例 ×"
            f" {plan.years} 年（已报告数，实际更多）"],
        ["n₀", f"{size.simple:.1f} 例", "简单随机抽样"],
        ["有限总体校正后", f"{size.finite:.1f} 例", ""],
        ["乘设计效应 n", f"{size.designed:.1f} 例", "不超过 N"],
        ["应答率", f"{plan.response_percent:g}%", "方案设定"],
        ["应查到的病例数", f"{plan.required_cases} 例", ""],
    ], widths_cm=[4.0, 4.0, 7.8])  # fmt: skip
    share = plan.required_cases / max(1.0, yearly * plan.years)
    text = (
        f"{label}：应查到约 {plan.required_cases} 例，"
        f"约为全县同期病例的 {100 * min(1, share):.0f}%，"
        f"按户均 {plan.household_size:g} 人折合每个村（居）"
    )
    text += (
        f"调查 {plan.households_per_village} 户。"
        if plan.households_per_village
        else "调查全部住户。"
    )
    add_text(document, text)
    if needs_everybody(plan):
        add_text(document, EVERYBODY_ZH)
    if plan.promised_percent is not None:
        add_text(document, promise_zh(plan))


def promise_zh(plan: Plan) -> str:
    """What the drawn sample promises, and plainly when that is less than was wished."""
    assert plan.promised_percent is not None
    text = (
        f"抽中样本预计查到 {plan.expected_cases:.0f} 例，"
        f"预期误差约 ±{plan.promised_percent:g} 个百分点"
        f"（设计效应按 {plan.design_effect:g}，按群数减层数的自由度取 t 值；"
        "乡镇间差别很大时误差会更大）"
    )
    if plan.promised_percent > plan.precision_percent:
        return text + (
            f"，达不到设定的 ±{plan.precision_percent:g} 个百分点；"
            "如需更高精度，应增加乡镇数、每村户数或调查年数。"
        )
    return text + f"，满足设定的 ±{plan.precision_percent:g} 个百分点。"


def _towns(document: Document, sample: pl.DataFrame) -> None:
    add_table(
        document, "抽中的乡镇（街道）", ["层", "编码", "名称", "人口", "入样概率", "必抽"],
        [
            [row["stratum"], row["town_code"], row["town_name"], f"{row['town_people']:.0f}",
             f"{row['town_chance']:.4f}", "是" if row["is_certain"] else ""]
            for row in sample.iter_rows(named=True)
        ],
    )  # fmt: skip
    add_text(
        document,
        "村（居）名册尚未导入：请抽中乡镇填写 village_frame.xlsx（全部村、居的编码、名称、户数），"
        "填好后继续抽取村（居）和住户，本方案随之更新。",
    )


def _villages(document: Document, plan: Plan, sample: pl.DataFrame) -> None:
    label = add_table(
        document, "抽中的村（居）、户数和权重",
        ["群号", "层", "乡镇", "村（居）", "总户数", "抽取户数", "入样概率", "设计权重"],
        [
            [row["cluster_no"], row["stratum"], row["town_name"], row["village_name"],
             str(row["households"]), str(row["drawn_households"]),
             f"{1 / row['design_weight']:.4f}", f"{row['design_weight']:.2f}"]
            for row in sample.iter_rows(named=True)
        ],
        widths_cm=[1.4, 1.3, 2.7, 2.9, 1.6, 1.8, 2.0, 2.0],
        note_zh="入样概率为各阶段概率的乘积；各阶段概率和抽中户的户册序号见 sample.csv。",
    )  # fmt: skip
    add_heading(document, "（三）权重", 2)
    add_text(
        document,
        f"设计权重为入样概率的倒数（{label}）；分析时再乘应答系数：抽取户数÷完成户数、"
        "抽取村数÷完成村数，"
        f"以及层内抽取乡镇数÷完成乡镇数。共 {sample['town_code'].n_unique()} 个乡镇、"
        f"{sample.height} 个村（居）、"
        f"{int(sample['drawn_households'].sum())} 户。",
    )


def _field_work(document: Document, plan: Plan) -> None:
    add_heading(document, "四、现场实施")
    add_text(document, f"名单来源：{SOURCES_ZH}。同一病例有多个来源的，各来源都登记，汇总时合并。")
    add_items(document, [
        "入户：按户登记表的序号逐户询问，登记调查期内的死亡和新发病例；拒访、三次不遇、"
        "空户如实登记，不以邻户替代。",
        "核对：每村（居）用公安、民政、妇幼、医保和村医的名单核对，"
        "查到的人属于抽中户的登记入表，不属于抽中户的不登记。",
        "判定：死因和疾病按医疗机构的诊断，没有诊断的由县级医师审核推断，注明依据。",
        "符合条件：调查期内发生、属于调查人口的病例为符合条件；不符合的填写原因，保留在表中。",
        "调查员不查看省平台的报告情况；是否报告由县疾控中心在截止日冻结的数据上统一比对。",
    ])  # fmt: skip


def _quality(document: Document) -> None:
    add_heading(document, "五、质量控制")
    add_items(document, [f"{stage}：{text}（{mark}）。" for stage, text, mark in CHECKS])


def _analysis(document: Document, plan: Plan) -> None:
    add_heading(document, "六、资料整理与分析")
    add_items(document, [
        "漏报率 = 截止日漏报的符合条件病例 ÷ 全部符合条件病例，均加权；校正率 ="
        " 报告率 ÷（1 － 漏报率），按年龄组分别校正。",
        "区间：泰勒线性化方差，计入分层、乡镇和村两级群以及第一阶段有限总体校正，"
        f"{100 * plan.level:g}% 区间用 logit 变换和 t 分布；"
        "同时报告设计效应。",
        "分组：按层、性别、年龄、病种分别估计；符合条件病例少于 30 例的分组只列例数。",
        "完成率：分别报告乡镇、村（居）、户的完成率。",
    ])  # fmt: skip


def _people(document: Document) -> None:
    add_heading(document, "七、组织分工")
    add_blanks(document, UNITS)
    add_heading(document, "八、进度和经费")
    add_blanks(
        document, ["培训日期", "现场调查起止日期", "资料录入和核查", "报告完成日期", "经费来源"]
    )
    add_heading(document, "九、知情同意与信息安全")
    add_text(
        document,
        "调查前说明目的并征得同意。登记表含个人信息，专人保管、加密传送，不得通过个人社交软件传递；"
        "汇总和报告不出现个人信息。",
    )
    add_heading(document, "十、审核签发")
    add_blanks(document, ["审核人", "签发单位（盖章）", "文号", "签发日期"])
