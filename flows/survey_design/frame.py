"""The sampling frame: towns and people from the published file, villages from a filled table."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from flows.fields import CARDS
from flows.home import Home, UserError
from flows.published import open_published
from flows.survey_design.plan_file import STRATA_ZH
from flows.survey_design.workbook import number_of, sheet_rows

#: Columns of the village frame people fill in.
TOWN_CODE, TOWN_NAME = "乡镇编码", "乡镇名称"
VILLAGE_CODE, VILLAGE_NAME = "村（居）编码", "村（居）名称"
HOUSEHOLDS, PEOPLE = "户数", "人口数"
FRAME_SHEET = "村居抽样框"
FRAME_COLUMNS = [TOWN_CODE, TOWN_NAME, VILLAGE_CODE, VILLAGE_NAME, HOUSEHOLDS, PEOPLE]


@dataclass(frozen=True)
class Frame:
    """What the published file says of one county."""

    area_code: str
    area_name: str
    as_of: date
    year: int  # of the populations
    residency: str
    towns: pl.DataFrame  # town_code, town_name, stratum, people
    villages: (
        pl.DataFrame
    )  # town_code, village_code, village_name, households, people; may be empty
    yearly_events: dict[str, float]
    last_survey: tuple[int, float] | None  # year and 漏报率 (%) of the newest household survey


def read_frame(home: Home, year: int, area: str | None, residency: str) -> Frame:
    """Read the frame of a county.

    Args:
        home: with a published file.
        year: of the events; the newest population not after it is taken.
        area: 6-digit county; the home's own if None.
        residency: `registered` or `resident`.

    Raises:
        UserError: no published file, no county, or no population by town.
    """
    with open_published(home) as connection:
        as_of, own = connection.execute("select as_of, area_code from reference.home").fetchall()[0]
        county = area or own
        if not county:
            raise UserError("不知道是哪个县：请用 --area 给出 6 位地区编码。")
        people = _people(connection, county, year, residency)
        areas = connection.execute(
            "select area_code, area_name, urban_rural from reference.area where area_code = ?"
            " or left(area_code, 6) = ? order by area_code",
            [county, county],
        ).pl()
        names = dict(areas.select("area_code", "area_name").iter_rows())
        classes = dict(areas.select("area_code", "urban_rural").iter_rows())
        kind = classes.get(county) or "rural"
        towns = people.filter(pl.col("area_code").str.len_chars() == 9).select(
            town_code="area_code",
            town_name=pl.col("area_code").replace_strict(names, default=None),
            stratum=pl.col("area_code")
            .replace_strict(classes, default=None)
            .fill_null(kind)
            .replace_strict(STRATA_ZH),
            people="people",
        )
        return Frame(
            county, names.get(county) or county, as_of, int(people["year"][0]), residency,
            towns.sort("town_code"), _villages(people, names),
            {name: _yearly(connection, county, name, year) for name in CARDS},
            _last_survey(connection, county),
        )  # fmt: skip


def _people(
    connection: duckdb.DuckDBPyConnection, county: str, year: int, residency: str
) -> pl.DataFrame:
    """Area_code, year, people > 0 of towns and villages in the newest year not after ``year``."""
    found = connection.execute(
        "select area_code, year, sum(population) as people from reference.population"
        " where left(area_code, 6) = ? and length(area_code) > 6 and residency = ? and year <= ?"
        " group by area_code, year having sum(population) > 0 order by year, area_code",
        [county, residency, year],
    ).pl()
    towns = found.filter(pl.col("area_code").str.len_chars() == 9)
    if towns.is_empty():
        named = "户籍" if residency == "registered" else "常住"
        raise UserError(
            f"发布库中没有 {county} 在 {year} 年及以前的分乡镇{named}人口，不能按人口抽取乡镇。"
            "请把分乡镇人口表放入收件目录并运行 zhikong night。"
        )
    newest = towns["year"].max()
    return found.filter(pl.col("year") == newest)


def _villages(people: pl.DataFrame, names: dict[str, str]) -> pl.DataFrame:
    """Villages that the population tables know; households are not in them, people stand in."""
    return people.filter(pl.col("area_code").str.len_chars() == 12).select(
        town_code=pl.col("area_code").str.slice(0, 9),
        village_code="area_code",
        village_name=pl.col("area_code").replace_strict(names, default=None),
        households=pl.lit(None, pl.Int64),
        people="people",
    )


def _yearly(connection: duckdb.DuckDBPyConnection, county: str, card_type: str, year: int) -> float:
    """Counted official cards a year, mean of up to three years that have any."""
    row = connection.execute(
        "select avg(number) from (select year, count(*) as number"
        f" from card.{card_type} where area_code = ? and is_counted and count_base = 'official'"
        " and year between ? and ? group by year)",
        [county, year - 2, year],
    ).fetchone()
    return round(float(row[0]), 1) if row and row[0] is not None else 0.0


def _last_survey(connection: duckdb.DuckDBPyConnection, county: str) -> tuple[int, float] | None:
    rows = connection.execute(
        "select year, sum(missed_count) * 100.0 / sum(eligible_count) from indicator.survey"
        " where purpose = 'household_survey' and area_code = ? and eligible_count > 0"
        " group by year order by year desc limit 1",
        [county],
    ).fetchall()
    return (int(rows[0][0]), float(rows[0][1])) if rows else None


def read_villages(file: Path, towns: pl.DataFrame) -> pl.DataFrame:
    """The filled frame of villages.

    Args:
        file: `.xlsx` of `frame_book`, filled.
        towns: the drawn towns (town_code, town_name).

    Returns:
        town_code, village_code, village_name, households, people.

    Raises:
        UserError: the sentence names the row: an unknown town, no code, two of one code, households
            that are no number above 0; or a drawn town without villages.
    """
    known = set(towns["town_code"])
    rows: list[dict[str, Any]] = []
    seen: dict[str, int] = {}
    for number, cells in sheet_rows(file, FRAME_SHEET, FRAME_COLUMNS):
        place = f"{file.name} 第 {number} 行"
        if not any(cells[name] for name in FRAME_COLUMNS[2:]):
            continue
        town, code = cells[TOWN_CODE], cells[VILLAGE_CODE]
        if town not in known:
            raise UserError(f"{place}：{TOWN_CODE}不是抽中的乡镇，请核对。")
        if not code or not cells[VILLAGE_NAME]:
            raise UserError(f"{place}：{VILLAGE_CODE}和{VILLAGE_NAME}都要填写。")
        if code in seen:
            raise UserError(f"{place}：{VILLAGE_CODE}与第 {seen[code]} 行重复，请核对。")
        seen[code] = number
        households = number_of(cells[HOUSEHOLDS], place, HOUSEHOLDS, least=1)
        people = number_of(cells[PEOPLE], place, PEOPLE, least=0) if cells[PEOPLE] else None
        rows.append({
            "town_code": town, "village_code": code, "village_name": cells[VILLAGE_NAME],
            "households": households, "people": people,
        })  # fmt: skip
    frame = pl.DataFrame(
        rows,
        schema={
            "town_code": pl.String, "village_code": pl.String, "village_name": pl.String,
            "households": pl.Int64, "people": pl.Float64,
        },
    )  # fmt: skip
    empty = towns.join(frame, on="town_code", how="anti")
    if empty.height:
        names = "、".join(empty["town_name"].fill_null("").to_list())
        raise UserError(f"{file.name}：下列抽中的乡镇没有填写村（居）：{names}。")
    return frame
