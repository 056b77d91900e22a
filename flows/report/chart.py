"""The figures of the annual report."""

from __future__ import annotations

from typing import Any

import altair
import polars as pl

from flows.figures.theme import BLUE, FEMALE_ZH, HEIGHT, MALE_ZH, SHAPES, VERMILLION, sex_colour

SEX = {"1": MALE_ZH, "2": FEMALE_ZH}
WIDTH = 460


def _sexed(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.filter(pl.col("sex").is_in(list(SEX))).with_columns(
        pl.col("sex").replace_strict(SEX)
    )


def pyramid(people: pl.DataFrame, ages: list[str]) -> Any:
    """Population by age and sex, men to the left: sex, age_group, population."""
    signed = _sexed(people).with_columns(
        people=pl.when(pl.col("sex") == MALE_ZH).then(-pl.col("population")).otherwise("population")
    )
    axis = altair.Axis(labelExpr="format(abs(datum.value), '.0f')", tickCount=7)
    return (
        altair.Chart(signed.select("sex", "age_group", "people"))
        .mark_bar()
        .encode(
            x=altair.X("people:Q", title="人口数（人）", axis=axis),
            y=altair.Y("age_group:O", sort=ages[::-1], title="年龄组（岁）"),
            color=sex_colour(),
        )
        .properties(width=WIDTH, height=330)
    )


def age_curve(rates: pl.DataFrame, ages: list[str], title: str) -> Any:
    """Age-specific rates on a logarithmic axis: sex, age_group, rate.

    A hidden rate (null) and one of 0 interrupt the line: it never runs over what is not shown.
    """
    shown = _sexed(rates).with_columns(rate=pl.when(pl.col("rate") > 0).then("rate"))
    sexes = altair.Shape(
        "sex:N", scale=altair.Scale(domain=list(SEX.values()), range=list(SHAPES[:2])), title=None
    )
    axis = altair.Axis(labelAngle=-45, labelOverlap=False)
    base = altair.Chart(shown.select("sex", "age_group", "rate")).encode(
        x=altair.X(
            "age_group:O",
            sort=ages,
            scale=altair.Scale(domain=ages),
            title="年龄组（岁）",
            axis=axis,
        ),
        y=altair.Y("rate:Q", scale=altair.Scale(type="log"), title=title),
        color=sex_colour(),
    )
    lines = base.mark_line(invalid="break-paths-filter-domains")
    points = base.mark_point(filled=True, size=55, invalid="filter").encode(shape=sexes)
    return (lines + points).properties(width=WIDTH, height=HEIGHT)


def bars(rows: pl.DataFrame, title: str) -> Any:
    """Horizontal bars by sex in the given order: name, sex, value."""
    order = rows["name"].unique(maintain_order=True).to_list()
    return (
        altair.Chart(_sexed(rows))
        .mark_bar()
        .encode(
            y=altair.Y("name:N", sort=order, title=None),
            yOffset=altair.YOffset("sex:N", sort=list(SEX.values())),
            x=altair.X("value:Q", title=title),
            color=sex_colour(),
        )
        .properties(width=WIDTH - 60, height=max(HEIGHT, 26 * len(order)))
    )


def towns(rows: pl.DataFrame, title: str) -> Any:
    """A dot with its interval a town, the county's rate as a line.

    ``rows``: name, value, low, high, target, in the order of the codes.
    """
    order = rows["name"].to_list()
    y = altair.Y("name:N", sort=order, title=None)
    base = altair.Chart(rows)
    return (
        base.mark_rule(color=VERMILLION, strokeDash=[5, 3]).encode(x="target:Q")
        + base.mark_rule(color=BLUE).encode(y=y, x=altair.X("low:Q", title=title), x2="high:Q")
        + base.mark_point(color=BLUE, filled=True, size=60).encode(y=y, x="value:Q")
    ).properties(width=WIDTH - 60, height=max(HEIGHT, 18 * len(order)))


def years(rows: pl.DataFrame, title: str) -> Any:
    """Rates by year with their intervals: year, value, low, high."""
    x = altair.X("year:O", title="年份", axis=altair.Axis(labelAngle=0))
    base = altair.Chart(rows)
    return (
        base.mark_line(color=BLUE).encode(x=x, y=altair.Y("value:Q", title=title))
        + base.mark_point(color=BLUE, filled=True, size=60).encode(x=x, y="value:Q")
        + base.mark_rule(color=BLUE).encode(x=x, y="low:Q", y2="high:Q")
    ).properties(width=WIDTH, height=HEIGHT - 30)
