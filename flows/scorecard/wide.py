"""Several years and all counties of a city side by side, in the order of their codes."""

from __future__ import annotations

import polars as pl


def side_by_side(rows: pl.DataFrame) -> pl.DataFrame:
    """A line a criterion and a total a item, a column a county and 评估年.

    Args:
        rows: as of `basis.criteria_rows`.

    Returns:
        考核标准 (where there are several), 细则, 要求, 满分, then `<县> <年>` with the confirmed
        points and, in brackets, those that are pending; empty where a county has no such score.
    """
    column = pl.format("{} {}", "area_name", "year").alias("column")
    order = rows.select("area_code", "year", column).unique().sort("area_code", "year")
    sums = ["points", "points_pending"]
    criteria = rows.with_columns(
        column, 细则=pl.format("{}.{}", "item_no", "criterion_no"), 要求=pl.col("requirement_zh")
    )
    items = (
        criteria.group_by("criteria_set", "item_no", "column", maintain_order=True)
        .agg(pl.col("points_max", *sums).sum())
        .with_columns(
            criterion_no=pl.lit(999, pl.Int32),
            细则=pl.format("第{}条", "item_no"),
            要求=pl.lit("小计"),
        )
    )
    total = (
        criteria.group_by("criteria_set", "column", maintain_order=True)
        .agg(pl.col("points_max", *sums).sum())
        .with_columns(
            item_no=pl.lit(999, pl.Int32), criterion_no=pl.lit(999, pl.Int32),
            细则=pl.lit("合计"), 要求=pl.lit(""),
        )
    )  # fmt: skip
    keep = [
        "criteria_set",
        "item_no",
        "criterion_no",
        "细则",
        "要求",
        "points_max",
        "column",
        *sums,
    ]
    long = pl.concat([part.select(keep) for part in (criteria, items, total)])
    pending = pl.when(pl.col("points_pending") > 0).then(
        pl.format("（{}）", _number("points_pending"))
    )
    cells = long.with_columns(cell=pl.concat_str(_number("points"), pending.otherwise(pl.lit(""))))
    keys = ["criteria_set", "item_no", "criterion_no", "细则", "要求", "points_max"]
    table = cells.pivot("column", index=keys, values="cell").sort(keys[:3])
    chosen = ["细则", "要求", pl.col("points_max").alias("满分"), *order["column"]]
    if rows["criteria_set"].n_unique() > 1:
        chosen = [pl.col("criteria_set").alias("考核标准"), *chosen]
    return table.select(chosen)


def _number(name: str) -> pl.Expr:
    return pl.col(name).round(2).cast(pl.String).str.replace(r"\.0$", "")
