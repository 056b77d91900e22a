"""Every sentence of a letter that is not a rule's own; polite, factual, about one unit only."""

from __future__ import annotations

NAME = "慢性病监测待核实单"
INTRO = (
    "以下卡片经程序核对，有内容需要贵单位核实。规则也可能不适用于个别病例：核实无误的请选“核实无误”；"
    "在报告系统中订正后，反馈选“已订正”即可。请在“反馈”列选择后，将本文件直接发回（可以改名，请勿删改识别码）。"
)
LIST_INTRO = (
    "以下各例请贵单位查阅病案后，在“反馈”列选择是否查到诊疗或报告记录，并在“说明”列写明依据；"
    "名单由程序比对得出，可能并不都需要报告。请将本文件直接发回（可以改名，请勿删改识别码）。"
)
CARD_ZH = {"death": "死亡卡", "tumour": "肿瘤卡", "cardio": "心脑血管卡", "diabetes": "糖尿病卡"}
CORRECTED, CONFIRMED, UNVERIFIABLE = "已订正", "核实无误", "无法核实"
ANSWERS = {CORRECTED: "corrected", CONFIRMED: "confirmed", UNVERIFIABLE: "unverifiable"}
TRACED, NOT_TRACED = "已查到", "未查到"
LIST_ANSWERS = {TRACED: "found", NOT_TRACED: "nothing", UNVERIFIABLE: "unverifiable"}

#: Why a row stands in this letter.
STANDING = {
    "not_come": "已反馈订正，尚未收到订正后的卡片",
    "overdue": "请于此日前反馈的日期已过，再次提请",
    "again": "卡片已有改动，仍请核实",
    "new": "本期新增",
}
TRACEBACK = {
    "death": "该死亡卡的根本死因为肿瘤，肿瘤登记中未见相应病例；请查阅病案，如曾诊断请说明",
    "tumour": "该病例首先由死亡医学证明书得知；请查阅病案，如有诊断资料请说明",
}
MISSED = "漏报调查在“{}”中查到的该例{}未见相应{}；请查阅病案，如已报告或不需报告请说明"
NO_CASE = "该死亡卡提示的疾病（{}）未见相应发病报告卡；请查阅病案，如已报告或不需报告请说明"
ZERO_REPORT = "{month}未见贵单位的{card}，也未见零报告；如当月确无病例，请补交零报告或电话告知"
THANKS = "以下内容已不再提示，无需再做处理，谢谢贵单位的核实。"
NOTHING_ASKED = "本期没有需要贵单位核实的内容，无需反馈。"
PROVISIONAL = "节假日安排尚未公布的年份按周一至周五计算，日期以实际工作日为准。"
WAITING = "本期列出 {shown} 条，另有 {more} 条将在以后各期列出。"
NOT_ASKED = "{card}的导出截至 {day}，本期未列。"
OWN = "以下为贵单位与全县的数据，供参考；例数少时比例波动较大，请结合区间看待。"

#: Why a returned row was not taken; the sender reads it in the next letter.
PROBLEM = {
    "unknown_row": "该行的序号或卡片编号与发给贵单位的清单不一致，未采用；请按原表逐行填写",
    "other_unit": "该行不在发给贵单位的清单内，未采用；请核对是否误用了其他文件",
    "unknown_answer": "“反馈”列的内容不在可选项内，未采用；请从列表中选择",
    "changed": "此前已反馈过其他结果，未更改；如需更改请电话联系",
    "closed": "该条已不再提示，无需反馈",
}
MAIL_END = "明细见附件。附件不含姓名和证件号码，请勿在“说明”中填写姓名、证件号码等身份信息。"
WEBHOOK = "{title}：已发给 {units} 家单位，共 {rows} 条请核实。明细见各单位邮箱，谢谢配合。"


def title(issue: int, data_until: str) -> str:
    """The head of a letter."""
    return f"{NAME}（第{issue}期，数据截至{data_until}）"
