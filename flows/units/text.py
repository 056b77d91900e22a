"""Chinese prose of a summary -> the counts, populations and rates it states."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, NamedTuple

from estimators.unit import UNITS, Printed, Span, printed

Kind = Literal["count", "population", "rate", "share"]
#: Full-width signs as a Chinese keyboard writes them; commas and stops stay, they end clauses.
PLAIN = {
    sign: sign - 0xFEE0
    for sign in range(0xFF01, 0xFF5F)
    if chr(sign) not in "\uff0c\uff1b\uff01\uff1f"
} | {ord("〔"): "(", ord("〕"): ")"}
NUMBER = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"
UNIT_WORDS = {
    "/10万": r"/\s*10\s*万|/\s*十万|/\s*100,?000(?!\d)",
    "/万": r"/\s*1?\s*万|/\s*10,?000(?!\d)",
    "‰": r"‰|/\s*千|/\s*1,?000(?!\d)",
    "%": r"%",
}
PER_WORDS = {
    "/10万": r"每?(?:10|十)万(?:人|人口)?(?:分之|中有?|有)?|十万分之",
    "/万": r"每万(?:人|人口)?(?:中有?|有)?|万分之",
    "‰": r"每千(?:人|人口)?(?:中有?|有)?|千分之",
    "%": r"百分之",
}
ANY_UNIT = "|".join(UNIT_WORDS.values())
ANY_PER = "|".join(PER_WORDS.values())
RATE = re.compile(
    rf"(?P<name>[\u4e00-\u9fa5A-Za-z]*率)(?P<gap>[^\d。;；!?！？\n]{{0,12}}?)"
    rf"(?:\(\s*1?(?P<head>{ANY_UNIT})\s*\)[^\d。;；\n]{{0,6}}?)?"
    rf"(?P<per>{ANY_PER})?\s*(?P<number>{NUMBER})\s*(?:1(?=/))?(?P<unit>{ANY_UNIT})?"
)
COUNT = re.compile(
    rf"(?<![每/\d.])(?P<number>{NUMBER})\s*(?P<ten>万)?\s*(?:例|人次|张|起|个病例|人(?!口))"
)
POPULATION = re.compile(
    rf"人口(?:数|总数)?[^\d率占。;；,，\n]{{0,8}}?(?P<number>{NUMBER})\s*(?P<ten>万|亿)?\s*人?"
    rf"(?!\s*[%‰/\d.年岁])"
)
FEWEST_PEOPLE = 100
SENTENCE = re.compile(r"[^。;；!！?？\n]+")
#: A rate that rose or fell by so much is no rate; nor is one that is said to be a goal.
CHANGE = re.compile(
    r"下降|上升|增长|降低|增加|减少|升高|提高|增幅|降幅|百分点|变化|目标|要求|以上|不低于|达标线"
)
#: `超出99.8%控制限`: how sure, not how much.
LIMIT = re.compile(r"\s*(控制限|置信|可信|区间)")
SHARES = re.compile(
    r"及时|审核|完整|填写|符合|覆盖|漏报|迟报|合格|一致|准确|规范|病死(?!亡)|生存|知晓|治疗|控制|应答|失访"
    r"|随访|编码|诊断率|报告率|重复|管理|早死|早亡|过早死亡|初访|接入|上报|核实|订正"
)
PEOPLE = re.compile(r"发病|死亡|患病|罹患")
ADJUSTED = re.compile(r"标化|中标|世标|调整|年龄别|累积|截缩|期望|校正|估计")
#: Parts of the people: the population of all of them is not theirs.
PART = re.compile(r"男|女|岁|城市|城镇|农村|乡|镇|街道|其中|上年|去年|同期|\d{4}年")
#: People under management are no events of the year.
MANAGED = re.compile(r"管理|在管|建档|登记在册|签约|随访|患病|现患|高血压")
EVENTS = re.compile(
    r"死亡|死因|脑卒中|卒中|中风|冠心病|心肌梗死|心梗|心脑血管|心血管|脑血管|糖尿病|高血压|肿瘤|癌"
)
ALL_CAUSES = ("死亡", "死因")


@dataclass(frozen=True)
class Statement:
    """One number of the text and what it is said to be.

    ``unit``: of a rate, as a key of UNITS; empty where none is printed. ``event``: the last word
    of EVENTS before it in its sentence. ``start``: its place in the text. ``is_of_part``: its
    sentence speaks of a part of the people, or of a year.
    """

    kind: Kind
    name: str
    event: str
    number: Printed
    unit: str
    quote: str
    line: int
    sentence: int
    start: int
    is_of_part: bool = False

    @property
    def span(self) -> Span:
        """The people of a population, which may be rounded."""
        return max(self.number.span[0], 1.0), self.number.span[1]


def statements(text: str) -> list[Statement]:
    """The statements of a text, in its order; anything else is passed over."""
    plain = text.translate(PLAIN)
    found: list[Statement] = []
    for position, sentence in enumerate(SENTENCE.finditer(plain)):
        words, offset = sentence[0], sentence.start()
        line = plain.count("\n", 0, offset) + 1
        taken: list[tuple[int, int]] = []
        for kind, match, name, unit, number in _matches(words):
            if any(start < match.end("number") and match.start("number") < end
                   for start, end in taken):  # fmt: skip
                continue
            # `/10万人` and `(1/10万)` belong to their rate.
            taken.append(match.span() if kind in ("rate", "share") else match.span("number"))
            found.append(
                Statement(kind, name, _event(words, match, name), number, unit,
                          match[0].strip(), line, position, offset + match.start("number"),
                          PART.search(words) is not None)
            )  # fmt: skip
    return sorted(found, key=lambda statement: statement.start)


def _matches(words: str) -> list[tuple[Kind, re.Match[str], str, str, Printed]]:
    found: list[tuple[Kind, re.Match[str], str, str, Printed]] = []
    for match in RATE.finditer(words):
        kind = _kind_of(match["name"])
        if kind is None or CHANGE.search(match["gap"]) or LIMIT.match(words, match.end()):
            continue
        unit = unit_of(match["unit"] or match["head"] or "") or _per(match["per"] or "")
        found.append((kind, match, match["name"], unit, printed(match["number"])))
    for match in POPULATION.finditer(words):
        people = _scaled(match)
        if people.value >= FEWEST_PEOPLE:
            found.append(("population", match, "人口", "", people))
    for match in COUNT.finditer(words):
        found.append(("count", match, "", "", _scaled(match)))
    return found


def _kind_of(name: str) -> Kind | None:
    if SHARES.search(name):
        return "share"
    return "rate" if PEOPLE.search(name) else None


def unit_of(words: str) -> str:
    """The unit that some signs mean; empty for none."""
    return next((u for u in UNITS if re.fullmatch(UNIT_WORDS[u], words.strip())), "")


def _per(words: str) -> str:
    return next((u for u in UNITS if words and re.fullmatch(PER_WORDS[u], words)), "")


def _scaled(match: re.Match[str]) -> Printed:
    number = printed(match["number"])
    factor = {"万": 1e4, "亿": 1e8}.get(match.groupdict().get("ten") or "", 1.0)
    # A whole count is exact; 12.6万 is known to a thousand.
    step = number.step * factor if factor > 1 else 0.0
    return Printed(number.value * factor, step)


def _event(words: str, match: re.Match[str], name: str) -> str:
    own: list[str] = EVENTS.findall(name)
    diseases = [word for word in own if word not in ALL_CAUSES]
    if diseases:
        return diseases[-1]
    before: list[str] = EVENTS.findall(words[: match.start()])
    # A bare `死亡率` goes with what was spoken of before it; `粗死亡率` is that of all causes.
    if own and not (before and name == "死亡率"):
        return own[-1]
    after: list[str] = EVENTS.findall(words[match.end() : match.end() + 6])
    return before[-1] if before else (own or after or [""])[0]


class Column(NamedTuple):
    """What the header of a table says of a column; other columns have no kind."""

    kind: Kind | Literal[""]
    name: str
    event: str
    unit: str


#: A number of a cell and the unit printed in it; None for a cell that holds none.
Reading = tuple[Printed, str] | None
CELL = re.compile(rf"\s*(?P<number>{NUMBER})\s*(?:1(?=/))?(?P<unit>{ANY_UNIT})?\s*")
HEAD_UNIT = re.compile(rf"\(?\s*1?(?P<unit>{ANY_UNIT})\s*\)?")


def column(header: str) -> Column:
    """Read the header of a column; adjusted rates have no kind, no count is theirs."""
    plain = re.sub(r"\s", "", header.translate(PLAIN))
    unit = HEAD_UNIT.search(plain)
    printed_unit = unit_of(unit["unit"]) if unit else ""
    name = plain[: unit.start()] if unit else plain
    events = [word for word in EVENTS.findall(name) if word not in ALL_CAUSES]
    event = events[-1] if events else ""
    if "率" in name:
        kind = "" if ADJUSTED.search(name) else _kind_of(name)
        return Column(kind or "", name, event, printed_unit)
    if "人口" in name:
        return Column("population", name, "", "")
    is_count = re.search(r"例数|病例|死亡数|发病数|死亡人数|发病人数|人数|^死亡$|^发病$", name)
    return Column("count" if is_count else "", name, event, "")


def reading(cell: str) -> Reading:
    """Read a cell that holds a number and nothing else but its unit."""
    found = CELL.fullmatch(cell.translate(PLAIN))
    return (printed(found["number"]), unit_of(found["unit"] or "")) if found else None
