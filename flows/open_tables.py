"""The `open` schema: counts for sharing, by month, 5-year age, sex, 3-character ICD and county.

One table a card type. Its rows belong to breakdowns that share their totals (`breakdown`), and all
are suppressed together: 0 to 4 is null, and enough other cells that no total gives one back
(flows/suppress.py). People of unknown sex are left out of all: one of them would cost a whole
breakdown. Only registered people: two counts of nearly the same people would give away
those they differ by.
"""

from __future__ import annotations

import duckdb
import polars as pl

from flows.shelf.kept import Kept
from flows.statistics.table import Columns, write
from flows.suppress import LEAST, suppress

#: Event -> the type of its cards.
EVENTS = {
    "death": "death",
    "tumour": "tumour",
    "stroke": "cardio",
    "coronary": "cardio",
    "diabetes": "diabetes",
}
TITLE_ZH = {
    "death": "死亡数（可对外提供，小数已隐去）",
    "tumour": "肿瘤新发病例数（可对外提供，小数已隐去）",
    "cardio": "脑卒中和冠心病急性事件数（可对外提供，小数已隐去）",
    "diabetes": "糖尿病新发病例数（可对外提供，小数已隐去）",
}
WITHIN = ["card_type", "area_code", "year"]
ALL = "ALL"
#: Codes with fewer cases in the year are counted together; what is left is worth a row of its own.
OTHER = "OTHER"
#: Codes with this many cases in the year are also broken down by month and by age.
COMMON = 20
#: Breakdown -> its dimensions. `common` is the code where it is common, else OTHER.
BREAKDOWNS: dict[str, tuple[str, ...]] = {
    "year": (),
    "month": ("month",),
    "sex": ("sex",),
    "age_sex": ("sex", "age_group"),
    "cause": ("common", "icd10_3"),
    "sex_cause": ("sex", "common"),
    "month_cause": ("month", "common"),
    "age_sex_cause": ("sex", "age_group", "common"),
}
#: The total `cause` and `month_cause` share; protected with them, but no breakdown of its own.
SHARED: dict[str, tuple[str, ...]] = {"common": ("common",)}
COLUMNS: Columns = {
    "area_code": (pl.String, "户籍县"),
    "year": (pl.Int32, "年份（整年）"),
    "breakdown": (
        pl.String,
        "分组方式（year 年、month 月、sex 性别、age_sex 性别年龄、cause 编码、"
        "sex_cause、month_cause、age_sex_cause）；求和时只取一种",
    ),
    "month": (pl.Int32, "月（不分月为空，0 不详）"),
    "sex": (pl.String, "性别（0 合计，1 男，2 女；性别不详者各项均不计）"),
    "age_group": (pl.String, "年龄组（ALL 合计，unknown 不详）"),
    "icd10_3": (
        pl.String,
        f"ICD-10 三位编码（ALL 合计，OTHER 其余；按月、按年龄只分全年至少 {COMMON} 例的编码）",
    ),
    "count": (pl.Int64, f"例数（少于 {LEAST} 及为防反推而隐去的为空）"),
    "is_suppressed": (pl.Boolean, "已隐去"),
}
POPULATION: Columns = {
    "area_code": (pl.String, "县"),
    "year": (pl.Int32, "年份"),
    "sex": (pl.String, "性别（1 男，2 女）"),
    "age_group": (pl.String, "年龄组"),
    "population": (pl.Float64, "年平均户籍人口"),
}
_FINEST = [*WITHIN, "month", "sex", "age_group", "icd10_3", "common"]


def write_open(draft: duckdb.DuckDBPyConnection, kept: Kept) -> None:
    """Write open.death, open.tumour, open.cardio, open.diabetes and open.population.

    The years are the complete ones with a registered population. Models and reference are built.

    Args:
        draft: where they are.
        kept: what earlier nights made of years in which no number changed.
    """
    people = draft.sql(
        "select population.area_code, population.year, population.sex, population.age_group,"
        " population.population from reference.population as population"
        " inner join work.area as area on population.area_code = area.area_code"
        " inner join reference.period as period"
        " on population.year = period.year and period.kind = 'year' and period.is_complete"
        " where population.residency = 'registered'"
    ).pl()
    tables = kept.by_part("open", {"cases": _cases(draft)}, WITHIN, open_table)
    for card_type, title_zh in TITLE_ZH.items():
        own = tables.filter(card_type=card_type)
        write(draft, f"open.{card_type}", title_zh, COLUMNS, own, list(COLUMNS)[:7])
    title_zh = "年平均户籍人口（与 open 各表配合计算率）"
    write(draft, "open.population", title_zh, POPULATION, people, list(POPULATION)[:4])


