"""Which county, year and people the pages speak of, and what a page calls them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import duckdb

RESIDENCY_ZH = {"registered": "户籍人口", "resident": "常住人口"}


@dataclass(frozen=True)
class Place:
    """The county of the pages."""

    area_code: str
    name_zh: str
    as_of: date
    score_year: int | None  # 评估年 of the last closed data year
    last_year: int | None  # last complete year with a population
    residency: str

    @property
    def residency_zh(self) -> str:
        """户籍人口 or 常住人口."""
        return RESIDENCY_ZH.get(self.residency, self.residency)


def place_of(published: duckdb.DuckDBPyConnection) -> Place:
    """Read it from the published file; a home that knows no county is called 本地区."""

    def one(sql: str, *values: object) -> object:
        row = published.execute(sql, list(values)).fetchone()
        return row[0] if row else None

    as_of = one("select as_of from reference.home")
    assert isinstance(as_of, date)
    area = one(
        "select coalesce(home.area_code, (select min(item.area_code) from score.item as item),"
        " (select min(left(population.area_code, 6)) from reference.population as population), '')"
        " from reference.home as home"
    )
    # A city's home: its pages draw the first of its counties, the scores show all.
    scored = one(
        "select min(area_code) from score.item where area_code like ?",
        f"{str(area)[:4] if str(area).endswith('00') else area}%",
    )
    area_code = str(scored or area or "")
    name = one("select area_name from reference.area where area_code = ?", area_code)
    score_year = one(
        "select max(year) from score.criterion where area_code = ? and data_year < year"
        " and data_year < ? and value is not null",
        area_code,
        as_of.year,
    )
    last_year = one(
        "select max(population.year) from reference.population as population"
        " inner join reference.period as period on population.year = period.year"
        " and period.kind = 'year' and period.is_complete where population.area_code = ?",
        area_code,
    )
    residency = one(
        "select residency from score.criterion where area_code = ? and residency is not null"
        " and indicator = 'crude_death_rate_per_1000' order by year desc limit 1",
        area_code,
    )
    return Place(
        area_code,
        str(name or "本地区"),
        as_of,
        score_year if isinstance(score_year, int) else None,
        last_year if isinstance(last_year, int) else None,
        str(residency or "registered"),
    )
