"""Weights of the sample, and which columns the variance is computed from."""

from __future__ import annotations

import polars as pl

from estimators.survey_estimate import Design, Stage

#: Towns, villages, households; `with_units` makes the columns.
DESIGN = Design(
    "weight",
    "variance_stratum",
    (
        Stage("variance_cluster", "variance_size"),
        Stage("unit_2", "size_2", "count_2"),
        Stage("unit_3", "size_3", "count_3"),
    ),
)


def with_design(sample: pl.DataFrame) -> pl.DataFrame:
    """Add cluster_no, design_weight and the columns of DESIGN.

    Args:
        sample: TOWN and VILLAGE columns, one row a drawn village.

    Returns:
        The sample, numbered by town and village (`02-03`). design_weight = 1 / (chance of the town
        x of the village x of the household). For the variance a town is a cluster of its stratum;
        a town taken with certainty is a stratum, and its villages are the clusters.
    """
    certain = pl.col("is_certain")
    town_no = pl.col("town_code").rank("dense").cast(pl.Int64)
    village_no = pl.int_range(1, pl.len() + 1).over("town_code")
    return (
        sample.sort("town_code", "village_code")
        .with_columns(
            cluster_no=pl.concat_str(
                town_no.cast(pl.String).str.zfill(2), village_no.cast(pl.String).str.zfill(2),
                separator="-",
            ),
            design_weight=1
            / (pl.col("town_chance") * pl.col("village_chance") * pl.col("household_chance")),
        )
        .with_columns(
            variance_stratum=pl.when(certain)
            .then(pl.concat_str("stratum", "town_code", separator="-"))
            .otherwise("stratum"),
            variance_cluster=pl.when(certain).then("cluster_no").otherwise("town_code"),
            variance_size=pl.when(certain)
            .then("town_villages")
            .otherwise("stratum_towns")
            .cast(pl.Float64),
        )
    )  # fmt: skip


def with_units(rows: pl.DataFrame) -> pl.DataFrame:
    """Add the columns of the stages behind the first.

    Args:
        rows: one row a case, or one a village without a case, with cluster_no, serial (household;
            any text for the latter), is_certain, town_villages (null: not known, so no
            correction), households and done_households.

    Returns:
        The rows with unit_2, size_2, count_2, unit_3, size_3, count_3: villages then households,
        or households alone in a town taken with certainty. Households without a case have no row:
        their number stands in count.
    """
    certain = pl.col("is_certain")
    houses, done = pl.col("households").cast(pl.Float64), pl.col("done_households").cast(pl.Float64)
    villages = pl.col("town_villages").cast(pl.Float64).fill_null(float("inf"))
    nothing, one = pl.lit(0.0), pl.lit(1.0)
    return rows.with_columns(
        unit_2=pl.when(certain).then("serial").otherwise("cluster_no"),
        size_2=pl.when(certain).then(houses).otherwise(villages),
        count_2=pl.when(certain).then(done).otherwise(nothing),
        unit_3=pl.when(certain).then(pl.lit("-")).otherwise("serial"),
        size_3=pl.when(certain).then(one).otherwise(houses),
        count_3=pl.when(certain).then(one).otherwise(done),
    )


def final_weights(sample: pl.DataFrame, returned: pl.DataFrame) -> pl.DataFrame:
    """Weights of the villages that came back, raised for what did not.

    Args:
        sample: as of `with_design`.
        returned: cluster_no, done_households (households with a complete interview, >= 1).

    Returns:
        The villages of `returned` with weight = design_weight x drawn / done households of the
        village x drawn / returned villages of the town x drawn / returned towns of the stratum
        (a certainty town has no town to stand for it: its villages' factor carries it while one is
        back), and the three factors.
    """
    joined = sample.join(
        returned.filter(pl.col("done_households") > 0), on="cluster_no", how="left"
    ).with_columns(is_back=pl.col("done_households").is_not_null())
    towns_back = (
        joined.group_by("variance_stratum", "is_certain", "town_code")
        .agg(pl.col("is_back").any())
        .group_by("variance_stratum", "is_certain")
        .agg(town_factor=pl.len() / pl.col("is_back").sum())
    )
    return (
        joined.with_columns(
            household_factor=pl.col("drawn_households") / pl.col("done_households"),
            village_factor=pl.len().over("town_code") / pl.col("is_back").sum().over("town_code"),
        )
        .join(towns_back, on=["variance_stratum", "is_certain"], how="left", maintain_order="left")
        .filter("is_back")
        .with_columns(
            weight=pl.col("design_weight")
            * pl.col("household_factor")
            * pl.col("village_factor")
            * pl.col("town_factor")
        )
        .drop("is_back")
    )
