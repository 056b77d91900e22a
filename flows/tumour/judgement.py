"""Two verdicts on a registry's indicators: does it meet the rule, and does it look right.

The band is the province's (`reference.benchmark`) where there is one for the year, else the
published national one of 2016 or 2017, which is labelled so. A value looks wrong outside the band
(which is 25 % wide to either side); of fewer than ENOUGH_CASES cases, and for DCO always, only when
its interval does not reach the band either: a handful of cases proves nothing.
"""

from __future__ import annotations

import duckdb
import polars as pl

from flows.tumour.tally import ALL
from flows.verdict import COMPARE, TOLERANCE, exact
from validators import reference

#: Indicators that have a national band, and its column.
NATIONAL = {
    "morphologically_verified_percent": "mv_pct",
    "death_certificate_only_percent": "dco_pct",
    "mortality_incidence_ratio": "mi_ratio",
}
INDICATORS = (*NATIONAL, "unspecified_site_percent")
NATIONAL_YEARS = (2016, 2017)
AREA_TYPE = {"urban": "910000", "rural": "920000"}
#: The published table gives "all" and "all but C44" the same numbers: only "all" is taken.
NATIONAL_ALL = "60"
#: With so many cases chance no longer explains a value outside a band, nor that no case was known
#: by the certificate only.
ENOUGH_CASES = 100
ENOUGH_FOR_STABILITY = 20
LARGE_CHANGE = 15.0
KEYS = ["area_code", "year", "residency", "grouping", "group_code"]
REASON = {
    "below_band": "低于参考范围，请核实",
    "above_band": "高于参考范围，请核实",
    "zero": "没有仅有死亡证明的病例，请核实死亡资料是否用于补发和追溯",
    "above_one": "死亡数多于新发病例数，请核实有无漏报",
    "above_survival": "死亡发病比高于1-五年生存率，请核实有无漏报",
    "change": "与前几年相比变化超过15%，请核实原因",
}


def judge_quality(connection: duckdb.DuckDBPyConnection, table: pl.DataFrame) -> pl.DataFrame:
    """The long table of verdicts: one row a county, year, residency, group and indicator.

    Args:
        connection: with reference.benchmark and reference.cancer_quality_band.
        table: as of `quality.quality_table`.
    """
    whole = table.filter(pl.col("org_code").is_null() & (pl.col("sex") == "0"))
    parts = []
    for name in INDICATORS:
        parts.append(
            whole.select(
                *KEYS,
                "urban_rural",
                "case_count",
                "one_minus_survival_5_years",
                worst="death_certificate_only_if_open_fail_percent",
                indicator=pl.lit(name),
                value=pl.col(name),
                ci_low=pl.col(f"{name}_low"),
                ci_high=pl.col(f"{name}_high"),
            )
        )
    change = "change_from_earlier_years_percent"
    parts.append(
        parts[0].select(pl.exclude("indicator", "value", "ci_low", "ci_high")).with_columns(
            whole[change].alias("value"),
            indicator=pl.lit(change),
            ci_low=pl.lit(None, pl.Float64),
            ci_high=pl.lit(None, pl.Float64),
        ).select(parts[0].columns)
    )  # fmt: skip
    long = pl.concat(parts).filter(pl.col("value").is_not_null())
    long = _with_band(connection, long)
    low, high = pl.col("band_low"), pl.col("band_high")
    value = pl.col("value").round(9)
    plausibility = (
        pl.when(low.is_null())
        .then(pl.lit("no_band"))
        .when(value < low.round(9))
        .then(pl.lit("below_band"))
        .when(value > high.round(9))
        .then(pl.lit("above_band"))
        .otherwise(pl.lit("in_band"))
    )
    return (
        _with_criterion(long)
        .with_columns(plausibility=plausibility)
        .with_columns(reason=_reason())
        .with_columns(
            looks_wrong=pl.col("reason").is_not_null(),
            reason_zh=pl.col("reason").replace_strict(
                REASON, default=None, return_dtype=pl.String
            ),
        )
        .select(
            *KEYS, "indicator", "value", "ci_low", "ci_high", "band_low", "band_high",
            "band_source", "plausibility", "criterion_zh", "meets_criterion", "looks_wrong",
            "reason_zh",
        )
        .sort(*KEYS, "indicator")
    )  # fmt: skip


