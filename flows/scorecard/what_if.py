"""Points if existing records were put right: `--what-if audit=100`.

Only criteria whose remedy is work on records that exist can be assumed. What must reflect reality
(漏报率, rates, incidence, M/I) is refused: a number to aim at would invite people to make it up.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import polars as pl

from flows import gap_text, verdict
from flows.criteria import COUNTABLE, AgainstIndicator, CriteriaSet, Criterion
from flows.home import UserError
from flows.judge import DOCUMENTS

#: What is typed -> which indicators it means; a trailing `*`: all that begin so.
NAMES = {
    "coverage": "death_reporting_coverage_percent",
    "audit": "death_audit_percent",
    "unknown_cause": "unknown_cause_percent",
    "dco": "death_certificate_only_percent",
    "pathology": "morphologically_verified_percent",
    "icdo3": "icdo3_coded_percent",
    "survey": "underreporting_survey_*",
    "report": "annual_report_element_*",
}
DONE = "done"
ASSUMED = "假设"


def assume(
    rows: pl.DataFrame, sets: Sequence[CriteriaSet], wanted: Sequence[str], names: dict[str, str]
) -> pl.DataFrame:
    """Criteria with the points they would have.

    Args:
        rows: as of `score.criterion`.
        sets: the criteria in force.
        wanted: `NAME=VALUE`; VALUE is a percentage, for documents `done`.
        names: indicator -> its Chinese name.

    Returns:
        The rows with points_now (what is confirmed) and assumed_zh (null where nothing is assumed);
        points, points_pending, status and gap_zh are the assumed ones.

    Raises:
        UserError: a name that must reflect reality or does not exist, or a value that is none.
    """
    asked = [_parsed(text, names) for text in wanted]
    criteria = {
        (one.name, each.item_no, each.criterion_no): each for one in sets for each in one.criteria
    }
    made = []
    for row in rows.iter_rows(named=True):
        criterion = criteria.get((row["criteria_set"], row["item_no"], row["criterion_no"]))
        value = next((value for stem, value in asked if _is(row["indicator"], stem)), None)
        now = {"points_now": row["points"], "assumed_zh": None}
        if criterion is not None and criterion.gap_counts and value is not None:
            now |= _assumed(row, criterion, value, names)
        made.append(row | now)
    schema = dict(rows.schema) | {"points_now": pl.Float64, "assumed_zh": pl.String}
    return pl.DataFrame(made, schema=schema)


def _parsed(text: str, names: dict[str, str]) -> tuple[str, float]:
    name, _, given = text.partition("=")
    stem = NAMES.get(name.strip(), name.strip())
    if not COUNTABLE.fullmatch(stem.replace("*", "1")):
        known = "、".join(NAMES)
        # `underreporting` is typed as `audit` is: a part of an indicator's name means it, too.
        typed = name.strip()
        close = [short for short in NAMES if len(typed) > 2 and short.startswith(typed)]
        if close:
            raise UserError(f"不认识 {typed}；是否指 {'、'.join(close)}（如 audit=100）？")
        meant = [one for one in names if len(typed) > 3 and stem in one]
        if meant:
            zh = gap_text.plain_name(names[stem if stem in names else meant[0]])
            raise UserError(
                f"“{zh}”应反映实际情况，不能假设一个数值；只有通过处理现有记录就能改变的细则可以假设"
                f"（{known}）。可核查的线索见评分的“说明”。"
            )
        raise UserError(f"不认识 {name.strip() or text}；可以假设的有：{known}（如 audit=100）。")
    if stem.endswith("*") or stem.startswith(("underreporting_survey_", "annual_report_element_")):
        if given.strip() not in (DONE, "1"):
            raise UserError(f"{name} 是材料，只能写 {name}={DONE}（材料已签发）。")
        return stem, 100.0
    try:
        value = float(given)
    except ValueError:
        raise UserError(f"{text}：请写成 名称=数值，如 audit=100。") from None
    if not 0 <= value <= 100:
        raise UserError(f"{text}：百分比应在 0 与 100 之间。")
    return stem, value


def _is(indicator: str, stem: str) -> bool:
    return indicator.startswith(stem[:-1]) if stem.endswith("*") else indicator == stem


def _assumed(
    row: dict[str, Any], criterion: Criterion, value: float, names: dict[str, str]
) -> dict[str, Any]:
    if isinstance(criterion.test, DOCUMENTS):
        text = f"{ASSUMED}：材料齐全并已登记签发单位和日期"
        earned = row["points_max"]
    elif row["value"] is None:
        return {"assumed_zh": f"{ASSUMED}不成立：没有数据"}
    else:
        test = verdict.resolve(criterion.test, is_urban=row["urban_rural"] == "urban", other=None)
        assert test is not None and not isinstance(test, AgainstIndicator)
        earned = verdict.points(test, value, row["points_max"])
        zh = gap_text.plain_name(names.get(criterion.indicator, criterion.indicator))
        now = gap_text.shown(row["value"], row["unit"])
        text = f"{ASSUMED}：{zh}为 {gap_text.shown(value, 'percent')}（现为 {now}）"
    return {
        "points": earned,
        "points_pending": 0.0,
        "status": verdict.status(earned, row["points_max"]),
        "gap_zh": f"{text}。",
        "gap_count": None,
        "assumed_zh": text,
    }
