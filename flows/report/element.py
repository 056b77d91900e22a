"""The ten elements of item 22: their names, and by which headings another's report shows them."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Element:
    """One element: its number in the criteria, its name, and the headings that mean it."""

    number: int
    name_zh: str
    placeholder: str  # of a user's own template
    heading: re.Pattern[str]
    #: What the text must hold beside its heading, and how its absence is said.
    must_hold: tuple[tuple[re.Pattern[str], str], ...] = ()


def _of(number: int, name_zh: str, placeholder: str, pattern: str) -> Element:
    return Element(number, name_zh, placeholder, re.compile(pattern))


#: In the order in which a report brings them. A heading may stand for two (背景及目的).
ELEMENTS = (
    _of(1, "背景", "background", "背景|前言|引言"),
    _of(2, "目的", "purpose", "目的|目标"),
    _of(3, "信息来源", "sources", "(信息|资料|数据)来源"),
    _of(4, "收集流程及步骤", "collection", "(收集|登记|报告|工作)(的)?(流程|步骤|方法)|流程及步骤"),
    _of(5, "报告内容", "content", "(报告|登记|监测|收集)(的)?(内容|范围|对象)"),
    _of(6, "质控与评价", "quality", "质控|质量(控制|评价|评估)|数据质量"),
    _of(7, "统计方法", "methods", "统计(学)?(分析)?(方法|分析)|分析方法|统计指标"),
    Element(
        8,
        "监测结果",
        "results",
        re.compile("(监测|主要|登记|分析)?结果(与分析)?"),
        (
            (re.compile("生存率"), "没有生存率"),
            # Results without one number are none: a year and an age are no result.
            (
                re.compile(r"\d(?!\d*[年岁月日～、])[\d.]*\s*(%|‰|/10万|/万|例|人|$)", re.M),
                "没有数值",
            ),
        ),
    ),
    _of(9, "主要发现", "findings", "发现|结论|小结"),
    _of(10, "建议", "advice", "建议|对策|下一步工作"),
)
