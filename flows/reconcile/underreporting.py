"""indicator.underreporting: 漏报率 of every review and survey, by what it can be broken down to."""

from __future__ import annotations

import duckdb
import numpy as np
import polars as pl
from scipy.special import stdtrit

from estimators.interval import clopper_pearson, wilson
from flows.statistics.table import Columns, shaped, write

#: Fewer eligible cases than this have exact limits, and fewer than FEW are called too few.
EXACT_BELOW, FEW = 30, 100
LEVEL = 0.95
SURVEY = ["area_code", "survey_id", "purpose", "year"]
#: What a row is of; columns not named are null, an unknown value is `unknown` (sex: 9).
BREAKDOWNS = (
    (), ("card_type",), ("card_type", "disease"), ("card_type", "sex"),
    ("card_type", "age_group"), ("card_type", "sex", "age_group"), ("org_code",),
    ("org_code", "card_type"), ("town_code",), ("town_code", "card_type"),
)  # fmt: skip
COUNTED = {
    "cutoff_date": pl.col("cutoff_date").max(),
    "eligible": pl.len().cast(pl.Int64),
    "missed": pl.col("is_missed").sum().cast(pl.Int64),
    "made_up": (pl.col("report_state") == "made_up").sum().cast(pl.Int64),
    "late": (pl.col("report_state") == "late").sum().cast(pl.Int64),
    "cluster_count": pl.col("cluster").drop_nulls().n_unique().cast(pl.Int64),
}
#: What a sample of clusters says of its share.
DESIGNED = dict.fromkeys(("weighted_eligible", "share", "share_low", "share_high"), pl.Float64)
PARTS = ["org_code", "town_code", "card_type", "disease", "sex", "age_group"]
COLUMNS: Columns = {
    "area_code": (pl.String, "县"),
    "survey_id": (pl.String, "调查编号"),
    "purpose": (pl.String, "用途（hospital_review 医院漏报、household_survey 居民漏报，不相加）"),
    "year": (pl.Int32, "年份"),
    "breakdown": (pl.String, "按何分组（all 不分组；各分组互不相加）"),
    "org_code": (pl.String, "机构"),
    "town_code": (pl.String, "乡镇"),
    "card_type": (pl.String, "卡片类型"),
    "disease": (pl.String, "病种"),
    "sex": (pl.String, "性别"),
    "age_group": (pl.String, "年龄组"),
    "cutoff_date": (pl.Date, "截止日期"),
    "eligible": (pl.Int64, "应报（符合条件的病例）"),
    "missed": (pl.Int64, "截止日漏报（含截止后补报）"),
    "made_up": (pl.Int64, "其中截止后已补报"),
    "late": (pl.Int64, "迟报（事件后7天以上）"),
    "weighted_eligible": (pl.Float64, "加权应报"),
    "weighted_missed": (pl.Float64, "加权漏报"),
    "cluster_count": (pl.Int64, "群数"),
    "value": (pl.Float64, "漏报率（%，加权漏报÷加权应报）"),
    "ci_low": (pl.Float64, "95%区间下限（%）"),
    "ci_high": (pl.Float64, "95%区间上限（%）"),
    "made_up_percent": (pl.Float64, "补报率（%，已补报÷漏报）"),
    "late_percent": (pl.Float64, "迟报率（%，迟报÷应报）"),
    "method": (pl.String, "区间方法"),
    "note_zh": (pl.String, "说明"),
}


def write_underreporting(draft: duckdb.DuckDBPyConnection) -> None:
    """Write indicator.underreporting from work.listed_case."""
    cases = draft.sql(
        "select * from work.listed_case where is_eligible and report_state is not null"
        " and purpose in ('hospital_review', 'household_survey') order by all"
    ).pl()  # sums of weights are the same in the same order only
    keys = [*SURVEY, "breakdown", *PARTS]
    title = "漏报率：医院漏报检查和入户漏报调查，按机构、乡镇、病种、性别、年龄"
    write(draft, "indicator.underreporting", title, COLUMNS, underreporting(cases), keys)


def underreporting(cases: pl.DataFrame) -> pl.DataFrame:
    """``COLUMNS`` from the eligible rows of work.listed_case; a case counts once in each row.

    Reviews have Wilson limits, or exact ones (Clopper-Pearson) under EXACT_BELOW cases. Surveys
    of clusters have the weighted share with the linearised variance between clusters in strata
    (Särndal, Swensson and Wretman 1992, 5.6) and logit limits with t of clusters less strata.
    """
    if not cases.height:
        return shaped([], COLUMNS)
    known = cases.with_columns(
        pl.col("org_code", "town_code").fill_null("unknown"),
        is_missed=pl.col("report_state").is_in(["missed", "made_up"]),
    )
    counts = []
    for parts in BREAKDOWNS:
        repeat = "is_repeat_at_org" if "org_code" in parts else "is_repeat_in_survey"
        once = known.filter(~pl.col(repeat))
        if "org_code" in parts:  # a survey of households judges no institution
            once = once.filter(pl.col("purpose") == "hospital_review")
        keys = [*SURVEY, *parts]
        counted = once.group_by(keys, maintain_order=True).agg(**COUNTED)
        # Only the limits of a survey of clusters need its cases again.
        surveys = dict(once.filter(pl.col("purpose") == "household_survey").group_by(keys))
        designed = [_designed(surveys.get(key)) for key in counted.select(keys).iter_rows()]
        counts.append(
            counted.with_columns(breakdown=pl.lit("_".join(parts) or "all")).hstack(
                pl.DataFrame(designed, schema=DESIGNED, orient="row")
            )
        )
    return shaped(_shares(pl.concat(counts, how="diagonal")), COLUMNS)


