"""Counts behind the registry's indicators, from the counted cases and the cancer deaths."""

from __future__ import annotations

import duckdb
import polars as pl

PLACE = ["area_code", "year", "residency", "sex"]
SITE = ["grouping", "group_code"]
KEYS = ["area_code", "org_code", "year", "residency", "sex", *SITE]
CASE_KEYS = [*KEYS[:5], "icd10_category"]
NUMBERS = ("notification_count", "source_count")
ALL, BUT_C44 = "ALL", "ALL_BUT_C44"
UNSPECIFIED = ("C26", "C39", "C48", "C76", "C77", "C78", "C79", "C80", "C97")
DAYS_OF_A_YEAR = 365


def cases(connection: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """The counted cases, one row a case and residency."""
    return connection.sql("select * from work.cancer_case").pl().with_columns(
        is_unspecified_site=pl.col("icd10_category").is_in(UNSPECIFIED),
        is_worst=pl.col("is_certificate_only") | pl.col("is_open_notified"),
        days=(pl.col("reported_on") - pl.col("diagnosis_date")).dt.total_days(),
    )  # fmt: skip


def groups(connection: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """icd10_category and ``SITE``: the groups that count a category, the totals among them."""
    own = connection.sql(
        "select icd10_category, grouping, group_code from reference.cancer_group"
    ).pl()
    return pl.concat(
        [
            own,
            own.with_columns(group_code=pl.lit(ALL)),
            own.filter(pl.col("icd10_category") != "C44").with_columns(group_code=pl.lit(BUT_C44)),
        ]
    )


def tally(case: pl.DataFrame, group: pl.DataFrame) -> pl.DataFrame:
    """Counts of the cases by KEYS: each institution and all (org_code null), each sex and both.

    ``case``: see ``cases``; ``group``: see ``groups``. Each case is in several groups and in up to
    four views of them. What adds up is counted once and added; the median needs the days of every
    case, carried as lists, and keys as whole numbers: to find the group of each case again, by
    texts, would take most of the time.
    """
    counts = {
        "verified_count": "is_verified",
        "certificate_only_count": "is_certificate_only",
        "worst_count": "is_worst",
        "notified_count": "is_notified",
        "unspecified_site_count": "is_unspecified_site",
        "unspecified_subsite_count": "is_unspecified_subsite",
        "unspecified_morphology_count": "is_unspecified_morphology",
        "later_primary_count": "is_later_primary",
        "child_case_count": "is_child",
        "unknown_age_count": "is_age_unknown",
    }
    coded = case.with_columns(pl.col(*CASE_KEYS).exclude("year").cast(pl.Categorical))
    coded_group = group.cast(pl.Categorical)
    known = pl.when(pl.col("days") >= 0).then("days")
    parts = {
        "within_12_months": known <= DAYS_OF_A_YEAR,
        "single_source": pl.col("source_count") == 1,
    }
    added = coded.group_by(CASE_KEYS).agg(
        pl.len().cast(pl.Int64).alias("case_count"),
        *(pl.col(flag).sum().cast(pl.Int64).alias(name) for name, flag in counts.items()),
        *(pl.col(name).sum().cast(pl.Int64).alias(f"{name}_sum") for name in NUMBERS),
        *(pl.col(name).count().cast(pl.Int64).alias(f"{name}_known") for name in NUMBERS),
        *(part.sum().cast(pl.Int64).alias(f"{name}_sum") for name, part in parts.items()),
        *(part.count().cast(pl.Int64).alias(f"{name}_known") for name, part in parts.items()),
    )
    sums = _in_all_views(added, coded_group, pl.all().exclude(*KEYS).sum())
    waited = coded.select(*CASE_KEYS, days=known).drop_nulls("days").group_by(CASE_KEYS).agg("days")
    median = pl.col("days").explode().median()
    medians = _in_all_views(waited, coded_group, median_days_to_report=median)
    return (
        sums.join(medians, on=KEYS, how="left", nulls_equal=True)
        .with_columns(pl.col(*KEYS).exclude("year").cast(pl.String))
        .select(
            *KEYS,
            "case_count",
            *counts,
            _mean("notification_count").alias("notifications_per_case"),
            _mean("source_count").alias("sources_per_case"),
            (_mean("single_source") * 100).alias("single_source_percent"),
            "median_days_to_report",
            (_mean("within_12_months") * 100).alias("reported_within_12_months_percent"),
        )
    )


def _mean(name: str) -> pl.Expr:
    known = pl.col(f"{name}_known")
    return pl.when(known > 0).then(pl.col(f"{name}_sum") / known)


def _in_all_views(
    rows: pl.DataFrame, group: pl.DataFrame, *aggregates: pl.Expr, **named: pl.Expr
) -> pl.DataFrame:
    """``rows`` in all their groups, aggregated by KEYS: institutions and all, sexes and both."""
    own = rows.join(group, on="icd10_category").drop("icd10_category")
    of_org = own.filter(pl.col("org_code").is_not_null())
    made = []
    for part, whole in (
        (own.filter(pl.col("sex").is_in(["1", "2"])), {"org_code": None}),
        (own, {"org_code": None, "sex": "0"}),
        (of_org.filter(pl.col("sex").is_in(["1", "2"])), {}),
        (of_org, {"sex": "0"}),
    ):
        keys = [key for key in KEYS if key not in whole]
        found = part.group_by(keys).agg(*aggregates, **named)
        told = [pl.lit(value, pl.Categorical).alias(key) for key, value in whole.items()]
        made.append(found.with_columns(told).select(*KEYS, pl.all().exclude(*KEYS)))
    return pl.concat(made)


def deaths(connection: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """Cancer deaths by PLACE and SITE, as indicator.cancer takes them, with all but C44."""
    known = connection.sql("select * from work.cancer_death_tally").pl()
    keys = [*PLACE, *SITE]
    every = known.filter(pl.col("group_code") == ALL)
    # C44 is the small group 25, alone in it.
    skin = known.filter((pl.col("grouping") == "small") & (pl.col("group_code") == "25"))
    without = (
        every.join(skin.select(*PLACE, skin="death_count"), on=PLACE, how="left")
        .with_columns(
            death_count=pl.col("death_count") - pl.col("skin").fill_null(0),
            group_code=pl.lit(BUT_C44),
        )
        .select(known.columns)
    )
    return pl.concat([known, without]).select(*keys, "death_count")


def people(connection: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """Mean population of complete years by county, residency, sex (0, 1, 2) and age group."""
    own = connection.sql(
        "select population.area_code, period.year, population.residency, population.sex,"
        " population.age_group, population.population"
        " from work.population as population"
        " inner join reference.period as period on population.period = period.period"
        " where length(population.area_code) = 6 and period.kind = 'year' and period.is_complete"
    ).pl()
    keys = ["area_code", "year", "residency", "age_group"]
    both = own.group_by(keys).agg(pl.col("population").sum(), sex=pl.lit("0"))
    return pl.concat([own, both.select(own.columns)])
