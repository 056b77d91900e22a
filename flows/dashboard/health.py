"""Deaths and new cases by place, age, cause and site, with small cells hidden.

Rule of all pages: counts of residents broken down by town, age, cause or site are hidden below 5,
and so are as many others as it takes that no total gives them back (flows/suppress.py). Sums of the
county, indicators and counts of cards by institution are shown. A rate whose count is hidden is
hidden too, for the population would give it back.
"""

from __future__ import annotations

from dataclasses import dataclass

import duckdb
import polars as pl

from estimators.interval import poisson_exact
from flows.dashboard.place import Place
from flows.suppress import suppress, with_totals

EVENTS = {
    "death": ("死亡", "death_rate"),
    "tumour": ("恶性肿瘤新发", "cancer_incidence"),
    "stroke": ("脑卒中", "stroke_incidence"),
    "coronary": ("冠心病急性事件", "coronary_incidence"),
    "diabetes": ("糖尿病新发", "diabetes_incidence"),
}
YEARS = 5
PER = 100_000
#: Few classes that are large in every town.
CLASSES = {
    "肿瘤": "C00-D48",
    "循环系统疾病": "I00-I99",
    "呼吸系统疾病": "J00-J99",
    "伤害": "V01-Y98",
}
OTHER_ZH = "其他及不明"
CAUSES = {"area_code": pl.String, "cause": pl.String, "count": pl.Int64}


@dataclass(frozen=True)
class Towns:
    """Counts by town that share their totals, suppressed together."""

    rates: pl.DataFrame  # event, area_code, area_name, year, population, count, rate, low, high
    causes: pl.DataFrame  # area_code, cause, count: deaths of all years together


def towns(published: duckdb.DuckDBPyConnection, place: Place) -> Towns:
    """The last five complete years by town; the county itself has its 6-digit code.

    Hidden counts are null. Towns have their 9-digit code; cards without a known town stand under
    the county's code with 000.
    """
    people = published.execute(
        "select area_code, year, sum(population) as population from reference.population"
        " where left(area_code, 6) = ? and residency = ? and year <= ? and year > ? - ?"
        " group by all order by all",
        [place.area_code, place.residency, place.last_year, place.last_year, YEARS],
    ).pl()
    rates, causes = [], pl.DataFrame(schema=CAUSES)
    years = people["year"].unique().to_list()
    counted = _by_town(published, place, years)
    for event in EVENTS:
        base = (
            _deaths_by_town(published, place, years)
            if event == "death"
            else counted.filter(event=event).drop("event")
        )
        views: dict[str, list[str]] = {
            "all": [], "town": ["area_code"], "year": ["year"], "cell": ["area_code", "year"]
        }  # fmt: skip
        if event == "death":
            views |= {"cause": ["cause"], "town_cause": ["area_code", "cause"]}
        if base.is_empty():
            continue
        made = suppress(with_totals(base, views))
        county = pl.lit(place.area_code).alias("area_code")
        columns = ["area_code", "year", "count", "is_suppressed"]
        both = pl.concat([made["cell"].select(columns), made["year"].select(county, *columns[1:])])
        whole = people.join(both, on=["area_code", "year"], how="full", coalesce=True)
        rates.append(
            whole.with_columns(
                event=pl.lit(event),
                count=pl.when(~pl.col("is_suppressed").fill_null(False)).then(
                    pl.col("count").fill_null(0)
                ),
            ).drop("is_suppressed")
        )
        if event == "death":
            causes = pl.concat(
                [
                    made["town_cause"].select(*CAUSES),
                    made["cause"].select(county, "cause", "count"),
                ]
            )
    if not rates:
        return Towns(pl.DataFrame(), causes)
    names = published.sql(
        "select distinct on (area_code) area_code, area_name from reference.area order by all"
    ).pl()
    rated = (
        with_rate(pl.concat(rates), PER)
        .join(names, on="area_code", how="left")
        .with_columns(pl.col("area_name").fill_null("乡镇不详"))
        .sort("event", "area_code", "year")
    )
    return Towns(rated, causes.sort("area_code", "cause"))


def _by_town(published: duckdb.DuckDBPyConnection, place: Place, years: list[int]) -> pl.DataFrame:
    """event, area_code (town), year, count of the events of the county's people."""
    return published.execute(
        "select event, area_code, year, cast(sum(event_count) as bigint) as count"
        " from indicator.event_age where left(area_code, 6) = ? and length(area_code) > 6"
        " and residency = ? and list_contains(?, year) group by all order by all",
        [place.area_code, place.residency, years],
    ).pl()


def _deaths_by_town(
    published: duckdb.DuckDBPyConnection, place: Place, years: list[int]
) -> pl.DataFrame:
    """area_code (town), year, cause, count of the deaths of the county's people."""
    code = " ".join(
        f"when has_code(icd10, '{codes}') then '{name}'" for name, codes in CLASSES.items()
    )
    county, town = (
        ("area_code", "town_code")
        if place.residency == "registered"
        else ("residence_area_code", "residence_town_code")
    )
    # The class of a code is worked out once a code: of every case it would take most of the time.
    return published.execute(
        f"""
        with event as (
            select coalesce({town}, {county} || '000') as area_code, year, icd10,
                count(*) as count
            from events('death') where {county} = ? and list_contains(?, year)
            group by all
        ),
        class as (
            select icd10, case {code} end as cause from (select distinct icd10 from event)
        )
        select event.area_code, event.year, coalesce(class.cause, '{OTHER_ZH}') as cause,
            cast(sum(event.count) as bigint) as count
        from event left join class on event.icd10 = class.icd10
        group by all order by all
        """,
        [place.area_code, years],
    ).pl()


