"""Design-based 漏报率 of a survey, in all and by group; completion of its sample."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import polars as pl

from estimators.errors import EstimatorError
from estimators.survey_estimate import ratio
from flows.survey_design.answer import DONE, VACANT
from flows.survey_design.plan_file import CARD_ZH, Plan
from flows.survey_design.weight import DESIGN, with_units

#: Groups of fewer eligible cases are shown as counts alone.
FEWEST = 30
MISSED = ["missed", "made_up"]
ROW: dict[str, Any] = {
    "card_type": pl.String, "breakdown": pl.String, "group_zh": pl.String, "eligible": pl.Int64,
    "missed": pl.Int64, "made_up": pl.Int64, "late": pl.Int64, "weighted_eligible": pl.Float64,
    "weighted_missed": pl.Float64, "value_percent": pl.Float64, "ci_low_percent": pl.Float64,
    "ci_high_percent": pl.Float64, "design_effect": pl.Float64, "degrees": pl.Float64,
    "method": pl.String, "note_zh": pl.String,
}  # fmt: skip
AGES = ((0, 14), (15, 44), (45, 64), (65, 200))
CAUSES_ZH = (
    ("^(C|D[0-3]|D4[0-8])", "肿瘤"), ("^I", "循环系统疾病"), ("^J", "呼吸系统疾病"),
    ("^E1[0-4]", "糖尿病"), ("^[STVWXY]", "损伤和中毒"), ("^[A-Z]", "其他疾病"),
)  # fmt: skip


@dataclass(frozen=True)
class Completion:
    """Drawn and finished units."""

    towns: tuple[int, int]  # finished, drawn
    villages: tuple[int, int]
    households: tuple[int, int]  # finished, drawn less vacant
    by_village: pl.DataFrame  # cluster_no, town_name, village_name, drawn, done, vacant


def completion(sample: pl.DataFrame, households: pl.DataFrame) -> Completion:
    """How much of the sample came back; a village is back when one household is finished."""
    counts = households.group_by("cluster_no").agg(
        done=(pl.col("result") == DONE).sum(), vacant=(pl.col("result") == VACANT).sum()
    )
    table = sample.join(counts, on="cluster_no", how="left", maintain_order="left").select(
        "cluster_no", "town_code", "town_name", "village_name",
        drawn="drawn_households",
        done=pl.col("done").fill_null(0).cast(pl.Int64),
        vacant=pl.col("vacant").fill_null(0).cast(pl.Int64),
    )  # fmt: skip
    back = table.filter(pl.col("done") > 0)
    return Completion(
        (back["town_code"].n_unique(), table["town_code"].n_unique()),
        (back.height, table.height),
        (
            int(table["done"].sum()),
            int(table.select(pl.col("drawn").sum() - pl.col("vacant").sum()).item()),
        ),
        table.drop("town_code"),
    )


def answered(households: pl.DataFrame) -> pl.DataFrame:
    """cluster_no, done_households for the weights: finished or vacant, for a vacant one is known.

    A village where nobody was interviewed is not back.
    """
    return (
        households.group_by("cluster_no")
        .agg(
            done_households=pl.col("result").is_in([DONE, VACANT]).sum().cast(pl.Int64),
            done=(pl.col("result") == DONE).sum(),
        )
        .filter(pl.col("done") > 0)
        .drop("done")
    )


def estimates(plan: Plan, cases: pl.DataFrame, weights: pl.DataFrame) -> pl.DataFrame:
    """漏报率 by card type in all, and by stratum, sex, age group and cause or kind.

    Args:
        plan: level and design effect.
        cases: columns of `match.PLAIN` with cluster_no and serial.
        weights: villages that came back, as of `final_weights`: those without a case are part of
            the sample.

    Returns:
        ROW; groups under FEWEST eligible cases have counts and a note, no rate.
    """
    design = weights.select(
        "cluster_no", "weight", "variance_stratum", "variance_cluster", "variance_size", "stratum",
        "is_certain", "town_villages", "households", "done_households",
    )  # fmt: skip
    known = (
        cases.filter("is_eligible")
        .drop("weight", "stratum", "cluster")
        .join(design, on="cluster_no", maintain_order="left")
        .with_columns(
            x=pl.lit(1),
            y=pl.col("report_state").is_in(MISSED).cast(pl.Int32),
            sex_zh=pl.col("sex").replace_strict({"1": "男", "2": "女"}, default="不详"),
            age_zh=_age(),
            cause_zh=_cause(),
        )
    )
    empty = design.with_columns(x=pl.lit(0), y=pl.lit(0, pl.Int32), serial=pl.lit("-"))
    rows: list[dict[str, Any]] = []
    for card_type in plan.card_types:
        own = known.filter(pl.col("card_type") == card_type)
        silent = empty.join(own, on="cluster_no", how="anti")
        frame = with_units(pl.concat([own, silent], how="diagonal_relaxed"))
        rows.append(_row(plan, frame, card_type, "all", "合计", None))
        for breakdown, column in (("stratum", "stratum"), ("sex", "sex_zh"), ("age", "age_zh"),
                                  ("cause", "cause_zh")):  # fmt: skip
            if breakdown == "cause" and card_type != "death":
                continue
            for group in sorted(own[column].drop_nulls().unique().to_list()):
                domain = (pl.col(column) == group) & (pl.col("x") == 1)
                rows.append(_row(plan, frame, card_type, breakdown, group, domain))
    return pl.DataFrame(rows, schema=ROW)


def _row(
    plan: Plan,
    frame: pl.DataFrame,
    card_type: str,
    breakdown: str,
    group: str,
    domain: pl.Expr | None,
) -> dict[str, Any]:
    inside = frame.filter(pl.col("x") == 1 if domain is None else domain)
    row: dict[str, Any] = dict.fromkeys(ROW) | {
        "card_type": card_type, "breakdown": breakdown, "group_zh": group,
        "eligible": inside.height, "missed": int(inside["y"].sum()),
        "made_up": int((inside["report_state"] == "made_up").sum()),
        "late": int((inside["report_state"] == "late").sum()),
        "weighted_eligible": float(inside["weight"].sum()),
        "weighted_missed": float((inside["weight"] * inside["y"]).sum()),
    }  # fmt: skip
    if inside.height < FEWEST:
        return row | {"note_zh": f"不足 {FEWEST} 例，只列例数"}
    try:
        found = ratio(
            frame, "y", "x", DESIGN, domain=domain, level=plan.level,
            planned_effect=plan.design_effect, freedom="satterthwaite",
        )  # fmt: skip
    except EstimatorError as reason:
        return row | {"note_zh": f"不能估计区间：{reason}"}
    note = None
    if found.lonely_strata:
        note = f"{found.lonely_strata} 个层只有 1 个群，按与总均数之差计入方差（偏保守）"
    return row | {
        "value_percent": 100 * found.value, "ci_low_percent": 100 * found.ci_low,
        "ci_high_percent": 100 * found.ci_high, "design_effect": found.design_effect,
        "degrees": found.degrees, "method": found.method, "note_zh": note,
    }  # fmt: skip


def _age() -> pl.Expr:
    texts = pl.when(pl.col("age_years").is_null()).then(pl.lit("年龄不详"))
    for low, high in AGES:
        name = f"{low:02d}–{high}岁" if high < 200 else f"{low}岁及以上"
        texts = texts.when(pl.col("age_years").is_between(low, high)).then(pl.lit(name))  # type: ignore[assignment]
    return texts.otherwise(pl.lit("年龄不详"))


def _cause() -> pl.Expr:
    texts = pl.when(pl.col("icd10").is_null()).then(pl.lit("未填编码"))
    for pattern, name in CAUSES_ZH:
        texts = texts.when(pl.col("icd10").str.contains(pattern)).then(pl.lit(name))  # type: ignore[assignment]
    return texts.otherwise(pl.lit("未填编码"))


def title_zh(card_type: str) -> str:
    """What the rate of a card type is called."""
    return f"{CARD_ZH[card_type]}漏报率"
