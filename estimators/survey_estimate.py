"""Design-based ratios of a stratified cluster sample in several stages, with intervals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import polars as pl
from scipy.special import betaincinv, stdtrit

from .errors import (
    InvalidOptionError,
    InvalidValueError,
    NotEstimableError,
    SmallNumbersError,
    ZeroDenominatorError,
)
from .interval import checked_counts, tails
from .rate import require

Lonely = Literal["centre", "certain", "refuse"]
Method = Literal["logit", "beta", "linear"]
Degrees = Literal["clusters", "satterthwaite"]


@dataclass(frozen=True)
class Stage:
    """One stage of a sample.

    Attributes:
        cluster: column of the drawn unit, unique within that of the stage before.
        size: column of the number of units there were to draw from, for the finite population
            correction; None, or an infinite value, means drawn with replacement.
        count: column of the number of units drawn; None: those that have a row. Needed where units
            in which nothing was found have no row (households).
    """

    cluster: str
    size: str | None = None
    count: str | None = None


@dataclass(frozen=True)
class Design:
    """Which columns say how the sample was drawn.

    Attributes:
        weight: design weight of a row.
        stratum: stratum of the first stage; None means one stratum.
        stages: the stages from the first; later ones count with the share drawn before them, so a
            sample drawn with replacement at the first needs no other.
    """

    weight: str
    stratum: str | None
    stages: tuple[Stage, ...]


@dataclass(frozen=True)
class Estimate:
    """One ratio with what it rests on; ``value``, ``se`` and limits in the unit of y/x."""

    value: float
    se: float
    ci_low: float
    ci_high: float
    degrees: float
    elements: int  # rows with x > 0 in the domain
    clusters: int
    strata: int
    design_effect: float | None  # null unless y/x is a proportion of rows
    method: str
    lonely_strata: int  # strata with one cluster, to which the rule was applied


def ratio(
    frame: pl.DataFrame,
    y: str,
    x: str,
    design: Design,
    *,
    domain: pl.Expr | None = None,
    level: float = 0.95,
    method: Method = "logit",
    lonely: Lonely = "centre",
    planned_effect: float = 1.0,
    freedom: Degrees = "clusters",
) -> Estimate:
    """Sum(w y) / Sum(w x) with its Taylor-linearised variance.

    Args:
        frame: one row an element or a cluster; clusters where nothing was found must be there too
            (y = x = 0), since they belong to the sample.
        y: numerator column, at least 0.
        x: denominator column, at least 0.
        design: the columns of the design.
        domain: rows the estimate is of; the others count as zeros, as they must (a domain's size
            is not fixed by the design).
        level: of the interval.
        method: `logit` (t on the logit scale) or `beta` (Korn-Graubard: exact limits on the
            effective size) for a proportion, `linear` (estimate +/- t se) for any ratio. A
            proportion of 0 or 1 has no linearised variance: it gets exact limits on the number of
            elements divided by ``planned_effect``, named `exact on n/deff`.
        lonely: what a stratum with one drawn cluster of several adds: `centre` (its distance from
            the mean of all clusters, cautious), `certain` (nothing), or `refuse` (raises). A
            stratum all of whose clusters were drawn adds nothing at stage one by any rule.
        planned_effect: design effect of the plan.
        freedom: degrees of freedom: `clusters` less strata, counted where the domain is (as R's
            survey does), or `satterthwaite` of the stages, which is larger where much of the
            variance comes from the many units of later stages. With one stage they are the same.

    Returns:
        The estimate.

    Raises:
        ZeroDenominatorError: nobody in the denominator.
        SmallNumbersError: fewer clusters than strata + 1, or a lonely stratum under `refuse`.
        InvalidValueError: missing values, a stratum size below the clusters drawn.

    Source: Sarndal, Swensson, Wretman 1992, 4.3 and 5.6; Korn EL, Graubard BI. Surv Methodol
    1998;24:193-201; finite populations by stages as in Cochran 1977, 11.
    """
    rows = _rows(frame, y, x, design, domain)
    total_x = float((rows["w"] * rows["x"]).sum())
    if total_x <= 0:
        raise ZeroDenominatorError("没有符合条件的病例，不能计算", column=x)
    value = float((rows["w"] * rows["y"]).sum()) / total_x
    rows = rows.with_columns(z=pl.col("w") * (pl.col("y") - value * pl.col("x")) / total_x)
    parts, lonely_strata = _variance(rows, len(design.stages), lonely)
    variance = sum(part for part, _ in parts)
    inside = rows.filter(pl.col("x") > 0)
    strata = inside["stratum"].n_unique()
    clusters = inside.select("stratum", "unit_0").unique().height
    degrees = float(clusters - strata)
    if degrees < 1:
        raise SmallNumbersError(
            f"有病例的群 {clusters} 个、层 {strata} 个，群数须多于层数才能估计误差"
        )
    if freedom == "satterthwaite" and variance > 0:
        counted = [degrees, *(number for _, number in parts[1:])]
        shares = [
            part**2 / number for (part, _), number in zip(parts, counted, strict=True) if part
        ]
        degrees = variance**2 / sum(shares)
    is_share = bool((inside["y"] <= inside["x"]).all() and (inside["x"] == 1).all())
    if method != "linear" and not 0 <= value <= 1:
        raise InvalidOptionError("比值不在 0 与 1 之间，请用 linear", column="method")
    effect = None
    if is_share and 0 < value < 1 and inside.height > 1:
        effect = variance / (value * (1 - value) / (inside.height - 1))
    low, high, named = _limits(
        value, variance, degrees, inside.height, level, method, planned_effect
    )
    return Estimate(
        value, float(np.sqrt(variance)), low, high, degrees, inside.height, clusters,
        strata, effect, named, lonely_strata,
    )  # fmt: skip


def _rows(
    frame: pl.DataFrame, y: str, x: str, design: Design, domain: pl.Expr | None
) -> pl.DataFrame:
    """Columns w, y, x, stratum and, by stage, unit_n, size_n, count_n; outside the domain 0."""
    columns = [name for stage in design.stages for name in (stage.cluster, stage.size, stage.count)]
    required = [y, x, design.weight, design.stratum, *columns]
    require(frame, *(name for name in required if name))
    for name in (y, x, design.weight):
        checked_counts(frame[name].cast(pl.Float64).to_numpy(), name)
    inside = pl.lit(1.0) if domain is None else domain.fill_null(False).cast(pl.Float64)
    made = {
        "w": pl.col(design.weight).cast(pl.Float64),
        "y": pl.col(y).cast(pl.Float64) * inside,
        "x": pl.col(x).cast(pl.Float64) * inside,
        "stratum": (pl.col(design.stratum) if design.stratum else pl.lit("")).cast(pl.String),
    }
    for number, stage in enumerate(design.stages):
        made[f"unit_{number}"] = pl.col(stage.cluster).cast(pl.String)
        size = pl.col(stage.size).cast(pl.Float64) if stage.size else pl.lit(np.inf)
        made[f"size_{number}"] = size
        count = pl.col(stage.count).cast(pl.Float64) if stage.count else pl.lit(0.0)
        made[f"count_{number}"] = count
    rows = frame.select(**made)
    empty = [name for name, number in rows.null_count().row(0, named=True).items() if number]
    if empty:
        raise InvalidValueError("层、群、规模或单位数有空值，请补全后再算", column=empty[0])
    return rows


def _variance(
    rows: pl.DataFrame, stages: int, lonely: Lonely
) -> tuple[list[tuple[float, int]], int]:
    """The part of the variance of every stage with its degrees of freedom, and lonely strata.

    A stage adds (1-f) n/(n-1) sum (z - mean)^2 within its parents, times the shares f drawn at the
    stages before (Cochran 1977, eq. 11.24). Below the first stage a unit drawn alone shows no
    variation and adds nothing.
    """
    keys = ["stratum"]
    parents = rows.select(keys).unique().with_columns(factor=pl.lit(1.0))
    parts: list[tuple[float, int]] = []
    alone = 0
    for number in range(stages):
        units = rows.group_by(*keys, f"unit_{number}", maintain_order=True).agg(
            pl.col("z").sum(), pl.col(f"size_{number}").max(), pl.col(f"count_{number}").max()
        )
        sums = (
            units.group_by(keys, maintain_order=True)
            .agg(
                total=pl.col("z").sum(),
                squares=(pl.col("z") ** 2).sum(),
                size=pl.col(f"size_{number}").max(),
                drawn=pl.max_horizontal(pl.col(f"count_{number}").max(), pl.len()),
            )
            .join(parents, on=keys)
            .with_columns(share=pl.col("drawn") / pl.col("size"))
            .sort(keys)
        )
        if (over := sums.filter(pl.col("share") > 1 + 1e-9)).height:
            drawn, size = over.select("drawn", "size").row(0)
            raise InvalidValueError(f"抽中 {drawn:g} 个单位，多于总体的 {size:g} 个", column="size")
        spread = (
            pl.col("drawn")
            / (pl.col("drawn") - 1)
            * (pl.col("squares") - pl.col("total") ** 2 / pl.col("drawn"))
        )
        added = pl.when(pl.col("drawn") > 1).then(spread.clip(lower_bound=0)).otherwise(0.0)
        if number == 0:
            by_itself = (pl.col("drawn") == 1) & (pl.col("share") < 1)
            single = sums.filter(by_itself)
            alone = single.height
            if alone and lonely == "refuse":
                raise SmallNumbersError(f"层“{single['stratum'][0]}”只有 1 个群，不能估计误差")
            if lonely == "centre":
                grand = float(units["z"].to_numpy().mean())
                added = pl.when(by_itself).then((pl.col("total") - grand) ** 2).otherwise(added)
        active = sums.filter(pl.col("factor") > 0)
        part = active.select((pl.col("factor") * (1 - pl.col("share")) * added).sum()).item()
        parts.append((float(part), int(active.select((pl.col("drawn") - 1).sum()).item())))
        inner = sums.select(*keys, factor=pl.col("factor") * pl.col("share"))
        keys = [*keys, f"unit_{number}"]
        parents = units.select(keys).join(inner, on=keys[:-1])
    return parts, alone


def _limits(
    value: float,
    variance: float,
    degrees: float,
    elements: int,
    level: float,
    method: Method,
    planned_effect: float,
) -> tuple[float, float, str]:
    lower, upper = tails(level)
    t = float(stdtrit(degrees, upper))
    se = float(np.sqrt(variance))
    if method == "linear":
        return value - t * se, value + t * se, "linear, t"
    if not 0 < value < 1:
        size = elements / max(planned_effect, 1.0)
        low = 0.0 if value == 0 else float(lower ** (1 / size))
        high = 1.0 if value == 1 else float(1 - lower ** (1 / size))
        return low, high, "exact on n/deff"
    if variance == 0:
        raise NotEstimableError("群间没有变异，不能估计误差")
    if method == "logit":
        centre, half = np.log(value / (1 - value)), t * se / (value * (1 - value))
        return (
            float(1 / (1 + np.exp(half - centre))),
            float(1 / (1 + np.exp(-half - centre))),
            "logit, t",
        )
    size = value * (1 - value) / variance
    if elements > 1:  # fewer degrees of freedom than elements: fewer effective elements
        size *= (float(stdtrit(elements - 1, upper)) / t) ** 2
    found = value * size
    return (
        float(betaincinv(found, size - found + 1, lower)),
        float(betaincinv(found + 1, size - found, upper)),
        "Korn-Graubard",
    )
