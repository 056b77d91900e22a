"""Two-list capture-recapture in strata and in cluster samples."""

from __future__ import annotations

import numpy as np
import polars as pl

from .capture_two import chapman, log_interval
from .errors import EstimatorError, InvalidValueError, NoOverlapError, SmallNumbersError
from .interval import checked_counts
from .rate import require


def _pairs(frame: pl.DataFrame, weight: str | None) -> pl.DataFrame:
    require(frame, "list_a", "list_b", *([weight] if weight else []))
    columns = [name for name in ("list_a", "list_b") if name in frame.columns]
    for name in columns:
        bad = frame.select(~pl.col(name).is_in([0, 1]).fill_null(False)).to_series().arg_true()
        if len(bad):
            row = int(bad[0])
            raise InvalidValueError(f"第 {row + 1} 行名单标记应为 0 或 1", column=name, row=row)
    return frame


def stratified_chapman(
    frame: pl.DataFrame, by: list[str], *, level: float = 0.95
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Chapman's estimate by stratum (age, sex, town) and their sum.

    ``frame``: one row a history with list_a, list_b (0/1), count and the ``by`` columns. Returns
    (strata, total): ``by`` + seen, population, se, ci_low, ci_high, refused. A stratum without
    overlap is null with the reason and the total is then null too: the sum of the rest would be too
    small. Stratifying removes the bias of unequal catchability between strata (Sekar & Deming,
    J Am Stat Assoc 1949;44:101-15).
    """
    _pairs(frame, None)
    require(frame, "count", *by)
    checked_counts(frame["count"].cast(pl.Float64).to_numpy())
    sums = frame.group_by(by, maintain_order=True).agg(
        (pl.col("count") * pl.col("list_a")).sum().cast(pl.Float64).alias("first"),
        (pl.col("count") * pl.col("list_b")).sum().cast(pl.Float64).alias("second"),
        (pl.col("count") * pl.col("list_a") * pl.col("list_b"))
        .sum()
        .cast(pl.Float64)
        .alias("both"),
    )
    rows: list[tuple[float | None, float | None, float | None, float | None, str | None]] = []
    for first, second, both in sums.select("first", "second", "both").iter_rows():
        try:
            one = chapman(first, second, both, level)
            rows.append((one.population, one.se, one.ci_low, one.ci_high, None))
        except NoOverlapError as reason:
            rows.append((None, None, None, None, str(reason)))
    names = ("population", "se", "ci_low", "ci_high")
    schema: dict[str, type[pl.DataType]] = {
        **dict.fromkeys(names, pl.Float64),
        "refused": pl.String,
    }
    strata = sums.select(
        *by, (pl.col("first") + pl.col("second") - pl.col("both")).alias("seen")
    ).hstack(pl.DataFrame(rows, schema=schema, orient="row"))
    seen = float(strata["seen"].sum())
    if strata["population"].null_count():
        row: tuple[object, ...] = (seen, None, None, None, None, "有分层没有重合，不能合计")
    else:
        population = float(strata["population"].sum())
        se = float(np.linalg.norm(strata["se"].to_numpy()))
        row = (seen, population, se, *log_interval(population, se, seen, level), None)
    total = pl.DataFrame([row], schema={"seen": pl.Float64, **schema}, orient="row")
    return strata, total


def clustered_chapman(
    frame: pl.DataFrame, *, weight: str = "weight", cluster: str = "cluster", level: float = 0.95
) -> pl.DataFrame:
    """Design-weighted Chapman estimate from a cluster sample, delete-one-cluster jackknife.

    ``frame``: one row a person with list_a, list_b (0/1), the design weight and the cluster.
    Returns one row seen (weighted), population, se, ci_low, ci_high, clusters. Needs 2 clusters;
    a deletion that leaves no overlap raises, since the estimate then hangs on one cluster.
    Source: Wolter KM. Introduction to Variance Estimation (2007), ch. 4.
    """
    _pairs(frame, weight)
    require(frame, cluster)
    checked_counts(frame[weight].cast(pl.Float64).to_numpy(), weight)
    w = pl.col(weight)
    sums = frame.group_by(cluster, maintain_order=True).agg(
        (w * pl.col("list_a")).sum().alias("first"),
        (w * pl.col("list_b")).sum().alias("second"),
        (w * pl.col("list_a") * pl.col("list_b")).sum().alias("both"),
    )
    clusters = sums.height
    if clusters < 2:
        raise SmallNumbersError("整群抽样至少需要 2 个群才能估计抽样误差", column=cluster)
    each = sums.select("first", "second", "both").cast(pl.Float64).to_numpy()
    whole = each.sum(axis=0)
    population = chapman(*(float(x) for x in whole)).population
    try:
        left = [chapman(*(float(x) for x in whole - one)).population for one in each]
    except NoOverlapError as reason:
        raise EstimatorError("去掉某一个群后名单不再重合，结果依赖单个群，不予估计") from reason
    se = float(np.sqrt((clusters - 1) / clusters * ((np.array(left) - np.mean(left)) ** 2).sum()))
    seen = float(whole[0] + whole[1] - whole[2])
    low, high = log_interval(population, se, seen, level)
    values = {"seen": seen, "population": population, "se": se, "ci_low": low, "ci_high": high}
    return pl.DataFrame({**values, "clusters": clusters})
