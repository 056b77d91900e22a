"""How long before death: intervals as doctors write them, `3天`, `约半年`, `10min`, in days.

One text -> days, and the days of its unit.  The unit says how precise the text is: `1年` is no
contradiction of `13月`.  A text that says that nothing is known (`不详`) is readable and has none.
"""

import re
import unicodedata
from typing import NamedTuple

import polars as pl

MINUTE, HOUR, WEEK, MONTH, YEAR = 1 / 1440, 1 / 24, 7.0, 30.4375, 365.25
UNITS: tuple[tuple[str, float], ...] = (
    ("分钟|分|min(?:ute)?s?|MIN", MINUTE),
    ("小时|个小时|时|钟头|h(?:our|r)?s?", HOUR),
    ("天|日|d(?:ay)?s?", 1.0),
    ("个星期|星期|周|w(?:eek)?s?", WEEK),
    ("个月|月|mon(?:th)?s?|m", MONTH),
    ("年|岁|y(?:ear|r)?s?", YEAR),
)
UNKNOWN = re.compile(r"不详|不明|未知|不清|不知|无法|未填|未说明|unknown|unk|\?+|？+")
INSTANT = re.compile(r"即刻|立即|瞬间|当场|即时|当时")
LIFELONG = re.compile(r"出生|先天|自幼|生来|终生|终身")
VAGUE = re.compile(r"数|几|若干|多$|余$|许久|长期|多年前")
DIGITS = {"零": 0, "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6,
          "七": 7, "八": 8, "九": 9}  # fmt: skip
NUMBER = r"(\d+(?:\.\d+)?|[零一二两三四五六七八九十百]+)"
PART = re.compile(
    rf"(半|{NUMBER}(?:[-~～—至到]+{NUMBER})?)(个)?(半)?(多|余|来|\+)?"
    rf"({'|'.join(u for u, _ in UNITS)})"
    r"(半|余|多)?"
)
WORDS_AROUND = re.compile(
    r"大约|大概|约|近|将近|左右|前|以上|以内|不足|超过|许|\s|[,，。.、><≥≤]+$"
)


class Interval(NamedTuple):
    """What a text says; days and unit are None where it names no length."""

    days: float | None
    unit: float | None
    is_readable: bool


def parse(text: str) -> Interval:
    """Read one interval.

    Returns:
        Days and the days of its smallest unit.  The unit is 0 where the text is a rough one
        (`约半年`, `10余年`, `1-2年`): it is then compared with more patience.
    """
    plain = unicodedata.normalize("NFKC", text).strip().lower()
    if UNKNOWN.search(plain):
        return Interval(None, None, True)
    if INSTANT.search(plain):
        return Interval(0.0, MINUTE, True)
    if LIFELONG.search(plain):
        return Interval(None, None, True)
    bare = WORDS_AROUND.sub("", plain)
    rough = bare != re.sub(r"\s", "", plain).rstrip(",，。.、")
    if bare.startswith("-"):
        inner = parse(bare[1:])
        return inner._replace(days=None if inner.days is None else -inner.days)
    days, unit, position = 0.0, None, 0
    for found in PART.finditer(bare):
        if found.start() != position:
            return Interval(None, None, VAGUE.search(bare) is not None)
        position = found.end()
        size = _unit(found[7])
        value = 0.5 if found[1] == "半" else _number(found[2])
        if found[3]:
            value, rough = (value + _number(found[3])) / 2, True
        if found[5] or found[8] == "半":
            value += 0.5
        rough = rough or found[1] == "半" or any(found[part] for part in (5, 6, 8))
        days += value * size
        unit = size
    if unit is None or position != len(bare):
        return Interval(None, None, VAGUE.search(bare) is not None)
    return Interval(days, 0.0 if rough else unit, True)


def _unit(text: str) -> float:
    for words, size in UNITS:
        if re.fullmatch(words, text, re.IGNORECASE):
            return size
    raise LookupError(text)  # PART is made of the same words


def _number(text: str) -> float:
    if text[0].isdigit():
        return float(text)
    total, current = 0, 0
    for sign in text:
        if sign == "百":
            total, current = total + (current or 1) * 100, 0
        elif sign == "十":
            total, current = total + (current or 1) * 10, 0
        else:
            current = DIGITS[sign]
    return float(total + current)


PARSED = pl.Struct({"days": pl.Float64, "unit": pl.Float64, "is_readable": pl.Boolean})


def parsed(texts: pl.Series) -> pl.Series:
    """Return days, unit and is_readable of every text; each distinct text is read once."""
    distinct = texts.drop_nulls().unique()
    read = [parse(text)._asdict() for text in distinct]
    keys = pl.Series(list(distinct), dtype=pl.String)
    known = pl.DataFrame({"text": keys, "parsed": pl.Series(read, dtype=PARSED)})
    return (
        pl.DataFrame({"text": texts})
        .join(known, on="text", how="left", maintain_order="left")["parsed"]
        .rename(texts.name)
    )


def parsed_column(field: str) -> pl.Expr:
    """Return a column of intervals as `parsed` reads them, named `derived_<field>`."""
    return (
        pl.col(field)
        .map_batches(parsed, return_dtype=PARSED, is_elementwise=True)
        .alias(f"derived_{field}")
    )


def longer(first: str, second: str) -> pl.Expr:
    """Return whether one parsed interval is certainly longer than another; null if unknown.

    In the same unit the numbers decide; between units, and where a text is rough, a quarter more
    or less is forgiven on both sides.
    """
    one, other = pl.col(f"derived_{first}").struct, pl.col(f"derived_{second}").struct
    same = (one.field("unit") == other.field("unit")) & (one.field("unit") > 0)
    days, limit = one.field("days"), other.field("days")
    return pl.when(same).then(days > limit).otherwise(days * 0.75 > limit * 1.25)
