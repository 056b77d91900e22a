"""Causes that no letter and no table of a town names: reference/sensitive_cause.csv.

A row holds ranges of codes and the words a sentence would name them by.  What a rule finds on such
a cause stays a finding; only its sentence becomes a neutral one.
"""

import re
from functools import cache

import polars as pl

from validators import reference

TABLE = "sensitive_cause"
#: What a letter says in place of a sentence that would name such a cause; {label}: the field.
NEUTRAL = "请对照原始病历核实{label}"
#: What is said in place of a suggestion that would name such a code.
NEUTRAL_SUGGESTION = "请追问具体原因后重新编码"
#: Codes as sentences write them: `O98`, `X60～X69`, `I21-I22.1`.
CODE_RANGE = re.compile(r"([A-Z]\d{2}(?:\.\d)?)(?:\s*[-～~至]\s*([A-Z]\d{2}(?:\.\d)?))?")


@cache
def _ranges() -> tuple[tuple[str, str], ...]:
    """Return first and last code of every range."""
    items = " ".join(reference.table(TABLE)["codes"]).split()
    parts = [item.partition("-") for item in items]
    return tuple((first, last or first) for first, _, last in parts)


@cache
def _words() -> re.Pattern[str]:
    return re.compile("|".join(reference.table(TABLE)["words"]), re.IGNORECASE)


def is_sensitive(code: pl.Expr) -> pl.Expr:
    """Return whether an ICD-10 code is one of these causes; false for no code."""
    parts = [
        (code.str.slice(0, len(first)) >= first) & (code.str.slice(0, len(last)) <= last)
        for first, last in _ranges()
    ]
    return pl.any_horizontal(parts).fill_null(False)


@cache  # a few sentences stand behind thousands of codes
def names_one(sentence: str) -> bool:
    """Return whether a sentence names such a cause, by a word, or a code or range that lies in it.

    `X60～X69` names one; `V01～Y89` holds many other causes and names none.
    """
    if _words().search(sentence):
        return True
    return any(
        said_first[: len(first)] >= first and (said_last or said_first)[: len(last)] <= last
        for said_first, said_last in CODE_RANGE.findall(sentence)
        for first, last in _ranges()
    )


def neutral_zh(message_zh: str, label: str) -> str:
    """Return the sentence that a letter prints for a rule: its own unless that names such a cause.

    The field's label is on the form of every card and tells nothing, so it does not count.
    """
    told = message_zh.replace(label, "") if label else message_zh
    return NEUTRAL.format(label=label or "该卡") if names_one(told) else message_zh


@cache
def cause_groups() -> tuple[str, ...]:
    """Return the groups of 居民病伤死亡原因 (`ccd_code`) that hold no other codes.

    A published table of towns has no rows of these groups.
    """
    coded = reference.table("icd10").filter(pl.col("ccd_code").is_not_null())
    judged = coded.group_by("ccd_code").agg(is_sensitive(pl.col("code")).all().alias("all"))
    return tuple(judged.filter("all")["ccd_code"].sort())