def _with_band(connection: duckdb.DuckDBPyConnection, long: pl.DataFrame) -> pl.DataFrame:
    own = connection.sql(
        "select indicator, cast(year as integer) as year, urban_rural as class, value as middle,"
        " low, high, area_group from reference.benchmark where value is not null"
    ).pl()
    province = (
        long.select(*KEYS, "indicator", "urban_rural")
        .filter(pl.col("group_code") == ALL)
        .join(own, on=["indicator", "year"])
        .filter(pl.col("class").is_null() | (pl.col("class") == pl.col("urban_rural")))
        .sort(pl.col("class").is_null(), "area_group", nulls_last=True)
        .unique([*KEYS, "indicator"], keep="first", maintain_order=True)
        .select(
            *KEYS, "indicator",
            own_low=pl.coalesce("low", pl.col("middle") * (1 - TOLERANCE)),
            own_high=pl.coalesce("high", pl.col("middle") * (1 + TOLERANCE)),
            own_source=pl.format("{} {} 年", pl.col("area_group").fill_null("全省"), "year"),
        )
    )  # fmt: skip
    band_year = pl.col("year").clip(*NATIONAL_YEARS)
    national = national_bands(connection)
    return (
        long.with_columns(band_year=band_year.cast(pl.Int64))
        .join(
            national, on=["band_year", "urban_rural", "grouping", "group_code", "indicator"],
            how="left",
        )
        .join(province, on=[*KEYS, "indicator"], how="left")
        .with_columns(
            band_low=pl.coalesce("own_low", pl.col("middle") * (1 - TOLERANCE)),
            band_high=pl.coalesce("own_high", pl.col("middle") * (1 + TOLERANCE)),
            band_source=pl.coalesce("own_source", "source"),
        )
    )  # fmt: skip


