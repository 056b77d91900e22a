"""What a report is made of, read from the published file once."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

import duckdb
import polars as pl

from flows.gap_text import plain_name
from flows.home import Home, UserError
from flows.published import RESIDENCY_ZH, open_published

Row = dict[str, Any]
#: Tables of one county and year by residency: name -> SELECT with the parameters area, year,
#: residency. `null` residency of institution-based indicators joins either.
BY_RESIDENCY = {
    "cause": "select * from indicator.cause_of_death where area_code = $area and year = $year"
    " and residency = $residency order by cause_group, sex",
    "cause_age": "select * from indicator.cause_age where area_code = $area and year = $year"
    " and residency = $residency order by cause_group, sex, age_group",
    "events": "select * from indicator.event_age where left(area_code, 6) = $area"
    " and year between $year - 1 and $year and residency = $residency"
    " order by area_code, year, event, sex, age_group",
    "cancer": "select * from indicator.cancer where area_code = $area and year = $year"
    " and residency = $residency order by grouping, group_code, sex",
    "cancer_age": "select * from indicator.cancer_age where area_code = $area and year = $year"
    " and residency = $residency order by grouping, group_code, sex, age_group",
    "cancer_quality": "select * from indicator.cancer_quality where area_code = $area"
    " and year = $year and residency = $residency and org_code is null"
    " order by grouping, group_code, sex",
    "trend": "select * from indicator.trend where area_code = $area and residency = $residency"
    " qualify max(year_to) over (partition by indicator) = $year order by indicator, segment",
    "funnel": "select * from indicator.funnel where county_code = $area and year = $year"
    " and residency = $residency and standardisation = 'indirect' order by indicator, area_code",
    "people": "select population.*, age_group.sort_no, age_group.age_from"
    " from reference.population as population inner join reference.age_group as age_group"
    " on population.age_group = age_group.age_group where left(population.area_code, 6) = $area"
    " and population.year between $year - 1 and $year and population.residency = $residency"
    " order by population.area_code, population.year, population.sex, age_group.sort_no",
}
BY_AREA = {
    "summary": "select * from indicator.summary where left(area_code, 6) = $area"
    " and org_code is null and year <= $year order by area_code, year, residency, indicator",
    "survival": "select * from indicator.survival where area_code = $area"
    " and period = (select max(period) from indicator.survival where area_code = $area"
    " and left(period, 4) <= cast($year as varchar)) order by group_code, sex, time_years, method",
    "criteria": "select * from score.criterion where area_code = $area and year = $year + 1"
    " order by criteria_set, item_no, criterion_no",
    "towns": "select area_code, area_name from reference.area"
    " where area_code <> $area and left(area_code, 6) = $area and length(area_code) = 9"
    " and $year > 0 order by area_code",
    "institutions": "select org_code, org_name, org_level, reports_death, reports_tumour,"
    " reports_cardio, reports_diabetes, interfaced from reference.institution"
    " where left(area_code, 6) = $area"
    " and coalesce(year(opened_on), 0) <= $year and coalesce(year(closed_on), 9999) >= $year"
    " order by org_code",
    "findings": """
        with card as (
            select 'death' as card_type, card_id, year, report_area_code from card.death
            union all
            select 'tumour', card_id, year, report_area_code from card.tumour
            union all
            select 'cardio', card_id, year, report_area_code from card.cardio
            union all
            select 'diabetes', card_id, year, report_area_code from card.diabetes
        )
        select
            finding.rule_id, finding.card_type, finding.severity, finding.org_code,
            rule.message_zh, rule.dimension,
            count(*) as found_count, count(finding.resolved_on) as resolved_count
        from quality.finding as finding
        inner join card
            on finding.card_type = card.card_type and finding.card_id = card.card_id
        left join quality.rule as rule on finding.rule_id = rule.rule_id
        where card.year = $year and card.report_area_code = $area
        group by all
        order by finding.rule_id, finding.org_code
    """,
    "checked": """
        select rule_result.rule_id,
            cast(sum(rule_result.checked_count) as bigint) as checked_count
        from quality.rule_result as rule_result
        inner join reference.institution as institution
            on rule_result.org_code = institution.org_code
        where left(institution.area_code, 6) = $area
            and left(rule_result.month, 4) = cast($year as varchar)
        group by all order by rule_result.rule_id
    """,
    "unit_year": """
        select org_code,
            cast(sum(card_count) as bigint) as card_count,
            cast(sum(zero_report_count) as bigint) as zero_report_count
        from indicator.unit_month
        where area_code = $area and left(month, 4) = cast($year as varchar)
        group by all order by org_code
    """,
    "state": "select card_type, count_base, audit_status, cast(sum(card_count) as bigint)"
    " as card_count from quality.card_state where report_area_code = $area and year = $year"
    " group by all order by all",
    "reconciliation": "select * from quality.reconciliation where place_code = $area"
    " and year = $year order by card_type, basis",
    "survey": "select * from indicator.survey where area_code = $area and year between $year - 3"
    " and $year order by year, purpose, card_type",
    "quality_org": "select * from indicator.summary where org_code is not null"
    " and area_code = $area and year = $year order by org_code, indicator",
}
PLAIN = {
    "definition": "select * from indicator.definition order by indicator",
    "age_group": "select * from reference.age_group order by sort_no",
    "standard": "select * from reference.standard_population order by standard, age_group",
    "data_state": "select * from quality.data_state order by card_type",
}


@dataclass(frozen=True)
class Facts:
    """One county and year: names, the day of the data, and frames by name."""

    area_code: str
    area_name: str
    year: int
    residency: str
    as_of: date
    frames: dict[str, pl.DataFrame]
    values: dict[tuple[str, str, int], Row] = field(default_factory=dict)

    def __getitem__(self, name: str) -> pl.DataFrame:
        """A frame by the name it has in ``BY_RESIDENCY``, ``BY_AREA`` or ``PLAIN``."""
        return self.frames[name]

    @property
    def residency_zh(self) -> str:
        """户籍 or 常住."""
        return RESIDENCY_ZH[self.residency]

    def value(self, indicator: str, year: int | None = None, area: str | None = None) -> Row | None:
        """An indicator's row, or None where there is no value."""
        row = self.values.get((area or self.area_code, indicator, year or self.year))
        return row if row is not None and row["value"] is not None else None

    def name(self, indicator: str) -> str:
        """An indicator's Chinese name without its unit."""
        found = self["definition"].filter(pl.col("indicator") == indicator)["name_zh"]
        return plain_name(found[0]) if found.len() else indicator

    def population(self, area: str | None = None, year: int | None = None) -> pl.DataFrame:
        """People of a place: sex, age_group, sort_no, age_from, population."""
        return self["people"].filter(
            (pl.col("area_code") == (area or self.area_code))
            & (pl.col("year") == (year or self.year))
        )

    def people(self, sex: str | None = None) -> float | None:
        """How many people the county has, of one sex or both; None where that is not known."""
        own = self.population()
        if sex in ("1", "2"):
            own = own.filter(pl.col("sex") == sex)
        return float(own["population"].sum()) if own.height else None

    def events(self, event: str, area: str | None = None, year: int | None = None) -> pl.DataFrame:
        """Events of a place by sex and age."""
        return self["events"].filter(
            (pl.col("area_code") == (area or self.area_code))
            & (pl.col("year") == (year or self.year))
            & (pl.col("event") == event)
        )


