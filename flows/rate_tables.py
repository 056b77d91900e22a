"""indicator.cancer and indicator.cause_of_death: tallies from SQL, rates from the estimators."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb
import polars as pl

from estimators.rate import rate
from estimators.standardise import standardise
from flows.draft import put
from flows.models import write_comments
from flows.shelf.kept import Kept

PER = 100_000.0
PLACE = ["area_code", "year", "residency", "sex"]
CANCER = [*PLACE, "grouping", "group_code"]
CAUSE = [*PLACE, "cause_group"]
#: Column stem -> standard population.
CANCER_STANDARDS = {
    "rate_china2000": "CN2000",
    "rate_segi": "SEGI1960",
    "rate_china1964": "CN1964",
    "rate_china1982": "CN1982",
    "rate_china2010": "CN2010",
    "rate_who": "WHO2000_2025",
}
CAUSE_STANDARDS = {"rate_china2000": "CN2000", "rate_china2010": "CN2010"}
TRUNCATED_FROM, TRUNCATED_TO, CUMULATIVE_TO = 35, 64, 74
CANCER_LABELS = {
    "area_code": "县",
    "year": "年份",
    "residency": "人口口径",
    "sex": "性别（0 合计）",
    "grouping": "部位分类（big 大类，small 小类）",
    "group_code": "部位组（ALL 合计）",
    "group_name_zh": "部位名称",
    "case_count": "新发病例数",
    "death_count": "死亡数（来源不明为空）",
    "person_years": "年平均人口",
    "crude_rate_per_100k": "粗发病率（1/10万）",
    "rate_china2000_per_100k": "中标率（2000年人口，1/10万）",
    "rate_segi_per_100k": "世标率（Segi，1/10万）",
    "rate_china1964_per_100k": "标化发病率（1964年中国人口，1/10万）",
    "rate_china1982_per_100k": "标化发病率（1982年中国人口，1/10万）",
    "rate_china2010_per_100k": "标化发病率（2010年中国人口，1/10万）",
    "rate_who_per_100k": "标化发病率（WHO 2000–2025 世界人口，1/10万）",
    "truncated_35_64_per_100k": "截缩率35–64岁（2000年中国人口，1/10万）",
    "cumulative_rate_0_74": "累积率0–74岁（比例，乘100为%）",
    "morphologically_verified_percent": "病理诊断率（%）",
    "death_certificate_only_percent": "仅有死亡医学证明书比例（%）",
    "mortality_incidence_ratio": "死亡发病比",
    "unspecified_site_percent": "部位不明比例（%）",
}
CAUSE_LABELS = {
    "area_code": "县",
    "year": "年份",
    "residency": "人口口径",
    "sex": "性别（0 合计）",
    "cause_group": "死因组（ALL 全死因；I、II、III、U 三大类及不明；其余为 CCD 序号）",
    "cause_group_name_zh": "死因名称",
    "level": "层级（all、broad、chapter、group）",
    "death_count": "死亡数",
    "person_years": "年平均人口",
    "crude_rate_per_100k": "粗死亡率（1/10万）",
    "rate_china2000_per_100k": "标化死亡率（2000年中国人口，1/10万）",
    "rate_china2010_per_100k": "标化死亡率（2010年中国人口，1/10万）",
    "share_percent": "构成比（%）",
    "rank_no": "死因顺位（17章之间）",
}


@dataclass(frozen=True)
class Tallies:
    """What the rates are made of, as `models.build` left it."""

    cancer: pl.DataFrame  # CANCER, age_group and counts
    cancer_deaths: pl.DataFrame  # CANCER, death_count
    causes: pl.DataFrame  # CAUSE, age_group, count
    people: pl.DataFrame  # PLACE, age_group, population
    weights: pl.DataFrame  # standard, age_group, weight


def read_tallies(connection: duckdb.DuckDBPyConnection) -> Tallies:
    """All of them."""
    return Tallies(
        connection.sql("select * from work.cancer_tally").pl(),
        connection.sql("select * from work.cancer_death_tally").pl(),
        connection.sql("select * from work.cause_tally").pl().rename({"death_count": "count"}),
        population_by_group(connection),
        connection.sql(
            "select standard, age_group, weight from reference.standard_population"
        ).pl(),
    )


def write_rate_tables(connection: duckdb.DuckDBPyConnection, tallies: Tallies, kept: Kept) -> None:
    """Write both tables; ``models.build`` has run and the schema indicator exists."""
    people, weights = tallies.people, tallies.weights
    cancer = kept.by_part(
        "indicator.cancer",
        {
            "tally": tallies.cancer,
            "deaths": tallies.cancer_deaths,
            "people": people,
            "has_deaths": _has_deaths(connection),
            "weights": weights,
            "ages": _ages(connection),
            "names": _names(connection),
        },
        ["year"],
        _cancer,
    )
    causes = kept.by_part(
        "indicator.cause_of_death",
        {
            "tally": tallies.causes,
            "people": people,
            "weights": weights,
            "names": connection.sql("select * from work.cause_name").pl(),
        },
        ["year"],
        _causes,
    )
    for name, table, labels, zh in (
        ("cancer", cancer.sort(CANCER), CANCER_LABELS, "恶性肿瘤发病（整年）"),
        ("cause_of_death", causes.sort(CAUSE), CAUSE_LABELS, "死因别死亡（整年）"),
    ):
        put(connection, f"indicator.{name}", table)
        write_comments(connection, f"indicator.{name}", zh, labels)


def population_by_group(connection: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """Mean population of complete years by county, residency, sex (0, 1, 2) and age group."""
    own = connection.sql(
        "select population.area_code, period.year, population.residency, population.sex,"
        " population.age_group, population.population"
        " from work.population as population"
        " inner join reference.period as period on population.period = period.period"
        " where length(population.area_code) = 6 and period.kind = 'year' and period.is_complete"
    ).pl()
    keys = ["area_code", "year", "residency", "age_group"]
    # In a fixed order: sums of fractions differ in the last digit when their order does.
    own = own.sort(own.columns)
    both = own.group_by(keys, maintain_order=True).agg(pl.col("population").sum(), sex=pl.lit("0"))
    return pl.concat([own, both.select(own.columns)])


def with_rates(
    tally: pl.DataFrame,
    people: pl.DataFrame,
    weights: pl.DataFrame,
    by: list[str],
    standards: dict[str, str],
) -> pl.DataFrame:
    """Groups with person_years, crude and standardised rates per 100,000 and their limits.

    ``tally``: ``by`` columns, age_group, count. A group whose place has no whole population keeps
    its count and has null rates. Events of unknown age count in the crude rate only.
    """
    groups = tally.group_by(by).agg(count=pl.col("count").sum())
    # In a fixed order: sums of fractions differ in the last digit when their order does.
    ordered = people.sort(*PLACE, "age_group")
    totals = ordered.group_by(PLACE, maintain_order=True).agg(
        person_years=pl.col("population").sum()
    )
    table = rate(
        groups.join(totals, on=PLACE, how="left"), per=PER, population="person_years"
    ).rename(
        {
            "value": "crude_rate_per_100k",
            "ci_low": "crude_rate_per_100k_low",
            "ci_high": "crude_rate_per_100k_high",
        }
    )
    cells = groups.select(by).join(people, on=PLACE)
    cells = (
        cells.join(tally, on=[*by, "age_group"], how="left")
        .with_columns(pl.col("count").fill_null(0))
        .sort(*by, "age_group")
    )
    for stem, standard in standards.items():
        own = weights.filter(pl.col("standard") == standard).select("age_group", "weight")
        made = standardise(
            cells.join(own, on="age_group", maintain_order="left"), by, per=PER, minimum_count=0
        )
        table = table.join(
            made.select(
                *by,
                pl.col("standardised_rate").alias(f"{stem}_per_100k"),
                pl.col("ci_low").alias(f"{stem}_per_100k_low"),
                pl.col("ci_high").alias(f"{stem}_per_100k_high"),
            ),
            on=by,
            how="left",
        )
    return table


def _cancer(
    tally: pl.DataFrame,
    deaths: pl.DataFrame,
    people: pl.DataFrame,
    has_deaths: pl.DataFrame,
    weights: pl.DataFrame,
    ages: pl.DataFrame,
    names: pl.DataFrame,
) -> pl.DataFrame:
    # A group with deaths and no cases is a row too: its M/I is what the registrar must see.
    judged = tally.select(PLACE).unique()
    only_deaths = deaths.join(judged, on=PLACE, how="semi").join(tally, on=CANCER, how="anti")
    cases = tally.select(*CANCER, "age_group", count=pl.col("case_count"))
    nothing = only_deaths.select(*CANCER, age_group=pl.lit("unknown"), count=pl.lit(0, pl.Int64))
    table = with_rates(
        pl.concat([cases, nothing]), people, weights, CANCER, CANCER_STANDARDS
    ).rename({"count": "case_count"})
    counts = tally.group_by(CANCER).agg(
        pl.col("verified_count", "certificate_only_count", "unspecified_count").sum()
    )
    table = (
        table.join(counts, on=CANCER, how="left")
        .join(_parts(cases, people, ages), on=CANCER, how="left")
        .join(deaths, on=CANCER, how="left")
        .join(has_deaths, on=["area_code", "year", "residency"], how="left")
        .join(names, on=["grouping", "group_code"], how="left")
    )
    has_cases = pl.when(pl.col("case_count") > 0)
    share = 100.0 / pl.col("case_count")
    known_deaths = pl.when(pl.col("has_deaths")).then(pl.col("death_count").fill_null(0))
    return (
        table.with_columns(death_count=known_deaths)
        .with_columns(
            pl.when(pl.col("group_code") == "ALL")
            .then(pl.lit("合计"))
            .otherwise(pl.col("group_name_zh"))
            .alias("group_name_zh"),
            has_cases.then(pl.col("verified_count") * share).alias(
                "morphologically_verified_percent"
            ),
            has_cases.then(pl.col("certificate_only_count") * share).alias(
                "death_certificate_only_percent"
            ),
            has_cases.then(pl.col("unspecified_count") * share).alias("unspecified_site_percent"),
            has_cases.then(pl.col("death_count") / pl.col("case_count")).alias(
                "mortality_incidence_ratio"
            ),
        )
        .select(_in_order(table, CANCER_LABELS))
    )


def _in_order(table: pl.DataFrame, labels: dict[str, str]) -> list[str]:
    """The labelled columns, each followed by its limits where it has some."""
    limits = ("", "_low", "_high")
    every = [f"{column}{limit}" for column in labels for limit in limits]
    return [name for name in every if name in labels or name in table.columns]


def _names(connection: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    return connection.sql(
        "select distinct grouping, group_code, group_name_zh from reference.cancer_group"
    ).pl()


def _has_deaths(connection: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """Where deaths are known at all, so that no deaths of a site means 0 and not unknown."""
    return connection.sql(
        "select death_source.area_code, period.year, death_source.residency, true as has_deaths"
        " from work.death_source as death_source"
        " inner join reference.period as period on death_source.period = period.period"
        " where period.kind = 'year'"
    ).pl()


def _ages(connection: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """Age groups with their weights in China's population of 2000."""
    return connection.sql(
        "select age_group.age_group, age_group.age_from, age_group.age_to,"
        " age_group.width_years, standard_population.weight"
        " from reference.age_group as age_group"
        " inner join reference.standard_population as standard_population"
        " on age_group.age_group = standard_population.age_group"
        " where standard_population.standard = 'CN2000'"
    ).pl()


