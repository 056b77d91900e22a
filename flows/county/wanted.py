"""Which areas get a file of their own, and where it lies."""

from __future__ import annotations

import copy
import re

import duckdb

from flows.county.decide import prefix_of
from flows.home import Home, UserError

FOLDER = "published"
#: Counties the home is about, as sql/work/area.sql: those with people, else those with units.
COUNTIES = """
with place as (
    select left(area_code, 6) as area_code, 1 as rank from reference.population
    union
    select left(area_code, 6), 2 from reference.institution
)
select distinct area_code from place
where length(area_code) = 6 and area_code not like '%0000'
    and rank = (select min(rank) from place)
order by area_code
"""


def wanted(home: Home, whole: duckdb.DuckDBPyConnection) -> list[str]:
    """The 6-digit codes of the files, a city's ending in 00; from the settings and the whole file.

    Raises:
        UserError: a setting that is no code of a county, city or province.
    """
    areas = {area_of(code) for code in home.settings.publish_areas}
    if home.settings.publish_by_county:
        counties = [code for (code,) in whole.execute(COUNTIES).fetchall()]
        areas |= {*counties, *(f"{code[:4]}00" for code in counties)}
    return sorted(areas)


def area_of(code: str) -> str:
    """`3303` and `330300` are one city.

    Raises:
        UserError: it is no code.
    """
    if not re.fullmatch(r"\d{2}|\d{4}|\d{6}", code):
        raise UserError(f"地区编码 {code[:20]} 应为 2、4 或 6 位数字，如 330329 或 3303。")
    return prefix_of(code).ljust(6, "0")


def of_county(home: Home, code: str | None) -> Home:
    """The same installation as one of its counties sees it.

    Args:
        home: the installation.
        code: of a county or city; None: the home itself.

    Raises:
        UserError: that county has no file.
    """
    if code is None:
        return home
    area = area_of(code)
    file = home.path / FOLDER / f"{area}.duckdb"
    if not file.exists():
        known = "、".join(sorted(path.stem for path in file.parent.glob("*.duckdb"))) or "无"
        raise UserError(
            f"没有 {area} 的县级发布库（已有：{known}）。请在 settings.toml 中写"
            f' publish_areas = ["{area}"] 或 publish_by_county = true，再运行 zhikong night。'
        )
    seen = copy.copy(home)
    seen.published = file
    seen.reports = home.reports / area
    return seen
