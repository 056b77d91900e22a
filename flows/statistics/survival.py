"""indicator.survival: how long tumour patients live, where that can honestly be said."""

from __future__ import annotations

from datetime import date

import duckdb
import polars as pl

from estimators.cohort import DEATH_CERTIFICATE_ONLY, lost_share, reportable_survival
from flows.statistics.hazard import expected_hazards
from flows.statistics.net_survival import survival_rows
from flows.statistics.patient import (
    ALL,
    REASONS,
    USED,
    closing_date,
    death_dates,
    diagnosis_years,
    linked_to,
    patients,
)
from flows.statistics.table import Columns, shaped, write

KEYS = ["area_code", "period", "sex", "grouping", "group_code", "time_years", "method"]
COLUMNS: Columns = {
    "area_code": (pl.String, "户籍县"),
    "period": (pl.String, "诊断年份"),
    "sex": (pl.String, "性别（0 合计）"),
    "grouping": (pl.String, "部位分类（big 大类）"),
    "group_code": (pl.String, "部位组（ALL 合计，取每人首个肿瘤）"),
    "group_name_zh": (pl.String, "部位名称"),
    "time_years": (pl.Int32, "诊断后年数"),
    "method": (pl.String, "方法（observed 观察生存率 Kaplan–Meier；pohar-perme 净生存率）"),
    "survival": (pl.Float64, "生存率（0–1；净生存率可大于 1）"),
    "ci_low": (pl.Float64, "95%区间下限"),
    "ci_high": (pl.Float64, "95%区间上限"),
    "at_risk": (pl.Int64, "该时点在观察中的人数"),
    "patient_count": (pl.Int64, "纳入分析的病例数"),
    "closing_date": (pl.Date, "随访截止日"),
    "life_table": (
        pl.String,
        "期望死亡率来源（county 本县寿命表；china_wpp2024 全国，县期望寿命高于全国时净生存率偏高）",
    ),
    "reason_zh": (pl.String, "未给出生存率或区间的原因"),
}
EXCLUSION: Columns = {
    "area_code": (pl.String, "户籍县"),
    "period": (pl.String, "诊断年份"),
    "reason_zh": (pl.String, "未纳入生存分析的原因（纳入分析：实际纳入人数）"),
    "patient_count": (pl.Int64, "人数（按每人首个肿瘤）"),
}
INCLUDED = "纳入分析"


def write_survival(
    draft: duckdb.DuckDBPyConnection,
    frames: dict[str, pl.DataFrame],
    cells: pl.DataFrame,
    deaths: pl.DataFrame,
    areas: list[str],
    as_of: date,
) -> None:
    """Write indicator.survival and indicator.survival_exclusion.

    ``cells``: people by stratum (``strata.people``); ``deaths``: deaths by stratum.
    """
    groups = draft.sql(
        "select icd10_category, group_code, group_name_zh from reference.cancer_group"
        " where grouping = 'big'"
    ).pl()
    tumour = frames["tumour"].select(*USED, "area_code")
    closing = closing_date(as_of)
    linked = death_dates(frames["death"], frames["tumour_death"])
    rows = [shaped([], COLUMNS)]
    left_out = [shaped([], EXCLUSION)]
    for area in areas:
        own = tumour.filter(pl.col("area_code") == area)
        cases = patients(own, linked, groups, closing)
        years = diagnosis_years(cases.filter(pl.col("group_code") == ALL)["year"], closing)
        cases = cases.filter(pl.col("year").is_in(years))
        if not years or cases.is_empty():
            continue
        first = cases.filter(pl.col("group_code") == ALL)
        days = linked.filter(pl.col("area_code") == area)["died_on"]
        gate = reportable_survival(
            diagnosis_years=len(years),
            deaths_linked_to=linked_to(days, years[0], closing),
            closing=closing,
            lost=lost_share(_followable(first), closing),
        )
        hazards = expected_hazards(cells, deaths, area, years)
        place = {"area_code": area, "period": f"{years[0]}-{years[-1]}"}
        made = survival_rows(cases.filter(pl.col("left_out").is_null()), gate, hazards, closing)
        constant = {**place, "closing_date": closing, "grouping": "big"}
        made = made.with_columns(pl.lit(value).alias(name) for name, value in constant.items())
        names = groups.select("group_code", "group_name_zh").unique()
        made = made.join(names, on="group_code", how="left").with_columns(
            pl.col("group_name_zh").fill_null("合计")
        )
        rows.append(shaped(made, COLUMNS))
        left_out.append(shaped(excluded(first).with_columns(**_literals(place)), EXCLUSION))
    write(draft, "indicator.survival", "肿瘤患者生存率（户籍）", COLUMNS, pl.concat(rows), KEYS)
    write(
        draft,
        "indicator.survival_exclusion",
        "生存分析的排除人数",
        EXCLUSION,
        pl.concat(left_out),
        ["area_code", "period", "reason_zh"],
    )


def _literals(values: dict[str, str]) -> dict[str, pl.Expr]:
    return {name: pl.lit(value) for name, value in values.items()}


def _followable(first: pl.DataFrame) -> pl.DataFrame:
    """Those whose follow-up can be judged: a date of diagnosis and more than a certificate."""
    only = (pl.col("left_out") == DEATH_CERTIFICATE_ONLY).fill_null(False)
    return first.filter(pl.col("diagnosis_date").is_not_null() & ~only)


def excluded(first: pl.DataFrame) -> pl.DataFrame:
    """reason_zh, patient_count of first tumours: every reason (0 too) and those included."""
    counts = dict(first["left_out"].drop_nulls().value_counts().iter_rows())
    rows = [(reason, counts.get(reason, 0)) for reason in REASONS]
    rows.append((INCLUDED, first["left_out"].null_count()))
    return pl.DataFrame(rows, schema=["reason_zh", "patient_count"], orient="row")
