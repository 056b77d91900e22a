"""The figures of the annual report."""

from __future__ import annotations

import polars as pl

from flows.figures.theme import (
    BLUE,
    FEMALE_ZH,
    HEIGHT,
    MALE_ZH,
    SHAPES,
    VERMILLION,
    Figure,
    number,
    rows,
    sex_colour,
    step,
    word,
)

SEX = {"1": MALE_ZH, "2": FEMALE_ZH}
WIDTH = 460


def _sexed(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.filter(pl.col("sex").is_in(list(SEX))).with_columns(
        pl.col("sex").replace_strict(SEX)
    )


def pyramid(people: pl.DataFrame, ages: list[str]) -> Figure:
    """Population by age and sex, men to the left: sex, age_group, population."""
    signed = _sexed(people).with_columns(
        people=pl.when(pl.col("sex") == MALE_ZH).then(-pl.col("population")).otherwise("population")
    )
    axis = {"labelExpr": "format(abs(datum.value), '.0f')", "tickCount": 7}
    return {
        "data": rows(signed.select("sex", "age_group", "people")),
        "mark": {"type": "bar"},
        "encoding": {
            "x": number("people", title="人口数（人）", axis=axis),
            "y": step("age_group", sort=ages[::-1], title="年龄组（岁）"),
            "color": sex_colour(),
        },
        "width": WIDTH,
        "height": 330,
    }


def age_curve(rates: pl.DataFrame, ages: list[str], title: str) -> Figure:
    """Age-specific rates on a logarithmic axis: sex, age_group, rate.

    A hidden rate (null) and one of 0 interrupt the line: it never runs over what is not shown.
    """
    shown = _sexed(rates).with_columns(rate=pl.when(pl.col("rate") > 0).then("rate"))
    shapes = {"domain": list(SEX.values()), "range": list(SHAPES[:2])}
    axis = {"labelAngle": -45, "labelOverlap": False}
    place = {
        "x": step("age_group", sort=ages, scale={"domain": ages}, title="年龄组（岁）", axis=axis),
        "y": number("rate", scale={"type": "log"}, title=title),
        "color": sex_colour(),
    }
    lines = {"mark": {"type": "line", "invalid": "break-paths-filter-domains"}, "encoding": place}
    points = {
        "mark": {"type": "point", "filled": True, "size": 55, "invalid": "filter"},
        "encoding": {**place, "shape": word("sex", scale=shapes, title=None)},
    }
    return {
        "data": rows(shown.select("sex", "age_group", "rate")),
        "layer": [lines, points],
        "width": WIDTH,
        "height": HEIGHT,
    }


def bars(groups: pl.DataFrame, title: str) -> Figure:
    """Horizontal bars by sex in the given order: name, sex, value."""
    order = groups["name"].unique(maintain_order=True).to_list()
    return {
        "data": rows(_sexed(groups)),
        "mark": {"type": "bar"},
        "encoding": {
            "y": word("name", sort=order, title=None),
            "yOffset": word("sex", sort=list(SEX.values())),
            "x": number("value", title=title),
            "color": sex_colour(),
        },
        "width": WIDTH - 60,
        "height": max(HEIGHT, 26 * len(order)),
    }


def towns(found: pl.DataFrame, title: str) -> Figure:
    """A dot with its interval a town, the county's rate as a line.

    ``found``: name, value, low, high, target, in the order of the codes.
    """
    order = found["name"].to_list()
    place = word("name", sort=order, title=None)
    target = {
        "mark": {"type": "rule", "color": VERMILLION, "strokeDash": [5, 3]},
        "encoding": {"x": number("target")},
    }
    spans = {
        "mark": {"type": "rule", "color": BLUE},
        "encoding": {"y": place, "x": number("low", title=title), "x2": {"field": "high"}},
    }
    points = {
        "mark": {"type": "point", "color": BLUE, "filled": True, "size": 60},
        "encoding": {"y": place, "x": number("value")},
    }
    return {
        "data": rows(found),
        "layer": [target, spans, points],
        "width": WIDTH - 60,
        "height": max(HEIGHT, 18 * len(order)),
    }


def years(found: pl.DataFrame, title: str) -> Figure:
    """Rates by year with their intervals: year, value, low, high."""
    place = step("year", title="年份", axis={"labelAngle": 0})
    lines = {
        "mark": {"type": "line", "color": BLUE},
        "encoding": {"x": place, "y": number("value", title=title)},
    }
    points = {
        "mark": {"type": "point", "color": BLUE, "filled": True, "size": 60},
        "encoding": {"x": place, "y": number("value")},
    }
    spans = {
        "mark": {"type": "rule", "color": BLUE},
        "encoding": {"x": place, "y": number("low"), "y2": {"field": "high"}},
    }
    return {
        "data": rows(found),
        "layer": [lines, points, spans],
        "width": WIDTH,
        "height": HEIGHT - 30,
    }