def _designed(survey: pl.DataFrame | None) -> tuple[float | None, ...]:
    """``DESIGNED`` of the cases of a survey of clusters; nulls where its sample does not say."""
    limits = None
    if survey is not None and survey["cluster"].null_count() == 0:
        limits = share_limits(survey)
    if survey is None or limits is None:
        return (None,) * len(DESIGNED)
    weighted = float(survey["weight"].sum())
    share = float((survey["weight"] * survey["is_missed"]).sum()) / weighted
    return (weighted, share, *limits)


def _shares(counted: pl.DataFrame) -> pl.DataFrame:
    """Add what rows of counts, and ``DESIGNED`` where there is a design, say in shares."""
    eligible, missed = pl.col("eligible"), pl.col("missed")
    part, whole = counted["missed"].to_numpy(), counted["eligible"].to_numpy()
    simple, exact = wilson(part, whole, LEVEL), clopper_pearson(part, whole, LEVEL)
    few = eligible < EXACT_BELOW
    low, high = (
        pl.when(few).then(pl.Series(one)).otherwise(pl.Series(other))
        for one, other in zip(exact, simple, strict=True)
    )
    is_designed = pl.col("weighted_eligible").is_not_null()
    is_survey = pl.col("purpose") == "household_survey"
    weighted = pl.coalesce("weighted_eligible", eligible.cast(pl.Float64))
    value = pl.coalesce("share", missed / eligible)
    method = pl.when(few).then(pl.lit("Clopper-Pearson exact")).otherwise(pl.lit("Wilson score"))
    plain = pl.when(is_survey).then(pl.lit(", unweighted")).otherwise(pl.lit(""))
    small = pl.format(f"样本量不足（{{}} 例，少于 {FEW} 例）", eligible)
    design = pl.lit("群数或权重不足，区间未计抽样设计，偏窄")
    notes = (
        pl.when(eligible < FEW).then(small),
        pl.when(is_survey & ~is_designed).then(design),
    )
    return counted.with_columns(
        weighted_eligible=weighted,
        weighted_missed=value * weighted,
        value=100 * value,
        ci_low=100 * pl.coalesce("share_low", low),
        ci_high=100 * pl.coalesce("share_high", high),
        made_up_percent=pl.when(missed > 0).then(100 * pl.col("made_up") / missed),
        late_percent=100 * pl.col("late") / eligible,
        method=pl.when(is_designed)
        .then(pl.lit("weighted, linearised between clusters"))
        .otherwise(method + plain),
        note_zh=pl.when(pl.any_horizontal(note.is_not_null() for note in notes)).then(
            pl.concat_str(*notes, separator="；", ignore_nulls=True)
        ),
    )


def share_limits(own: pl.DataFrame) -> tuple[float, float] | None:
    """Limits (0-1) of the weighted share of is_missed in a sample of clusters.

    Returns:
        None where the sample does not say: fewer than two clusters in a stratum, no variance
        between them, or a share of 0 or 1.
    """
    weight = own["weight"].to_numpy().astype(float)
    share = float((weight * own["is_missed"].to_numpy()).sum() / weight.sum())
    if not 0 < share < 1:
        return None
    clusters = (
        own.with_columns(
            pl.col("stratum").fill_null(""),
            z=pl.col("weight") * (pl.col("is_missed").cast(pl.Float64) - share),
        )
        .group_by("stratum", "cluster", maintain_order=True)
        .agg(pl.col("z").sum())
    )
    variance, freedom = 0.0, 0
    for _, part in clusters.sort("stratum", "cluster").group_by("stratum", maintain_order=True):
        if part.height < 2:
            return None
        z = part["z"].to_numpy()
        variance += part.height / (part.height - 1) * float(((z - z.mean()) ** 2).sum())
        freedom += part.height - 1
    se = np.sqrt(variance) / weight.sum()
    if se == 0:
        return None
    half = float(stdtrit(freedom, (1 + LEVEL) / 2)) * se / (share * (1 - share))
    logit = np.log(share / (1 - share))
    return float(1 / (1 + np.exp(half - logit))), float(1 / (1 + np.exp(-half - logit)))
