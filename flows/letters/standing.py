"""A unit's own timeliness and audit beside the county's: never another unit's."""

from __future__ import annotations

import duckdb
import polars as pl

#: What a unit can do something about; only those the draft holds are shown.
INDICATORS = (
    "death_timely_report_percent",
    "death_timely_audit_percent",
    "death_audit_percent",
    "chronic_timely_audit_percent",
    "chronic_audit_percent",
)
OWN = {
    "indicator": pl.String, "name_zh": pl.String, "org_code": pl.String, "year": pl.Int32,
    "numerator": pl.Float64, "denominator": pl.Float64, "value": pl.Float64,
    "ci_low": pl.Float64, "ci_high": pl.Float64, "county_numerator": pl.Float64,
    "county_denominator": pl.Float64, "county_value": pl.Float64,
}  # fmt: skip


def standing(draft: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """Every unit's newest complete year, with the county's figure of that year beside it."""
    marks = ", ".join(f"'{name}'" for name in INDICATORS)
    return (
        draft.sql(
            f"""
            select
                own.indicator, definition.name_zh, own.org_code, own.year,
                own.numerator, own.denominator, own.value, own.ci_low, own.ci_high,
                county.numerator as county_numerator, county.denominator as county_denominator,
                county.value as county_value
            from indicator.summary as own
            join indicator.definition as definition using (indicator)
            left join indicator.summary as county
                on county.indicator = own.indicator and county.year = own.year
                and county.residency is not distinct from own.residency
                and county.area_code = own.area_code and county.org_code is null
            where own.indicator in ({marks}) and own.org_code is not null
                and own.denominator > 0
            qualify own.year = max(own.year) over (partition by own.org_code, own.indicator)
            order by all
            """
        )
        .pl()
        .select(list(OWN))
        .cast(OWN)  # type: ignore[arg-type]
    )
