"""indicator.cancer_class: the urban and the rural counties of a prefecture taken together."""

from __future__ import annotations

import duckdb
import polars as pl

from flows.draft import put
from flows.models import write_comments
from flows.rate_tables import CANCER, CANCER_LABELS, PLACE, Tallies, with_rates
from flows.shelf.kept import Kept

STANDARDS = {"rate_china2000": "CN2000", "rate_segi": "SEGI1960"}
COUNTS = ["verified_count", "certificate_only_count"]
LABELS = {
    "prefecture_code": "地市",
    "urban_rural": "城乡（urban 市辖区，rural 县和县级市）",
    "county_count": "合并的县数（有人口和病例者）",
} | {
    name: label
    for name, label in CANCER_LABELS.items()
    if name not in ("area_code", "group_name_zh", "unspecified_site_percent")
    and not name.startswith(("truncated", "cumulative", "rate_china19", "rate_china2010"))
    and name != "rate_who_per_100k"
}


def write_class_table(connection: duckdb.DuckDBPyConnection, tallies: Tallies, kept: Kept) -> None:
    """Write `indicator.cancer_class`; the models have been built.

    Rates are of all counties of a class together (sum of cases over sum of person-years), never a
    mean of rates; only counties with a whole population and with cases in the year take part.
    """
    classes = connection.sql(
        "select area_code, parent_code || ':' || urban_rural as class_code"
        " from reference.area where level = 'county' and urban_rural is not null"
        " and parent_code is not null order by area_code"
    ).pl()
    given = {
        "tally": tallies.cancer,
        "deaths": tallies.cancer_deaths,
        "people": tallies.people,
        "weights": tallies.weights,
        "classes": classes,
    }
    table = kept.by_part("indicator.cancer_class", given, ["year"], _of_classes)
    table = table.sort(*table.columns[:2], *CANCER[1:])
    put(connection, "indicator.cancer_class", table)
    title = "恶性肿瘤发病，按地市和城乡合并（整年）"
    write_comments(connection, "indicator.cancer_class", title, LABELS)


def _of_classes(
    tally: pl.DataFrame,
    deaths: pl.DataFrame,
    people: pl.DataFrame,
    weights: pl.DataFrame,
    classes: pl.DataFrame,
) -> pl.DataFrame:
    taking_part = tally.select(PLACE).unique().join(people.select(PLACE).unique(), on=PLACE)
    counties = (
        taking_part.join(classes, on="area_code")
        .group_by(pl.col("class_code").alias("area_code"), *PLACE[1:])
        .agg(county_count=pl.len().cast(pl.Int64))
    )

    def together(frame: pl.DataFrame, keys: list[str], values: list[str]) -> pl.DataFrame:
        return (
            frame.join(taking_part, on=PLACE, how="semi")
            .join(classes, on="area_code")
            # The counties too in a fixed order: sums of fractions hang on it.
            .sort("class_code", *keys[1:], "area_code")
            .with_columns(area_code="class_code")
            .group_by(keys, maintain_order=True)
            .agg(pl.col(values).sum())
        )

    cases = together(tally, [*CANCER, "age_group"], ["case_count"]).rename({"case_count": "count"})
    table = with_rates(
        cases,
        together(people, [*PLACE, "age_group"], ["population"]),
        weights,
        CANCER,
        STANDARDS,
    ).rename({"count": "case_count"})
    some = pl.when(pl.col("case_count") > 0).then(pl.col("case_count"))  # else there is no share
    share = 100.0 / some
    table = (
        table.join(together(tally, CANCER, COUNTS), on=CANCER)
        .join(together(deaths, CANCER, ["death_count"]), on=CANCER, how="left")
        .join(counties, on=PLACE)
        .with_columns(
            pl.col("area_code").str.split(":").list.get(0).alias("prefecture_code"),
            pl.col("area_code").str.split(":").list.get(1).alias("urban_rural"),
            (pl.col("verified_count") * share).alias("morphologically_verified_percent"),
            (pl.col("certificate_only_count") * share).alias("death_certificate_only_percent"),
            (pl.col("death_count") / some).alias("mortality_incidence_ratio"),
        )
    )
    columns = [
        f"{name}{limit}"
        for name in LABELS
        for limit in ("", "_low", "_high")
        if f"{name}{limit}" in table.columns
    ]
    return table.select(columns)
