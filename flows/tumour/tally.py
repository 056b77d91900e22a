"""Counts behind the registry's indicators, from the counted cases and the cancer deaths."""

from __future__ import annotations

import duckdb
import polars as pl

PLACE = ["area_code", "year", "residency", "sex"]
SITE = ["grouping", "group_code"]
KEYS = ["area_code", "org_code", "year", "residency", "sex", *SITE]
ALL, BUT_C44 = "ALL", "ALL_BUT_C44"
UNSPECIFIED = ("C26", "C39", "C48", "C76", "C77", "C78", "C79", "C80", "C97")
DAYS_OF_A_YEAR = 365


def cases(connection: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """The counted cases, with a row for each grouping, its own group and the totals."""
    case = connection.sql("select * from work.cancer_case").pl().with_columns(
        is_unspecified_site=pl.col("icd10_category").is_in(UNSPECIFIED),
        is_worst=pl.col("is_certificate_only") | pl.col("is_open_notified"),
        days=(pl.col("reported_on") - pl.col("diagnosis_date")).dt.total_days(),
    )  # fmt: skip
    groups = connection.sql(
        "select icd10_category, grouping, group_code from reference.cancer_group"
    ).pl()
    own = case.join(groups, on="icd10_category")
    return pl.concat(
        [
            own,
            own.with_columns(group_code=pl.lit(ALL)),
            own.filter(pl.col("icd10_category") != "C44").with_columns(group_code=pl.lit(BUT_C44)),
        ]
    )


def tally(case: pl.DataFrame) -> pl.DataFrame:
    """Counts of the cases by KEYS: each institution and all (org_code null), each sex and both."""
    known = pl.when(pl.col("days") >= 0).then("days")
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
    aggregates = [
        pl.len().cast(pl.Int64).alias("case_count"),
        *(pl.col(flag).sum().cast(pl.Int64).alias(name) for name, flag in counts.items()),
        pl.col("notification_count").mean().alias("notifications_per_case"),
        pl.col("source_count").mean().alias("sources_per_case"),
        ((pl.col("source_count") == 1).mean() * 100).alias("single_source_percent"),
        known.median().alias("median_days_to_report"),
        ((known <= DAYS_OF_A_YEAR).mean() * 100).alias("reported_within_12_months_percent"),
    ]
    by_org = case.filter(pl.col("org_code").is_not_null())
    parts = []
    for rows in (case.with_columns(org_code=pl.lit(None, pl.String)), by_org):
        parts += [
            rows.filter(pl.col("sex").is_in(["1", "2"])),
            rows.with_columns(sex=pl.lit("0")),
        ]
    return pl.concat([part.group_by(KEYS).agg(aggregates) for part in parts])


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
