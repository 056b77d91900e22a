"""Actuarial survival, and survival standardised to the International Cancer Survival Standard."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from .errors import AgeGroupError, InvalidOptionError
from .expected_hazard import YEAR_DAYS
from .interval import z_value
from .rate import require
from .survival import TOO_SHORT, patients, survival

AGE_GROUP_MISSING = "有年龄组不能估计生存率，不计算年龄标化生存率"


def actuarial(
    frame: pl.DataFrame,
    by: list[str] | None = None,
    *,
    at: Sequence[float] = (1, 3, 5),
    width_years: float = 1.0,
    level: float = 0.95,
) -> pl.DataFrame:
    """Life-table (actuarial) observed survival: ``by`` + time_years, survival, limits, refused.

    Intervals of ``width_years``; withdrawals count half: q = d / (n - w/2). Greenwood variance, log
    limits. ``at`` must be multiples of the width. Columns of ``frame`` as in ``survival``.
    Source: Cutler SJ, Ederer F. J Chronic Dis 1958;8:699-712.
    """
    by = by or []
    steps = np.array(at) / width_years
    if not np.allclose(steps, np.round(steps)):
        raise InvalidOptionError(f"at 应为区间宽度 {width_years:g} 年的整数倍", column="at")
    require(frame, *by)
    cohort = patients(frame)
    z, count = z_value(level), round(float(steps.max()))
    interval = np.minimum(cohort.leave // (width_years * YEAR_DAYS), count).astype(np.int64)
    tagged = frame.select(*by, pl.Series("interval", interval), pl.Series("dead", cohort.dead))
    parts = []
    groups = tagged.partition_by(by, maintain_order=True, as_dict=True) if by else {(): tagged}
    for key, group in groups.items():
        index = group["interval"].to_numpy()
        died = group["dead"].to_numpy()
        exits = np.bincount(index, minlength=count + 1)[:count]
        deaths = np.bincount(index[died], minlength=count + 1)[:count]
        start = len(index) - np.concatenate([[0], np.cumsum(exits)[:-1]])
        exposed = start - (exits - deaths) / 2
        with np.errstate(divide="ignore", invalid="ignore"):
            curve = np.cumprod(1 - np.where(exposed > 0, deaths / exposed, 0.0))
            error = np.sqrt(np.cumsum(deaths / (exposed * (exposed - deaths))))
        for years, step in zip(at, np.round(steps).astype(int) - 1, strict=True):
            known = bool((start[: step + 1] > 0).all() and np.isfinite(error[step]))
            value = float(curve[step])
            spread = float(np.exp(z * error[step])) if known else 1.0
            limits = (value, value / spread, min(value * spread, 1.0))
            parts.append((*key, float(years), *(limits if known else (None,) * 3)))
    names = [*by, "time_years", "survival", "ci_low", "ci_high"]
    types = {name: pl.Float64 for name in names[len(by) :]} | {n: frame.schema[n] for n in by}
    rows = pl.DataFrame(parts, schema={name: types[name] for name in names}, orient="row")
    return rows.with_columns(
        pl.when(pl.col("survival").is_null()).then(pl.lit(TOO_SHORT)).alias("refused")
    )


def age_standardised_survival(
    frame: pl.DataFrame,
    weights: pl.DataFrame,
    by: list[str] | None = None,
    *,
    method: str = "pohar-perme",
    at: Sequence[float] = (1, 3, 5),
    life_table: pl.DataFrame | None = None,
    level: float = 0.95,
    entry: str | None = None,
) -> pl.DataFrame:
    """Directly age-standardised survival: sum w_i S_i, with a delta-method log interval.

    ``weights``: age_start (ascending lower bounds in years) and weight (any scale), e.g. one ICSS
    standard. Patients younger than the first bound are left out, as the standard has no weight for
    them. A group in which some age group cannot be estimated is null with the reason: a
    renormalised subset would be a different standard.
    Source: Corazziari I, Quinn M, Capocaccia R. Eur J Cancer 2004;40:2307-16.
    """
    by = by or []
    require(weights, "age_start", "weight")
    bounds = weights["age_start"].cast(pl.Float64).to_list()
    if bounds != sorted(set(bounds)):
        raise AgeGroupError("权重表的 age_start 应递增且不重复", column="age_start")
    position = pl.lit(-1)
    for index, bound in enumerate(bounds):
        position = pl.when(pl.col("age_years") >= bound).then(pl.lit(index)).otherwise(position)
    grouped = frame.with_columns(position.alias("weight_group")).filter(pl.col("weight_group") >= 0)
    by_age = survival(
        grouped,
        [*by, "weight_group"],
        method=method,
        at=at,
        life_table=life_table,
        level=level,
        entry=entry,
    )
    share = weights["weight"].cast(pl.Float64)
    shares = pl.DataFrame(
        {"weight_group": range(len(bounds)), "share": share / share.sum()},
        schema_overrides={"weight_group": pl.Int32},
    )
    z = z_value(level)
    some = (pl.col("survival") > 0) & (pl.col("ci_low") > 0)
    log_error = pl.when(some).then((pl.col("survival") / pl.col("ci_low")).log() / z).otherwise(0.0)
    joined = by_age.join(shares, on="weight_group").with_columns(log_error.alias("log_error"))
    combined = joined.group_by(*by, "time_years", maintain_order=True).agg(
        (pl.col("survival").is_not_null().sum() == (share > 0).sum()).alias("whole"),
        (pl.col("share") * pl.col("survival")).sum().alias("survival"),
        (pl.col("share") * pl.col("survival") * pl.col("log_error")).pow(2).sum().alias("variance"),
    )
    spread = (z * pl.col("variance").sqrt() / pl.col("survival")).exp()
    whole = pl.when(pl.col("whole"))
    return combined.select(
        *by,
        "time_years",
        whole.then(pl.col("survival")).alias("survival"),
        whole.then(pl.col("survival") / spread).alias("ci_low"),
        whole.then(pl.col("survival") * spread).alias("ci_high"),
        pl.when(~pl.col("whole")).then(pl.lit(AGE_GROUP_MISSING)).alias("refused"),
    )