def read_facts(home: Home, year: int, area: str | None) -> Facts:
    """Everything a report of ``year`` asks of the published file.

    Raises:
        UserError: there is no published file, the county is unknown, or the year is not over.
    """
    with open_published(home) as connection:
        ((as_of, own),) = connection.execute(
            "select as_of, area_code from reference.home"
        ).fetchall()
        code = area or home.settings.area or own or only_county(connection)
        name = area_name(connection, code)
        if year >= as_of.year:
            raise UserError(
                f"{year} 年尚未结束（数据截至 {as_of}），年度报告只能写已结束的年份；"
                f"请改用 --year {as_of.year - 1} 或更早的年份，年内请用 zhikong brief。"
            )
        residency = _residency(connection, code, year)
        given = {"area": code, "year": year}
        frames = {
            table: connection.execute(sql, given | {"residency": residency}).pl()
            for table, sql in BY_RESIDENCY.items()
        }
        frames |= {table: connection.execute(sql, given).pl() for table, sql in BY_AREA.items()}
        frames |= {table: connection.execute(sql).pl() for table, sql in PLAIN.items()}
    values = {
        (row["area_code"], row["indicator"], row["year"]): row
        for row in frames["summary"].to_dicts()
        if row["residency"] in (residency, None)
    }
    return Facts(code, name, year, residency, as_of, frames, values)


def only_county(connection: duckdb.DuckDBPyConnection) -> str:
    """The one county with numbers; a UserError that lists them where there are more or none."""
    found = connection.execute(
        "select distinct area_code from indicator.summary where length(area_code) = 6 order by 1"
    ).fetchall()
    if len(found) == 1:
        return str(found[0][0])
    known = "、".join(code for (code,) in found) or "无"
    raise UserError(f"请用 --area 指明县区编码（库中有：{known}）。")


def area_name(connection: duckdb.DuckDBPyConnection, code: str) -> str:
    """A county's name; a UserError for what is none."""
    found = connection.execute(
        "select area_name from reference.area where area_code = ? and length(area_code) = 6"
        " and right(area_code, 2) <> '00'",
        [code],
    ).fetchall()
    if not found:
        counties = connection.execute(
            "select distinct left(area_code, 6) from reference.population"
            " where right(left(area_code, 6), 2) <> '00' order by 1"
        ).fetchall()
        known = "、".join(str(county) for (county,) in counties) or "无"
        raise UserError(f"{code} 不是县区编码，请用 --area 给出（有人口资料的县区：{known}）。")
    return str(found[0][0])


def _residency(connection: duckdb.DuckDBPyConnection, code: str, year: int) -> str:
    """Registered people where they are known, else the resident ones."""
    found = connection.execute(
        "select distinct residency from reference.population where area_code = ? and year = ?",
        [code, year],
    ).fetchall()
    known = {residency for (residency,) in found}
    return "resident" if known == {"resident"} else "registered"
