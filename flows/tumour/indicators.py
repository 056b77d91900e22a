"""The registry's tables of a night: cancer_quality, cancer_judgement and cancer_age."""

from __future__ import annotations

import duckdb
import polars as pl

from estimators.rate import rate
from flows.tumour.judgement import flags, judge_quality
from flows.tumour.quality import quality_table
from flows.tumour.tables import AGE_LABELS, JUDGEMENT_LABELS, QUALITY_LABELS, in_order, write
from flows.tumour.tally import PLACE, SITE, people

PER = 100_000.0


def write_quality(connection: duckdb.DuckDBPyConnection) -> None:
    """Write indicator.cancer_quality and cancer_judgement into the draft.

    ``indicators.build`` has run, and ``write_survival`` where that is wanted beside M/I.
    """
    table = quality_table(connection)
    judged = judge_quality(connection, table)
    table = flags(table, judged)
    quality = table.select(in_order(table, QUALITY_LABELS))
    write(connection, "cancer_quality", quality, "肿瘤登记质量指标（整年）", QUALITY_LABELS)
    zh = "肿瘤登记质量指标的两个结论：是否达到考核界值、是否值得核实"
    write(connection, "cancer_judgement", judged, zh, JUDGEMENT_LABELS)


def write_age(connection: duckdb.DuckDBPyConnection) -> None:
    """Write indicator.cancer_age into the draft."""
    zh = "恶性肿瘤年龄别发病率（整年）"
    write(connection, "cancer_age", age_table(connection), zh, AGE_LABELS)


def age_table(connection: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """Age-specific incidence with exact Poisson limits; an age without a case has the rate 0."""
    cases = connection.sql("select * from work.cancer_tally").pl()
    keys = [*PLACE, *SITE]
    cells = cases.select(keys).unique().join(people(connection), on=PLACE)
    # Cases whose age is unknown, or whose people are, keep their row without a rate.
    every = cells.join(
        cases.select(*keys, "age_group", "case_count"),
        on=[*keys, "age_group"],
        how="full",
        coalesce=True,
    ).with_columns(pl.col("case_count").fill_null(0))
    made = rate(every, per=PER, count="case_count", population="population").rename(
        {
            "population": "person_years",
            "value": "rate_per_100k",
            "ci_low": "rate_per_100k_low",
            "ci_high": "rate_per_100k_high",
        }
    )
    order = connection.sql("select age_group, sort_no from reference.age_group").pl()
    sorted_ = made.join(order, on="age_group", how="left").sort(*keys, "sort_no", nulls_last=True)
    return sorted_.select(in_order(sorted_, AGE_LABELS))