def national_bands(connection: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """The published national values by year, class and group, without those that are misprints.

    Returns:
        band_year, urban_rural, grouping, group_code, indicator, middle, source.
    """
    bands = connection.sql(
        "select cast(year as bigint) as band_year, cast(area_type as varchar) as area_type,"
        ' cast("group" as varchar) as group_no, mv_pct, dco_pct, mi_ratio'
        " from reference.cancer_quality_band"
    ).pl()
    doubt = reference.table("cancer_band_doubt").select(
        pl.col("year").cast(pl.Int64).alias("band_year"), "area_type", group_no="group",
        column="column",
    )  # fmt: skip
    columns = {column: name for name, column in NATIONAL.items()}
    return (
        bands.unpivot(
            list(columns), index=["band_year", "area_type", "group_no"], variable_name="column",
            value_name="middle",
        )
        .join(doubt, on=["band_year", "area_type", "group_no", "column"], how="anti")
        .filter((pl.col("group_no") == NATIONAL_ALL) | (pl.col("group_no").str.len_chars() == 3))
        .with_columns(
            urban_rural=pl.col("area_type").replace_strict(
                {code: name for name, code in AREA_TYPE.items()},
                default=None,
                return_dtype=pl.String,
            ),
            group_code=pl.col("group_no").replace(NATIONAL_ALL, ALL),
            # All sites are the same in either grouping; single sites have bands in the big one.
            grouping=pl.when(pl.col("group_no") == NATIONAL_ALL)
            .then(pl.lit(["big", "small"]))
            .otherwise(pl.lit(["big"])),
            indicator=pl.col("column").replace_strict(columns),
        )
        .filter(pl.col("urban_rural").is_not_null() & pl.col("middle").is_not_null())
        .explode("grouping")
        .select(
            "band_year", "urban_rural", "grouping", "group_code", "indicator", "middle",
            source=pl.format(
                "全国肿瘤登记地区 {} 年{}，仅供参考", "band_year",
                pl.col("urban_rural").replace_strict({"urban": "城市", "rural": "农村"}),
            ),
        )
    )  # fmt: skip


def _with_criterion(long: pl.DataFrame) -> pl.DataFrame:
    """The rule speaks of all sites together; what it says of each indicator stands in a table."""
    rows = reference.table("cancer_criterion")
    texts = rows.group_by("indicator", maintain_order=True).agg(
        criterion_zh=pl.col("criterion_zh").str.join("；")
    )
    tests = [
        (row["indicator"], row["operator"], float(row["limit"]))
        for row in rows.iter_rows(named=True)
    ]
    verdicts = [
        all(
            COMPARE[operator](exact(value), limit)
            for name, operator, limit in tests
            if name == indicator
        )
        for indicator, value in long.select("indicator", "value").iter_rows()
    ]
    judged = long.join(texts, on="indicator", how="left", maintain_order="left").with_columns(
        pl.Series("meets_criterion", verdicts, dtype=pl.Boolean)
    )
    is_judged = (pl.col("group_code") == ALL) & pl.col("criterion_zh").is_not_null()
    return judged.with_columns(
        criterion_zh=pl.when(is_judged).then("criterion_zh"),
        meets_criterion=pl.when(is_judged).then("meets_criterion"),
    )


def _reason() -> pl.Expr:
    name, whole = pl.col("indicator"), pl.col("group_code") == ALL
    is_ratio = name == "mortality_incidence_ratio"
    is_change = name == "change_from_earlier_years_percent"
    # While a case is open it is not known whether there is none.
    zero = (name == "death_certificate_only_percent") & (pl.col("worst") == 0)
    enough = pl.col("case_count") >= ENOUGH_CASES
    stable = pl.col("case_count") >= ENOUGH_FOR_STABILITY
    # A share made of a handful of cases, as DCO is, is judged by its interval however many cases.
    sure = enough & (name != "death_certificate_only_percent")
    below = (pl.col("plausibility") == "below_band") & (
        sure | (pl.col("ci_high") < pl.col("band_low"))
    )
    above = (pl.col("plausibility") == "above_band") & (
        sure | (pl.col("ci_low") > pl.col("band_high"))
    )
    # DCO below the band is what a registry works for; only none at all asks a question.
    below = below & (name != "death_certificate_only_percent")
    return (
        pl.when(zero & enough & whole)
        .then(pl.lit("zero"))
        .when(is_ratio & (pl.col("ci_low") > 1))
        .then(pl.lit("above_one"))
        .when(is_ratio & (pl.col("ci_low") > pl.col("one_minus_survival_5_years")))
        .then(pl.lit("above_survival"))
        .when(is_change & stable & (pl.col("value").abs() > LARGE_CHANGE))
        .then(pl.lit("change"))
        .when(below)
        .then(pl.lit("below_band"))
        .when(above)
        .then(pl.lit("above_band"))
    )


def flags(table: pl.DataFrame, judged: pl.DataFrame) -> pl.DataFrame:
    """Add fails_criterion and looks_wrong to the county rows of both sexes: names, by comma."""
    named = (
        judged.sort("indicator")
        .group_by(KEYS)
        .agg(
            fails_criterion=pl.col("indicator").filter(~pl.col("meets_criterion")).str.join(","),
            looks_wrong=pl.col("indicator").filter(pl.col("looks_wrong")).str.join(","),
        )
        .with_columns(sex=pl.lit("0"), org_code=pl.lit(None, pl.String))
    )
    keys = [*KEYS, "sex", "org_code"]
    return table.join(named, on=keys, how="left", nulls_equal=True, maintain_order="left")
