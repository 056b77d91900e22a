"""Expected (population) hazards from a life table, and a cohort's walk through its cells."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from .errors import AgeGroupError, InvalidValueError, MissingColumnError
from .interval import Floats, Integers, checked_counts
from .rate import require
from .separation import BOTH, sex_codes

YEAR_DAYS = 365.241  # the mean year of R's relsurv; 365.25 would move S(5) in the sixth digit
EPOCH_YEAR = 1970


@dataclass(frozen=True)
class HazardTable:
    """Hazards per day, shape (sexes, years, ages), constant inside a cell.

    ``age_days`` and ``year_days`` are the ascending starts of the cells (age in days; days since
    1970-01-01). The first cell reaches back, the last one forward without end.
    """

    hazard: Floats
    age_days: Floats
    year_days: Floats
    sex_row: dict[int, int]


@dataclass(frozen=True)
class Walk:
    """Stays of persons in cells: one entry a stay, plus each person's cumulative hazard at exit.

    ``start`` and ``end`` are days since diagnosis, ``before`` the cumulative hazard at ``start``.
    """

    cell: Integers
    start: Floats
    end: Floats
    before: Floats
    person: Integers
    cumulative: Floats


def hazard_table(frame: pl.DataFrame) -> HazardTable:
    """Build the table from columns sex, year, age and hazard (per year) or qx.

    Every sex needs the same years and ages; ages may be single or abridged (0, 1, 5 ...); a sex
    coded 0 serves persons of a sex the table lacks. qx becomes -ln(1-qx)/width; a last age group
    with qx = 1 takes the hazard of the group before it. Raises MissingColumnError,
    InvalidValueError, AgeGroupError.
    """
    require(frame, "sex", "year", "age")
    if "hazard" not in frame.columns and "qx" not in frame.columns:
        raise MissingColumnError("寿命表缺少 hazard 或 qx 列", column="hazard")
    measure = "hazard" if "hazard" in frame.columns else "qx"
    numbers = frame.select(pl.col("year", "age", measure).cast(pl.Float64)).with_columns(
        pl.Series("sex", sex_codes(frame["sex"].to_list()))
    )
    for column in ("year", "age", measure):
        checked_counts(numbers[column].fill_null(np.nan).to_numpy(), column)
    numbers = numbers.sort("sex", "year", "age")
    sexes, years, ages = (numbers[c].unique().sort().to_numpy() for c in ("sex", "year", "age"))
    shape = (len(sexes), len(years), len(ages))
    if (
        numbers.height != np.prod(shape)
        or numbers.select("sex", "year", "age").is_duplicated().any()
    ):
        raise AgeGroupError("寿命表每个性别、年份的年龄组应相同且不重复", column="age")
    values = numbers[measure].to_numpy().reshape(shape)
    if measure == "qx":
        values = _hazards_from_probabilities(values, ages)
    days = [
        (np.datetime64(f"{int(y)}-01-01") - np.datetime64("1970-01-01")).astype(int) for y in years
    ]
    return HazardTable(
        values / YEAR_DAYS,
        ages * YEAR_DAYS,
        np.array(days, dtype=np.float64),
        {int(sex): row for row, sex in enumerate(sexes)},
    )


def from_life_table(table: pl.DataFrame, year: int) -> pl.DataFrame:
    """A county's own ``life_table`` result as a hazard table (sex, year, age, hazard per year).

    ``table`` must have a sex column among its groups; refused groups raise, because a gap in the
    expected hazards would pass as immortality. Pool several years first: an age group without
    deaths has hazard 0.
    """
    require(table, "sex", "age_start", "mx")
    if table["mx"].null_count():
        row = int(table["mx"].is_null().arg_true()[0])
        raise InvalidValueError("寿命表有未能计算的组，不能用作期望死亡率", column="mx", row=row)
    return table.select(
        "sex", pl.lit(year).alias("year"), pl.col("age_start").alias("age"), hazard="mx"
    )


def _hazards_from_probabilities(qx: Floats, ages: Floats) -> Floats:
    if (qx > 1).any() or (qx[:, :, :-1] >= 1).any():
        raise InvalidValueError("qx 应在 0 与 1 之间（只有最高年龄组可为 1）", column="qx")
    widths = np.append(np.diff(ages), 1.0)
    certain = qx[:, :, -1] >= 1
    hazard: Floats = -np.log1p(-np.where(qx < 1, qx, 0.0)) / widths
    if certain.any():
        if len(ages) < 2:
            raise InvalidValueError("只有一个年龄组且 qx = 1，无法换算死亡率", column="qx")
        hazard[:, :, -1] = np.where(certain, hazard[:, :, -2], hazard[:, :, -1])
    return hazard


def sex_rows(table: HazardTable, codes: list[int]) -> Integers:
    """Row of the table for each sex code; the row of both sexes where the code is absent."""
    fallback = table.sex_row.get(BOTH)
    rows = [table.sex_row.get(code, fallback) for code in codes]
    for position, row in enumerate(rows):
        if row is None:
            raise InvalidValueError(
                f"寿命表没有第 {position + 1} 行的性别", column="sex", row=position
            )
    return np.array(rows, dtype=np.int64)


def walk(table: HazardTable, sex: Integers, age: Floats, diagnosis: Floats, stop: Floats) -> Walk:
    """Split each person's time 0 ... ``stop`` at the birthdays and new years of the table.

    ``age`` in days at diagnosis, ``diagnosis`` in days since 1970-01-01, ``stop`` in days since
    diagnosis. Loops over crossings, not persons: about two passes a year of follow-up.
    """
    ages, years = np.append(table.age_days, np.inf), np.append(table.year_days, np.inf)
    age_cell = np.maximum(np.searchsorted(table.age_days, age, side="right") - 1, 0)
    year_cell = np.maximum(np.searchsorted(table.year_days, diagnosis, side="right") - 1, 0)
    hazard = table.hazard.reshape(-1)
    cumulative, now = np.zeros(len(stop)), np.zeros(len(stop))
    who = np.flatnonzero(stop > 0)
    stays: list[tuple[Integers, Floats, Floats, Floats, Integers]] = []
    while who.size:
        cell = (sex[who] * len(table.year_days) + year_cell[who]) * len(table.age_days) + age_cell[
            who
        ]
        birthday = ages[age_cell[who] + 1] - age[who]
        new_year = years[year_cell[who] + 1] - diagnosis[who]
        end = np.minimum(np.minimum(birthday, new_year), stop[who])
        start, before = now[who], cumulative[who]
        stays.append((cell, start, end, before, who))
        cumulative[who] = before + hazard[cell] * (end - start)
        now[who] = end
        age_cell[who] += birthday <= end
        year_cell[who] += new_year <= end
        who = who[end < stop[who]]
    if not stays:
        none, empty = np.zeros(0, dtype=np.int64), np.zeros(0)
        return Walk(none, empty, empty, empty, none, cumulative)
    cell, start, end, before, person = (np.concatenate(part) for part in zip(*stays, strict=True))
    return Walk(cell, start, end, before, person, cumulative)