def age_sex(published: duckdb.DuckDBPyConnection, place: Place, card_type: str) -> pl.DataFrame:
    """age_group, sex, count, population, rate, low, high of the last year, from the open tables."""
    if place.last_year is None:
        return pl.DataFrame()
    cells = published.execute(
        f"select people.age_group, people.sex, cases.count, people.population"
        f" from open.population as people"
        f" left join open.{card_type} as cases"
        f" on people.area_code = cases.area_code and people.year = cases.year"
        f" and people.sex = cases.sex and people.age_group = cases.age_group"
        f" and cases.breakdown = 'age_sex'"
        f" inner join reference.age_group as ages on people.age_group = ages.age_group"
        f" where people.area_code = ? and people.year = ?"
        f" order by ages.sort_no, people.sex",
        [place.area_code, place.last_year],
    ).pl()
    return with_rate(cells, PER)


def with_rate(cells: pl.DataFrame, per: float) -> pl.DataFrame:
    """Add rate, low and high (exact Poisson) per ``per`` people; null where the count is."""
    known = cells["count"].is_not_null() & (cells["population"].fill_null(0) > 0)
    counts = cells["count"].fill_null(0).to_numpy()
    low, high = poisson_exact(counts)
    people = pl.when(known).then(pl.col("population"))
    return cells.with_columns(
        rate=pl.col("count") / people * per,
        low=pl.lit(pl.Series(low)) / people * per,
        high=pl.lit(pl.Series(high)) / people * per,
    ).with_columns(
        pl.when(pl.col("rate").is_not_null()).then(pl.col(name)).alias(name)
        for name in ("low", "high")
    )


def causes(published: duckdb.DuckDBPyConnection, place: Place) -> pl.DataFrame:
    """name, rank_no, sex (0, 1, 2), count, rate of the chapters of causes in the last year."""
    found = published.execute(
        "select cause_group as code, cause_group_name_zh as name, rank_no, cast(sex as varchar) as"
        " sex, level, death_count as count, person_years from indicator.cause_of_death"
        " where area_code = ? and year = ? and residency = ? and level in ('all', 'chapter')",
        [place.area_code, place.last_year, place.residency],
    ).pl()
    return _by_sex(found, "level", "all")


def sites(published: duckdb.DuckDBPyConnection, place: Place, measure: str) -> pl.DataFrame:
    """name, sex, count, rate of cancer sites; ``measure``: case_count or death_count."""
    found = published.execute(
        f"select group_code as code, group_name_zh as name, null::int as rank_no,"
        f" cast(sex as varchar) as sex, {measure} as count, person_years"
        f" from indicator.cancer where area_code = ? and year = ? and residency = ?"
        f" and grouping = 'big' and {measure} is not null",
        [place.area_code, place.last_year, place.residency],
    ).pl()
    return _by_sex(found, "code", "ALL")


def _by_sex(found: pl.DataFrame, key: str, whole: str) -> pl.DataFrame:
    """Groups by sex, suppressed beside their sums; what is in no group is a group of its own.

    People of unknown sex are left out, of the sums too: one of them would cost a whole row.
    """
    both = ["code", "sex"]
    known = found.filter(pl.col("sex") != "0")
    total = known.filter(pl.col(key) == whole)
    groups = known.filter(pl.col(key) != whole)
    if total.is_empty() or groups.is_empty():
        return pl.DataFrame()
    rest = (
        total.select("sex", whole="count")
        .join(groups.group_by("sex").agg(pl.col("count").sum()), on="sex", how="left")
        .select(
            pl.lit("-").alias("code"), "sex", count=pl.col("whole") - pl.col("count").fill_null(0)
        )
    )
    cells = pl.concat([groups.select(*both, "count"), rest]).filter(pl.col("count") > 0)
    views = with_totals(cells, {"all": [], "sex": ["sex"], "code": ["code"], "cell": both})
    # The sum stands among the indicators anyhow.
    views["all"] = views["all"].with_columns(is_known=pl.lit(True))
    made = suppress(views)
    shown = pl.concat(
        [
            made["cell"].select(*both, "count"),
            made["code"].select("code", pl.lit("0").alias("sex"), "count"),
        ]
    )
    about = found.select(*both, "person_years")
    names = found.filter(pl.col("sex") == "0").select("code", "name", "rank_no")
    # The order of hidden groups would tell which is larger.
    order = made["code"].select("code", order=pl.col("count"))
    named = (
        shown.join(about, on=both, how="left")
        .join(names, on="code")
        .join(order, on="code")
        .with_columns(
            rate=pl.col("count") / pl.col("person_years") * PER,
            rank_no=pl.when(pl.col("order").is_not_null()).then(pl.col("rank_no")),
        )
    )
    return named.sort(
        pl.col("order"), "code", "sex", descending=[True, False, False], nulls_last=True
    )
