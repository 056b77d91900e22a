"""Counts, rates and populations of a hand-written summary: do they agree, and in which unit?

A printed unit is judged by the count and the population beside it; where no population is stated,
by the population that the other counts and rates of the same text need; and by what is possible.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal

import polars as pl

from estimators.unit import (
    UNITS,
    Printed,
    Span,
    fits,
    fitting_units,
    implied_population,
    printed,
    rate_span,
)
from flows.home import REFERENCE
from flows.units.text import (
    ADJUSTED,
    MANAGED,
    Column,
    Reading,
    Statement,
    column,
    reading,
    statements,
)

#: No disease befalls more people than this within a year: 5,000 of 100,000.
MOST_PER_100K = 5_000.0
MAGNITUDE = {"%": 1_000.0, "‰": 100.0, "/万": 10.0, "/10万": 1.0}  # to 100,000 people


@dataclass(frozen=True)
class Remark:
    """Something to look at. ``line``: of the text or row of the table, from 1 (0: no place).

    ``kind``: unit (another unit agrees), mismatch (no unit agrees), impossible (nothing of the
    kind can be), unlikely (beyond what is known of counties).
    """

    kind: Literal["unit", "mismatch", "impossible", "unlikely"]
    line: int
    quote: str
    printed_unit: str
    suggested_unit: str
    text_zh: str


def check_triangle(
    count: float, population: float, printed_value: str | float, printed_unit: str
) -> Remark | None:
    """Judge a count, a population and the rate printed for them; None when they agree.

    ``printed_value``: as printed where trailing zeros count. ``printed_unit``: %, ‰, /万, /10万 or
    empty. Raises ValueError for a negative or unreadable number, no people or an unknown unit.
    """
    if count < 0 or population <= 0 or printed_unit not in (*UNITS, ""):
        raise ValueError("a count from 0, people, and a known unit are needed")
    text = printed_value if isinstance(printed_value, str) else f"{printed_value:.10g}"
    number = printed(text)
    quote = f"{text}{printed_unit}"
    return _judged(count, (population, population), number, printed_unit, quote, 0, "")


def check_text(text: str) -> list[Remark]:
    """Remarks on the rates of a text, in its order."""
    said = statements(text)
    found = []
    for rate in said:
        if rate.kind == "share":
            remark = _share(rate)
        elif rate.kind == "rate":
            remark = _rate(rate, said)
        elif rate.kind == "count":
            remark = _events(rate, said)
        else:
            remark = None
        if remark:
            found.append(remark)
    return found


def check_table(rows: Sequence[Sequence[str]]) -> list[Remark]:
    """Remarks on a table: a header with rates, and below it a count, people and the rate a row.

    ``rows``: cells as text; what stands above the header is passed over.
    """
    headers = [[column(cell) for cell in row] for row in rows]
    # A title names a rate as well: the header is the first row that names most columns.
    named = [sum(own.kind != "" for own in header) for header in headers]
    if not any(own.kind in ("rate", "share") for header in headers for own in header):
        return []
    top = named.index(max(named))
    columns = headers[top]
    found = []
    for number, row in enumerate(rows[top + 1 :], top + 2):
        cells = [reading(cell) for cell in row]
        for place, (own, cell) in enumerate(zip(columns, cells, strict=False)):
            if own.kind not in ("rate", "share") or cell is None:
                continue
            quote = f"{own.name}{row[place].strip()}{'' if cell[1] else own.unit}"
            said = Statement(
                own.kind, own.name, own.event, cell[0], cell[1] or own.unit, quote, number, 0, 0
            )
            remark = _share(said) if own.kind == "share" else _cell(said, place, columns, cells)
            if remark:
                found.append(remark)
    return found


def _cell(
    rate: Statement, place: int, columns: Sequence[Column], cells: Sequence[Reading]
) -> Remark | None:
    """A rate beside the count before it and the people of its row."""

    def beside(kind: str) -> Printed | None:
        places = [i for i, own in enumerate(columns[: len(cells)]) if own.kind == kind]
        before = [i for i in places if i < place]
        chosen = before[-1:] if kind == "count" else (before[-1:] or places[:1])
        read = cells[chosen[0]] if chosen else None
        return read[0] if read else None

    count, people = beside("count"), beside("population")
    between = columns[:place][::-1]
    # Only the first rate after a count is its crude rate; adjusted ones follow it.
    nearest = next((own.kind for own in between if own.kind in ("count", "rate")), "")
    if count is None or people is None or people.value <= 0 or nearest != "count":
        return _magnitude(rate)
    span = (people.value, people.value)
    return _judged(count.value, span, rate.number, rate.unit, rate.quote, rate.line, "")


def _share(share: Statement) -> Remark | None:
    """A share of cards or people is printed in % and is at most 100."""
    if share.unit in ("", "%") and share.number.value <= 100:
        return None
    if share.unit in ("/10万", "/万", "‰"):
        text = f"{share.name}一般以%表示，写作“{share.quote}”，请核实单位。"
        return Remark("unit", share.line, share.quote, share.unit, "%", text)
    text = f"{share.name}不会超过100%，写作“{share.quote}”，请核实。"
    return Remark("impossible", share.line, share.quote, share.unit, "", text)


def _rate(rate: Statement, said: Sequence[Statement]) -> Remark | None:
    count = None if ADJUSTED.search(rate.name) else _count_of(rate, said)
    if count is None:
        return _magnitude(rate)
    remarks = [
        _judged(count.number.value, people, rate.number, rate.unit, rate.quote, rate.line, origin)
        for people, origin in _populations(rate, said)
    ]
    if None in remarks:
        return None
    for remark in remarks:
        if remark and remark.kind == "unit":
            return remark
    stated = [other for other in said if other.kind == "population"]
    beside = any(other.sentence == rate.sentence for other in stated)
    # A part of the people, or other years, have a population of their own that is not stated.
    if remarks and (beside or (len(stated) == 1 and not rate.is_of_part)):
        return remarks[0]
    return _magnitude(rate)


def _count_of(rate: Statement, said: Sequence[Statement]) -> Statement | None:
    """The count the rate is of: the last before it in its sentence, of its event, not of another's.

    A count that stands between this rate and an earlier one belongs to this.
    """
    same = [
        other
        for other in said
        if other.kind == "count"
        and other.sentence == rate.sentence
        and other.start < rate.start
        and (not rate.event or not other.event or other.event == rate.event)
    ]
    return same[-1] if same else None


def _populations(rate: Statement, said: Sequence[Statement]) -> list[tuple[Span, str]]:
    """Populations to judge a rate by, nearest first, and in words where each comes from.

    Without words: stated in the same sentence, or the only one of the text.
    """
    stated = [other for other in said if other.kind == "population"]
    near = [other for other in stated if other.sentence == rate.sentence]
    if near or len(stated) == 1:
        return [(other.span, "") for other in (near or stated)[-1:]]
    found = [(other.span, f"“{other.quote}”") for other in stated]
    for other in said:
        if other is rate or other.kind != "rate" or not _is_witness(other):
            continue
        count = _count_of(other, said)
        if count is None:
            continue
        people = implied_population(count.number.value, other.number, other.unit)
        if people is not None:
            words = f"“{count.quote}、{other.quote}”推算的人口{_people(people)}"
            found.append((people, words))
    return found


def _is_witness(rate: Statement) -> bool:
    """Whether the printed unit is believable by itself, so that others may be judged by it."""
    return bool(rate.unit) and not ADJUSTED.search(rate.name) and _magnitude(rate) is None


def _judged(
    count: float, population: Span, number: Printed, unit: str, quote: str, line: int, origin: str
) -> Remark | None:
    """The remark on one triangle, or None when it agrees."""
    if count > population[1]:
        text = f"例数{count:g}多于人口数{_people(population)}，请核实。"
        return Remark("impossible", line, quote, unit, "", text)
    if unit and fits(count, population, number, unit):
        return None
    right = _in_words(count, population)
    based = f"按{origin}" if origin else f"按人口{_people(population)}"
    others = fitting_units(count, population, number)
    if others:
        other = others[-1]
        wrong = _meaning(number.value, unit) if unit else "没有写单位"
        text = (
            f"{based}，{count:g}例折合{right}；“{quote}”{wrong}，与例数和人口不符，"
            f"单位似应为{other}（{number.value:g}{other}），请核实。"
        )
        return Remark("unit", line, quote, unit, other, text)
    if not unit:
        return None
    text = f"{based}，{count:g}例折合{right}，与所写“{quote}”不符，请核实例数、率和人口数。"
    return Remark("mismatch", line, quote, unit, "", text)


def _magnitude(rate: Statement) -> Remark | None:
    """A rate beyond anything known, judged without count and population."""
    if not rate.unit or "患病" in rate.name:
        return None
    value = rate.number.value * MAGNITUDE[rate.unit]
    row = _band(rate)
    if value > MOST_PER_100K:
        text = (
            f"“{rate.quote}”{_meaning(rate.number.value, rate.unit)}，一年内不可能，"
            "单位有误，请核实。"
        )
        better = [u for u in UNITS if _within(rate.number.value * MAGNITUDE[u], row)] if row else []
        return Remark("impossible", rate.line, rate.quote, rate.unit,
                      better[0] if len(better) == 1 else "", text)  # fmt: skip
    if row is None or _within(value, row):
        return None
    known = f"，{row['known_zh']}" if row["known_zh"] else ""
    text = f"“{rate.quote}”合{value:g}/10万，超出一般县区的范围{known}，请核实单位和例数。"
    return Remark("unlikely", rate.line, rate.quote, rate.unit, "", text)


def _events(count: Statement, said: Sequence[Statement]) -> Remark | None:
    """A number of events with no rate beside it, far above what the population would have."""
    row = _band_of("发病", count.event)
    named = [other for other in said if other.kind == "rate" and _count_of(other, said) is count]
    if row is None or named or MANAGED.search(count.quote):
        return None
    for population, origin in _populations(count, said):
        low, _ = rate_span(count.number.value, population, "/10万")
        if low <= float(row["high_per_100k"] or "inf"):
            return None
        based = f"按{origin}" if origin else f"按人口{_people(population)}"
        known = f"，{row['known_zh']}" if row["known_zh"] else ""
        text = (
            f"{based}，{count.quote}至少合{low:.0f}/10万，超出一般县区的发病水平{known}；"
            "可能混有管理中的患者，请核实。"
        )
        return Remark("unlikely", count.line, count.quote, "", "", text)
    return None


@cache
def bands() -> pl.DataFrame:
    """reference/rate_band.csv: what yearly rates of a county lie within."""
    return pl.read_csv(REFERENCE / "rate_band.csv", infer_schema=False)


def _band(rate: Statement) -> dict[str, str | None] | None:
    kind = next((kind for kind in ("发病", "死亡") if kind in rate.name), "")
    return _band_of(kind, "" if rate.event in ("死亡", "死因") else rate.event)


def _band_of(kind: str, event: str) -> dict[str, str | None] | None:
    for row in bands().filter(pl.col("kind") == kind).iter_rows(named=True):
        words = (row["words"] or "").split("|")
        if event in words if event else words == [""]:
            return row
    return None


def _within(value: float, row: dict[str, str | None]) -> bool:
    low, high = float(row["low_per_100k"] or 0), float(row["high_per_100k"] or "inf")
    return low <= value <= high


def _people(population: Span) -> str:
    low, high = population
    middle = (low + high) / 2
    # No more digits than are known.
    known = f"{middle:,.0f}" if high - low < 1 else f"约{middle / 1e4:.3g}万"
    return f"{known}人"


def _in_words(count: float, population: Span) -> str:
    low, high = rate_span(count, population, "/10万")
    middle = (low + high) / 2
    unit = next(
        u for u in (*list(UNITS)[1:], "/10万") if middle / MAGNITUDE[u] >= 1 or u == "/10万"
    )
    value = f"{middle / MAGNITUDE[unit]:.3g}{unit}"
    return value if unit == "/10万" else f"{value}（{middle:.4g}/10万）"


def _meaning(value: float, unit: str) -> str:
    return f"等于每{UNITS[unit]:,}人中有{value:g}人"
