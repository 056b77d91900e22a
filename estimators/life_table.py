"""Abridged life tables with intervals, for many groups at once.

Guard rails follow Public Health England's PHEindicatormethods (phe_life_expectancy): no life
expectancy for a total population of 5,000 or less, an age group without population, more deaths
than people, or an interval wider than 20 years.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from .chiang import Table, from_probabilities, probabilities
from .errors import AgeGroupError, InvalidValueError
from .interval import Flags, Floats, checked_counts, z_value
from .rate import require
from .separation import separation, sex_codes

WIDEST_INTERVAL = 20.0
REASONS = (
    ("population", "总人口不超过 {minimum:g}，不计算期望寿命"),
    ("empty", "有年龄组人口为 0 或缺失，不计算期望寿命"),
    ("excess", "有年龄组死亡数大于人口数，不计算期望寿命"),
    ("open", "最高年龄组没有死亡，不能计算期望寿命"),
)
COLUMNS = (
    *("age_start", "deaths", "population", "mx", "ax", "qx"),
    *("lx", "dx", "Lx", "Tx", "ex", "ci_low", "ci_high"),
)
TOO_WIDE = "置信区间宽于 20 岁，不给出期望寿命"


def checked_underreporting(values: Floats) -> Floats:
    """Under-reporting by age as shares in [0, 1); anything else raises."""
    checked_counts(values, "underreporting")
    if (values >= 1).any():
        row = int(np.flatnonzero(values >= 1)[0])
        raise InvalidValueError(
            f"第 {row + 1} 行漏报率应小于 1（0.1 表示 10%）",
            column="underreporting",
            row=row,
        )
    return values


def age_grid(frame: pl.DataFrame, by: list[str], columns: list[str]) -> tuple[Floats, pl.DataFrame]:
    """Ascending ages and one list-column row a group; every group must have the same ages."""
    require(frame, *by, "age_start", *columns)
    checked_counts(frame["age_start"].cast(pl.Float64).to_numpy(), "age_start")
    position = pl.int_range(pl.len()).alias("first_row")
    ordered = frame.with_columns(position, pl.col("age_start").cast(pl.Float64)).sort(
        "age_start", maintain_order=True
    )
    lists = [pl.col(column).cast(pl.Float64) for column in ("age_start", *columns)]
    rest = pl.col("first_row").min()
    groups = (
        ordered.group_by(by, maintain_order=True).agg(rest, *lists)
        if by
        else ordered.select(rest, *(item.implode() for item in lists))
    ).sort("first_row")
    ages = ordered["age_start"].unique().sort().to_numpy()
    sizes = groups["age_start"].list.len()
    distinct = groups["age_start"].list.n_unique()
    if (sizes != len(ages)).any() or (distinct != len(ages)).any():
        raise AgeGroupError("各组的年龄组不一致，或有年龄组重复、缺失", column="age_start")
    return ages, groups


def matrix(groups: pl.DataFrame, column: str, missing: float) -> Floats:
    """A list column as an array (groups, age groups), nulls and NaN replaced by ``missing``."""
    filled = groups[column].list.eval(pl.element().fill_nan(None).fill_null(missing))
    return np.array(filled.to_list(), dtype=np.float64)


def life_table(
    frame: pl.DataFrame,
    by: list[str] | None = None,
    *,
    a0: float | str = 0.1,
    level: float = 0.95,
    minimum_population: float = 5000,
) -> pl.DataFrame:
    """Chiang II life tables, one row a group and age, ages ascending, last age group open.

    ``frame``: ``by`` columns, age_start (0, 1, 5 ... in years), deaths, population (person-years);
    optionally underreporting (share of deaths missed, by age: rates use deaths/(1 - share), the
    variance keeps the counted deaths) and sex (needed by the formula a0, see ``separation``).
    Returns ``by`` + age_start, deaths, population, mx, ax, qx, lx (radix 100,000), dx, Lx, Tx,
    ex, ci_low, ci_high (years), refused.

    A refused group has nulls from mx on and the reason; where only the interval is wider than 20
    years, ex and its limits are null in that row. ``minimum_population`` 0 switches that limit off.
    No rows in give no rows out. Raises AgeGroupError, NegativeCountError, InvalidValueError and
    InvalidOptionError.
    """
    by = by or []
    if frame.height == 0:
        require(frame, *by)
        return frame.select(*by).with_columns(
            *(pl.lit(None, pl.Float64).alias(name) for name in COLUMNS),
            pl.lit(None, pl.String).alias("refused"),
        )
    extra = ["underreporting"] if "underreporting" in frame.columns else []
    ages, groups = age_grid(frame, by, ["deaths", "population", *extra])
    if len(ages) < 2 or (ages[0] == 0 and ages[1] != 1):
        raise AgeGroupError("年龄组应为 0、1、5、10……，0 岁单列，至少两组", column="age_start")
    deaths = checked_counts(matrix(groups, "deaths", np.nan), "deaths")
    people = checked_counts(matrix(groups, "population", 0.0), "population")
    missed = (
        checked_underreporting(matrix(groups, "underreporting", np.nan)) if extra else 0.0 * deaths
    )
    flags = {
        "population": people.sum(axis=1) <= minimum_population,
        "empty": (people == 0).any(axis=1),
        "excess": (deaths > people).any(axis=1),
        "open": deaths[:, -1] == 0,
    }
    if minimum_population == 0:
        flags["population"][:] = False
    widths = np.append(np.diff(ages), np.inf)
    mx = deaths / (1 - missed) / np.where(people > 0, people, 1.0)
    sex = _group_sex(frame, by, groups)
    ax = separation(ages, widths, mx, a0, sex)
    widths[-1] = 1.0  # not used; keeps infinity out of the arithmetic
    table = from_probabilities(probabilities(mx, ax, widths), ax, widths, mx[:, -1], deaths)
    keys = groups.select(*by, "first_row").with_columns(_reasons(flags, minimum_population))
    return _long(keys, ages, deaths, people, mx, ax, table, z_value(level))


def _group_sex(frame: pl.DataFrame, by: list[str], groups: pl.DataFrame) -> list[int] | None:
    if "sex" in by:
        return sex_codes(groups["sex"].to_list())
    if "sex" in frame.columns and frame["sex"].n_unique() == 1:
        return sex_codes([frame["sex"][0]]) * groups.height
    return None


def _reasons(flags: dict[str, Flags], minimum: float) -> pl.Expr:
    reason = pl.lit(None, dtype=pl.String)
    for name, text in reversed(REASONS):
        flag = pl.Series(flags[name])
        reason = pl.when(flag).then(pl.lit(text.format(minimum=minimum))).otherwise(reason)
    return reason.alias("refused")


def _long(
    keys: pl.DataFrame,
    ages: Floats,
    deaths: Floats,
    people: Floats,
    mx: Floats,
    ax: Floats,
    table: Table,
    z: float,
) -> pl.DataFrame:
    count = len(ages)
    rows = keys[np.repeat(np.arange(keys.height), count)]
    with np.errstate(invalid="ignore"):  # groups refused for want of deaths
        low, high = table.ex - z * table.e_se, table.ex + z * table.e_se
    numbers = (
        *(np.tile(ages, keys.height), deaths, people, mx, ax, table.qx, table.lx, table.dx),
        *(table.person_years, table.total_years, table.ex, low, high),
    )
    values = dict(zip(COLUMNS, numbers, strict=True))
    long = rows.with_columns(pl.Series(k, v.reshape(-1)) for k, v in values.items())
    long = long.with_columns(
        pl.when(pl.col("refused").is_null()).then(pl.col(list(values)[3:])),
    )
    too_wide = (pl.col("ci_high") - pl.col("ci_low")) > WIDEST_INTERVAL
    return long.with_columns(
        pl.when(~too_wide).then(pl.col("ex", "ci_low", "ci_high")),
        pl.when(too_wide).then(pl.lit(TOO_WIDE)).otherwise(pl.col("refused")).alias("refused"),
    ).select(
        *(c for c in keys.columns if c not in ("first_row", "refused")),
        *values,
        "refused",
    )
