"""indicator.cancer_quality: what a registry's cases are worth, by place, institution and site.

Formulas: Bray and Parkin, Eur J Cancer 2009;45:747-55; Parkin and Bray, 2009;45:756-64; Ajiki,
Tsukuma and Oshima 1998 for the completeness from DCN and M:I.
"""

from __future__ import annotations

import duckdb
import polars as pl

from estimators.rate import proportion, rate, ratio
from flows.tumour.tally import ALL, BUT_C44, KEYS, PLACE, SITE, cases, deaths, groups, people, tally

PER_MILLION = 1_000_000.0
SURVIVAL_YEARS = 5.0
#: Shares of the cases in percent: column -> its count.
SHARES = {
    "morphologically_verified_percent": "verified_count",
    "death_certificate_only_percent": "certificate_only_count",
    "death_certificate_only_if_open_fail_percent": "worst_count",
    "death_certificate_notified_percent": "notified_count",
    "unspecified_site_percent": "unspecified_site_count",
    "unspecified_subsite_percent": "unspecified_subsite_count",
    "unspecified_morphology_percent": "unspecified_morphology_count",
    "later_primary_percent": "later_primary_count",
    "unknown_age_percent": "unknown_age_count",
}


def quality_table(connection: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """The table without its flags; ``indicators.build`` has run on the connection."""
    table = tally(cases(connection), groups(connection))
    sourced = connection.sql(
        "select death_source.area_code, period.year, death_source.residency, true as has_deaths"
        " from work.death_source as death_source"
        " inner join reference.period as period on death_source.period = period.period"
        " where period.kind = 'year'"
    ).pl()
    table = (
        table.join(deaths(connection), on=[*PLACE, *SITE], how="left")
        .join(sourced, on=["area_code", "year", "residency"], how="left")
        .with_columns(
            death_count=pl.when(pl.col("has_deaths") & pl.col("org_code").is_null()).then(
                pl.col("death_count").fill_null(0)
            )
        )
    )
    for name, count in SHARES.items():
        made = proportion(table.select(count=count, total="case_count"))
        limits = made.select(pl.col("value", "ci_low", "ci_high") * 100)
        table = table.with_columns(
            limits["value"].alias(name),
            limits["ci_low"].alias(f"{name}_low"),
            limits["ci_high"].alias(f"{name}_high"),
        )
    table = _with_ratio(table)
    table = _with_children(connection, table)
    table = _with_stability(connection, table)
    table = _with_completeness(table)
    table = _with_survival(connection, table)
    places = connection.sql("select area_code, urban_rural from reference.area").pl()
    names = connection.sql(
        "select distinct grouping, group_code, group_name_zh from reference.cancer_group"
    ).pl()
    total = pl.col("group_code").replace_strict(
        {ALL: "合计", BUT_C44: "合计（不含C44）"}, default=None, return_dtype=pl.String
    )
    return (
        table.join(places.unique("area_code", keep="first"), on="area_code", how="left")
        .join(names, on=SITE, how="left")
        .with_columns(group_name_zh=pl.coalesce("group_name_zh", total))
        .sort(KEYS, nulls_last=False)
    )


def _with_ratio(table: pl.DataFrame) -> pl.DataFrame:
    known = pl.col("death_count").is_not_null()
    made = ratio(
        table.select(
            count_a=pl.col("death_count").fill_null(0).cast(pl.Float64),
            count_b=pl.col("case_count").cast(pl.Float64),
        )
    )
    return table.with_columns(
        mortality_incidence_ratio=made["value"],
        mortality_incidence_ratio_low=made["ci_low"],
        mortality_incidence_ratio_high=made["ci_high"],
    ).with_columns(pl.when(known).then(pl.col("^mortality_incidence_ratio.*$")).name.keep())


def _with_children(connection: duckdb.DuckDBPyConnection, table: pl.DataFrame) -> pl.DataFrame:
    children = people(connection).filter(pl.col("age_group").is_in(["0", "1-4", "5-9", "10-14"]))
    young = children.group_by(PLACE).agg(young=pl.col("population").sum())
    table = table.join(young, on=PLACE, how="left", maintain_order="left").with_columns(
        young=pl.when(pl.col("org_code").is_null()).then("young")
    )
    made = rate(table, per=PER_MILLION, count="child_case_count", population="young")
    return made.rename(
        {
            "value": "child_rate_per_million",
            "ci_low": "child_rate_per_million_low",
            "ci_high": "child_rate_per_million_high",
        }
    ).drop("young")


def _with_stability(connection: duckdb.DuckDBPyConnection, table: pl.DataFrame) -> pl.DataFrame:
    """The standardised rate against the mean of up to three years before."""
    keys = [*PLACE, *SITE]
    rates = connection.sql(
        f"select {', '.join(keys)}, rate_china2000_per_100k as rate from indicator.cancer"
    ).pl()
    earlier = pl.concat(
        [rates.with_columns(year=(pl.col("year") + lag).cast(rates["year"].dtype))
         for lag in (1, 2, 3)]
    )  # fmt: skip
    before = earlier.drop_nulls("rate").group_by(keys).agg(before=pl.col("rate").mean())
    change = rates.join(before, on=keys).select(
        *keys,
        change_from_earlier_years_percent=pl.when(pl.col("before") > 0).then(
            (pl.col("rate") / pl.col("before") - 1) * 100
        ),
    )
    joined = table.join(change, on=keys, how="left", maintain_order="left")
    return joined.with_columns(
        pl.when(pl.col("org_code").is_null()).then("change_from_earlier_years_percent")
    )


def _with_completeness(table: pl.DataFrame) -> pl.DataFrame:
    """Ajiki: (1 - DCN x I/M) / (1 - DCN). Parkin: 1 - DCN x (I/M - 1). Both cut to 0-1."""
    notified = pl.col("death_certificate_notified_percent") / 100
    inverse = 1 / pl.col("mortality_incidence_ratio")
    usable = (pl.col("death_count") > 0) & (notified < 1)
    return table.with_columns(
        completeness_ajiki=pl.when(usable).then(
            ((1 - notified * inverse) / (1 - notified)).clip(0, 1)
        ),
        completeness_dcn_mi=pl.when(usable).then((1 - notified * (inverse - 1)).clip(0, 1)),
    )


def _with_survival(connection: duckdb.DuckDBPyConnection, table: pl.DataFrame) -> pl.DataFrame:
    """1 - five-year net survival of the newest period that has begun by the year."""
    nothing = pl.lit(None, pl.Float64)
    known = connection.execute(
        "select count(*) from duckdb_tables()"
        " where schema_name = 'indicator' and table_name = 'survival'"
    ).fetchall()[0][0]
    if not known:
        return table.with_columns(
            one_minus_survival_5_years=nothing, mi_above_one_minus_survival=nothing
        )
    survived = connection.execute(
        "select area_code, sex, group_code, period, survival from indicator.survival"
        " where time_years = ? and method = 'pohar-perme'"
        " and survival is not null",
        [SURVIVAL_YEARS],
    ).pl()
    survived = survived.with_columns(
        starts=pl.col("period").cast(pl.String).str.extract(r"^(\d{4})").cast(pl.Int64)
    )
    cells = table.select("area_code", "sex", "group_code", pl.col("year").cast(pl.Int64)).unique()
    found = (
        cells.join(survived, on=["area_code", "sex", "group_code"])
        .filter(pl.col("starts") <= pl.col("year"))
        .sort("starts")
        .unique(["area_code", "sex", "group_code", "year"], keep="last")
        .select(
            "area_code", "sex", "group_code", pl.col("year").cast(table["year"].dtype),
            one_minus_survival_5_years=(1 - pl.col("survival")).clip(0, 1),
        )
    )  # fmt: skip
    joined = table.join(
        found, on=["area_code", "sex", "group_code", "year"], how="left", maintain_order="left"
    ).with_columns(
        one_minus_survival_5_years=pl.when(
            pl.col("org_code").is_null() & (pl.col("residency") == "registered")
        ).then("one_minus_survival_5_years")
    )
    return joined.with_columns(
        mi_above_one_minus_survival=pl.col("mortality_incidence_ratio")
        - pl.col("one_minus_survival_5_years")
    )
