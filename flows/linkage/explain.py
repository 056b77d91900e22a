"""Why a pair has its probability: the weight of each comparison, in bits, one below the other."""

from __future__ import annotations

import polars as pl

from flows.linkage.comparison import COMPARISONS, ELSE_ZH
from flows.linkage.model import Model, linker

UNKNOWN_ZH = "一方缺失，不计"


def waterfall(left: pl.DataFrame, right: pl.DataFrame, model: Model) -> pl.DataFrame:
    """How one pair comes to its probability.

    Args:
        left: one prepared person.
        right: the other.
        model: the model of the two whole lists.

    Returns:
        comparison (Chinese), level (what agrees, never a value), weight_bits and total_bits; the
        first row is the prior, the last one the sum with its probability as level.
    """
    sides = [
        side.with_columns(unique_id=pl.lit(0, pl.Int64), everybody=pl.lit(1))
        for side in (left, right)
    ]
    with linker(sides, model, ["everybody"], weights=True) as (made, connection):
        found = made.inference.predict(warning_mode="never")
        row = connection.sql(f"select * from {found.physical_name}").pl().row(0, named=True)
    lines: list[tuple[str, str, float]] = [
        ("先验", f"任取两人为同一人的概率 {model.prior:.2g}", _bits(model.prior))
    ]
    for name in model.m:
        comparison = COMPARISONS[name]
        place = len(comparison.levels) - row[f"gamma_{name}"]
        labels = [*(level.zh for level in comparison.levels), ELSE_ZH, UNKNOWN_ZH]
        weight = row[f"mw_{name}"]
        lines.append((comparison.zh, labels[place], weight))
        # A rare name says more than a common one; only the amount is shown.
        adjusted = row.get(f"mw_tf_adj_{name}") or 0.0
        if abs(adjusted) > 1e-9:
            rarer = "较少见" if adjusted > 0 else "较常见"
            lines.append((f"{comparison.zh}（频率）", rarer, adjusted))
    lines.append(("合计", f"概率 {row['match_probability']:.4f}", 0.0))
    return pl.DataFrame(
        lines, schema=["comparison", "level", "weight_bits"], orient="row"
    ).with_columns(
        pl.col("weight_bits").round(2), total_bits=pl.col("weight_bits").cum_sum().round(2)
    )


def _bits(probability: float) -> float:
    from math import log2

    return log2(probability / (1 - probability))
