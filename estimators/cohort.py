"""Who enters a survival analysis: exclusions counted, windows cut, and whether it is honest at all.

Windows: cohort, complete and period analysis as in Brenner H, Gefeller O. Cancer 1996;78:2004-10.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import polars as pl

from .errors import InvalidOptionError
from .expected_hazard import YEAR_DAYS
from .rate import require

DEATH_CERTIFICATE_ONLY = "仅有死亡医学证明书（DCO）"
NO_FOLLOW_UP = "随访时间为 0"
MOST_LOST = 0.10


@dataclass(frozen=True)
class Reportable:
    """What may be published: the times in years (empty: none), the method and the reason."""

    at: tuple[int, ...]
    method: str
    reason: str


def exclude(frame: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Leave out death-certificate-only cases and those with no follow-up time; count both.

    Needs diagnosis_date and exit_date; death_certificate_only (0/1) is optional. Returns the kept
    rows and a frame reason, count with one row a reason (zeros included).
    """
    require(frame, "diagnosis_date", "exit_date")
    only = (
        pl.col("death_certificate_only").cast(pl.Int8).fill_null(0) == 1
        if "death_certificate_only" in frame.columns
        else pl.lit(False)
    )
    none = (pl.col("exit_date") == pl.col("diagnosis_date")).fill_null(False) & ~only
    counts = frame.select(
        only.sum().alias(DEATH_CERTIFICATE_ONLY), none.sum().alias(NO_FOLLOW_UP)
    ).unpivot(variable_name="reason", value_name="count")
    return frame.filter(~only & ~none), counts


def complete_window(frame: pl.DataFrame, first: dt.date, last: dt.date) -> pl.DataFrame:
    """Complete analysis: everyone diagnosed from ``first`` to ``last``, all their follow-up."""
    return frame.filter(pl.col("diagnosis_date").is_between(first, last))


def cohort_window(
    frame: pl.DataFrame, first: dt.date, last: dt.date, closing: dt.date, years: float
) -> pl.DataFrame:
    """Cohort analysis: only those diagnosed early enough to be followable for ``years``."""
    latest = min(last, closing - dt.timedelta(days=int(years * YEAR_DAYS)))
    return complete_window(frame, first, latest)


def period_window(frame: pl.DataFrame, first: dt.date, last: dt.date) -> pl.DataFrame:
    """Period analysis: only the person-time between ``first`` and ``last``.

    Adds entry_days (days since diagnosis at which observation starts: pass ``entry="entry_days"``
    to ``survival``), cuts exit_date at ``last`` and forgets deaths after it. Exits before the
    window and diagnoses on or after its last day are dropped.
    """
    if first >= last:
        raise InvalidOptionError("时期分析的起始日应早于结束日", column="period")
    later = pl.col("exit_date") > last
    entry = (pl.lit(first) - pl.col("diagnosis_date")).dt.total_days().clip(0)
    return frame.filter(
        (pl.col("exit_date") > first) & (pl.col("diagnosis_date") < last)
    ).with_columns(
        entry.alias("entry_days"),
        pl.when(later).then(pl.lit(last)).otherwise(pl.col("exit_date")).alias("exit_date"),
        pl.when(later).then(0).otherwise(pl.col("dead")).alias("dead"),
    )


def lost_share(frame: pl.DataFrame, closing: dt.date) -> float:
    """Share (0-1) of patients last seen alive before the closing date; 0 for nobody."""
    require(frame, "exit_date", "dead")
    lost = (pl.col("dead") == 0) & (pl.col("exit_date") < closing)
    return float(frame.select(lost.mean().fill_null(0.0)).item())


def reportable_survival(
    *, diagnosis_years: int, deaths_linked_to: dt.date | None, closing: dt.date, lost: float
) -> Reportable:
    """Which survival may honestly be published.

    Five-year relative or net survival needs at least 5 diagnosis years, deaths linked up to the
    closing date and at most 10 % lost. With fewer years only observed 1-year (and 3-year, from 3
    years) survival; without linkage or with more lost, nothing, with the reason.
    """
    if deaths_linked_to is None or deaths_linked_to < closing:
        return Reportable((), "none", f"暂不具备条件：死亡资料未比对到随访截止日（{closing}）")
    if lost > MOST_LOST:
        return Reportable((), "none", f"暂不具备条件：失访比例 {lost:.1%} 超过 10%")
    if diagnosis_years >= 5:
        return Reportable((1, 3, 5), "pohar-perme", "可报告 5 年相对（净）生存率")
    if diagnosis_years >= 1:
        times = (1, 3) if diagnosis_years >= 3 else (1,)
        return Reportable(
            times, "observed", f"诊断年份仅 {diagnosis_years} 年，不足 5 年，只报告观察生存率"
        )
    return Reportable((), "none", "暂不具备条件：没有完整的诊断年份")