def _cases(draft: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """Counted cases: card_type, area_code, year, month, sex, age_group, icd10_3, count."""
    types = ", ".join(f"('{event}', '{card_type}')" for event, card_type in EVENTS.items())
    return draft.sql(
        f"""
        with kind (event, card_type) as (values {types}),
        year as (
            select area.area_code, period.year
            from work.area as area cross join reference.period as period
            where period.kind = 'year' and period.is_complete and exists (
                select 1 from reference.population as population
                where population.area_code = area.area_code
                    and population.year = period.year and population.residency = 'registered'
            )
        ),
        -- Of every age once: a join by limits compares every event with every group.
        age as (
            select known.age_years, age_group.age_group
            from (select distinct event.age_years from work.event as event) as known
            inner join reference.age_group as age_group
                on known.age_years between age_group.age_from and age_group.age_to
        )
        select
            kind.card_type,
            event.area_code,
            event.year,
            cast(coalesce(month(event.event_date), 0) as integer) as month,
            event.sex,
            coalesce(age.age_group, 'unknown') as age_group,
            coalesce(left(event.icd10, 3), '{OTHER}') as icd10_3,
            count(*) as count
        from work.event as event
        inner join kind on event.event = kind.event
        inner join year on event.area_code = year.area_code and event.year = year.year
        left join age on event.age_years = age.age_years
        where event.is_official and event.sex in ('1', '2')
        group by all
        """
    ).pl()


def open_table(cases: pl.DataFrame) -> pl.DataFrame:
    """card_type and ``COLUMNS`` of cases; see ``_cases``."""
    in_year = pl.col("count").sum().over(*WITHIN, "icd10_3")
    kept = pl.when(in_year >= LEAST).then(pl.col("icd10_3")).otherwise(pl.lit(OTHER))
    common = pl.when(in_year >= COMMON).then(pl.col("icd10_3")).otherwise(pl.lit(OTHER))
    named = cases.with_columns(kept.alias("icd10_3"), common.alias("common"))
    cells = named.group_by(_FINEST).agg(pl.col("count").sum())
    views = {
        name: _whole(cells, list(dimensions)) for name, dimensions in (BREAKDOWNS | SHARED).items()
    }
    protected = suppress(views, WITHIN, zeros="hidden")
    return pl.concat([_row_of(protected[name], name) for name in BREAKDOWNS])


def _whole(cells: pl.DataFrame, dimensions: list[str]) -> pl.DataFrame:
    """The sums by these dimensions, with the combinations that count nobody."""
    sums = cells.group_by(*WITHIN, *dimensions).agg(pl.col("count").sum())
    every = cells.select(WITHIN).unique()
    nested = [name for name in dimensions if name in ("common", "icd10_3")]
    for names in (["month"], ["sex"], ["age_group"], nested):
        if names and set(names) <= set(dimensions):
            every = every.join(cells.select(*WITHIN, *names).unique(), on=WITHIN)
    joined = every.join(sums, on=[*WITHIN, *dimensions], how="left")
    return joined.with_columns(pl.col("count").fill_null(0)).sort(*WITHIN, *dimensions)


def _row_of(view: pl.DataFrame, name: str) -> pl.DataFrame:
    code = "icd10_3" if "icd10_3" in view.columns else "common"
    has = set(view.columns)
    return view.select(
        *WITHIN,
        pl.lit(name).alias("breakdown"),
        (pl.col("month") if "month" in has else pl.lit(None, pl.Int32)).alias("month"),
        (pl.col("sex") if "sex" in has else pl.lit("0")).alias("sex"),
        (pl.col("age_group") if "age_group" in has else pl.lit(ALL)).alias("age_group"),
        (pl.col(code) if code in has else pl.lit(ALL)).alias("icd10_3"),
        "count",
        "is_suppressed",
    )
