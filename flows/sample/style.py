"""Canonical values -> values as people export them: labels, other dates, odd codes.

Everything written here must come back to the same canonical value; a planted fault is written
over it afterwards, untouched.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import polars as pl

from flows.sample.county import County
from flows.sample.tables import labels, table

CODE, LABEL, BOTH = 0, 1, 2
STYLE_SHARE = (0.55, 0.30, 0.15)
DATE_FORMATS = ("%Y-%m-%d", "%Y/%-m/%-d", "%Y%m%d", "%Y年%-m月%-d日")
DATE_SHARE = (0.6, 0.25, 0.07, 0.08)
FULL_WIDTH = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}  # U+FF01 ff.: 12 -> wide 12


@cache
def kinds(card_type: str) -> dict[str, tuple[str, str]]:
    """Field -> (data type, code list)."""
    rows = table("field").filter(pl.col("card_type") == card_type)
    return {
        name: (data_type, code_list)
        for name, data_type, code_list in rows.select("field", "data_type", "code_list").iter_rows()
    }


def exported(
    rng: np.random.Generator,
    place: County,
    orgs: pl.DataFrame,
    frame: pl.DataFrame,
    card_type: str,
    *,
    with_labels: bool,
) -> pl.DataFrame:
    """Write the values of a card type in several ways, row by row.

    Args:
        rng: source of chance.
        place: the county (its area names).
        orgs: the institutions (their names).
        frame: canonical text.
        card_type: one of the four cards.
        with_labels: labels and names beside codes; without it codes stay codes.
    """
    count = frame.height
    style = rng.choice(3, count, p=STYLE_SHARE) if with_labels else np.zeros(count, dtype=int)
    dates = rng.choice(4, count, p=DATE_SHARE)
    odd = rng.random(count)
    work = frame.with_columns(
        pl.Series("style_", style), pl.Series("dates_", dates), pl.Series("odd_", odd)
    )
    expressions = []
    for name in frame.columns:
        data_type, code_list = kinds(card_type)[name]
        column = pl.col(name)
        if name == "behaviour":  # one file writes it behind the morphology
            expressions.append(column)
        elif data_type == "code" and code_list:
            expressions.append(_coded(name, code_list))
        elif data_type in ("date", "datetime"):
            expressions.append(_dated(name, data_type))
        elif data_type == "icd10":
            expressions.append(_icd10(name))
        elif data_type == "id_number":
            expressions.append(_number(name))
        elif data_type == "org":
            expressions.append(_named(name, dict(orgs.select("org_code", "org_name").iter_rows())))
        elif data_type in ("area", "town"):
            expressions.append(_area(name, place))
        elif name == "name":
            expressions.append(
                pl.when(pl.col("odd_") < 0.02).then(column + "　").otherwise(column).alias(name)
            )
        else:
            expressions.append(column)
    return work.select(expressions)


def _filled(name: str) -> pl.Expr:
    return pl.col(name) != ""


def _coded(name: str, code_list: str) -> pl.Expr:
    """`1`, `男` or `1.男`; lists whose labels could be taken for codes stay codes."""
    known = labels(code_list)
    column = pl.col(name)
    if len(set(known.values())) < len(known) or any(len(label) < 2 and label not in "男女是否左右无"
                                                    for label in known.values()):  # fmt: skip
        return column
    label = column.replace_strict(known, default="", return_dtype=pl.String)
    return (
        pl.when(~_filled(name) | (label == "") | (pl.col("style_") == CODE))
        .then(column)
        .when(pl.col("style_") == LABEL)
        .then(label)
        .otherwise(column + "." + label)
        .alias(name)
    )


def _dated(name: str, data_type: str) -> pl.Expr:
    column = pl.col(name)
    if data_type == "date":
        day = column.str.to_date("%Y-%m-%d", strict=False)
        formats = DATE_FORMATS
    else:
        day = column.str.to_datetime("%Y-%m-%d %H:%M:%S", strict=False)
        formats = ("%Y-%m-%d %H:%M:%S", "%Y/%-m/%-d %H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M")
    shown = column
    for number, pattern in enumerate(formats[1:], 1):
        is_so = _filled(name) & (pl.col("dates_") == number)
        shown = pl.when(is_so).then(day.dt.to_string(pattern)).otherwise(shown)
    return shown.alias(name)


def _icd10(name: str) -> pl.Expr:
    """A few codes without dot, in lower case, full width or with Chinese extension digits."""
    column, odd = pl.col(name), pl.col("odd_")
    longer = (
        pl.when(column.str.contains(".", literal=True))
        .then(column + "00")
        .otherwise(column + ".x00")
    )
    wide = column.replace_strict(
        {code: code.translate(FULL_WIDTH) for code in _codes()}, default=column
    )
    return (
        pl.when(~_filled(name))
        .then(column)
        .when(odd < 0.03)
        .then(column.str.replace_all(".", "", literal=True))
        .when(odd < 0.06)
        .then(longer)
        .when(odd < 0.07)
        .then(longer + "x003")
        .when(odd < 0.08)
        .then(column.str.to_lowercase())
        .when(odd < 0.09)
        .then(wide)
        .otherwise(column)
        .alias(name)
    )


@cache
def _codes() -> tuple[str, ...]:
    names = ("sample_cause", "sample_chain", "sample_site")
    return tuple(sorted({code for name in names for code in table(name)["icd10"]}))


def _number(name: str) -> pl.Expr:
    """A few ID numbers with Excel's apostrophe or a small x."""
    column, odd = pl.col(name), pl.col("odd_")
    return (
        pl.when(_filled(name) & (odd > 0.97))
        .then("'" + column)
        .when(odd > 0.85)
        .then(column.str.to_lowercase())
        .otherwise(column)
        .alias(name)
    )


def _named(name: str, names: dict[str, str]) -> pl.Expr:
    """The name instead of the code in rows with labels."""
    column = pl.col(name)
    known = column.replace_strict(names, default=column, return_dtype=pl.String)
    use = (pl.col("style_") == LABEL) & _filled(name)
    return pl.when(use).then(known).otherwise(column).alias(name)


def _area(name: str, place: County) -> pl.Expr:
    """The county's own areas by name, or in the province's 8 and the 12-digit form."""
    column, odd = pl.col(name), pl.col("odd_")
    own = {place.area_code: place.name, place.city_code: place.city_name}
    own |= dict(zip(place.town_codes, place.town_names, strict=True))
    shown = column.replace_strict(own, default=column, return_dtype=pl.String)
    zeros = pl.when(column.str.len_chars() == 9).then(column + "000").otherwise(column + "00")
    padded = pl.when(column.str.ends_with("0000")).then(column).otherwise(zeros)
    return (
        pl.when(~_filled(name))
        .then(column)
        .when((pl.col("style_") == LABEL) & (odd < 0.5))
        .then(shown)
        .when((odd > 0.9) & (pl.col("style_") == CODE))
        .then(padded)
        .otherwise(column)
        .alias(name)
    )