def _parts(cases: pl.DataFrame, people: pl.DataFrame, ages: pl.DataFrame) -> pl.DataFrame:
    """Truncated rate 35-64 (weights of China 2000) and cumulative rate 0-74 (a share)."""
    cells = cases.select(CANCER).unique().join(people, on=PLACE).join(ages, on="age_group")
    cells = cells.join(cases, on=[*CANCER, "age_group"], how="left").sort(*CANCER, "age_from")
    risk = pl.col("count").fill_null(0) / pl.col("population")
    middle = (pl.col("age_from") >= TRUNCATED_FROM) & (pl.col("age_to") <= TRUNCATED_TO)
    weight = pl.when(middle).then(pl.col("weight"))
    young = pl.col("age_to") <= CUMULATIVE_TO
    # An age group without people has no rate, and then neither has the whole.
    whole = (pl.col("population") > 0).all()
    return (
        cells.group_by(CANCER)
        .agg(
            truncated=(weight * risk).sum() / weight.sum() * PER,
            cumulative=(pl.when(young).then(pl.col("width_years") * risk)).sum(),
            whole=whole,
        )
        .select(
            *CANCER,
            pl.when(pl.col("whole")).then("truncated").alias("truncated_35_64_per_100k"),
            pl.when(pl.col("whole")).then("cumulative").alias("cumulative_rate_0_74"),
        )
    )


def _causes(
    tally: pl.DataFrame, people: pl.DataFrame, weights: pl.DataFrame, names: pl.DataFrame
) -> pl.DataFrame:
    table = with_rates(tally, people, weights, CAUSE, CAUSE_STANDARDS)
    table = table.rename({"count": "death_count"}).join(names, on="cause_group", how="left")
    everything = table.filter(pl.col("cause_group") == "ALL").select(
        *PLACE, all_count=pl.col("death_count")
    )
    rank = pl.col("death_count").rank("min", descending=True).over(*PLACE, "level")
    table = table.join(everything, on=PLACE).with_columns(
        share_percent=pl.col("death_count") / pl.col("all_count") * 100,
        rank_no=pl.when(pl.col("level") == "chapter").then(rank).cast(pl.Int32),
    )
    return table.select(_in_order(table, CAUSE_LABELS))
