"""Groups beside each other: bars, funnel plots, trends. Never a ranking of units."""

from __future__ import annotations

import altair
import polars as pl

from flows.figures.theme import (
    BLUE,
    GREY,
    HEIGHT,
    INK,
    SERIES,
    SHAPES,
    VERMILLION,
    WIDTH,
    Figure,
    sex_colour,
)

BARS_HIGH = 30
#: Labels that would touch are left out.
SPARSE = altair.Axis(tickCount=6, labelOverlap="greedy", labelSeparation=8)


def bars(frame: pl.DataFrame, title_zh: str) -> Figure:
    """Horizontal bars by sex in the order of the frame.

    ``frame``: name, sex (男, 女), value; hidden values are null and drawn as ＊.
    """
    names = frame["name"].unique(maintain_order=True).to_list()
    base = altair.Chart(
        frame.with_columns(hidden=pl.when(pl.col("value").is_null()).then(0))
    ).encode(
        y=altair.Y("name:N", sort=names, title=None, scale=altair.Scale(domain=names)),
        yOffset=altair.YOffset("sex:N", sort=["男", "女"]),
        color=sex_colour(),
    )
    drawn = base.mark_bar().encode(x=altair.X("value:Q", title=title_zh))
    stars = base.mark_text(text="＊", align="left", dx=3).encode(
        x=altair.X("hidden:Q", title=title_zh)
    )
    return altair.layer(drawn, stars).properties(width=WIDTH - 80, height=BARS_HIGH * len(names))


def funnel(frame: pl.DataFrame, size_zh: str, value_zh: str, log_size: bool = True) -> Figure:
    """Each unit a point over its size, with the limits chance allows around the pooled value.

    ``frame``: size, value, target, low_95, high_95, low_998, high_998, outside (0, ±95, ±99.8),
    one row a unit. Dashed: 95 %, whole line: 99.8 %; a unit outside is a triangle. There is no
    legend: the text beside says so.
    """
    limits = frame.unpivot(
        ["low_95", "high_95", "low_998", "high_998"],
        index="size",
        variable_name="limit",
        value_name="bound",
    ).with_columns(
        level=pl.when(pl.col("limit").str.contains("998"))
        .then(pl.lit("99.8%界限"))
        .otherwise(pl.lit("95%界限"))
    )
    marked = frame.with_columns(
        place=pl.when(pl.col("outside") == 0)
        .then(pl.lit("界限内"))
        .otherwise(pl.lit("界限外，值得核实"))
    )
    scale = altair.Scale(type="log" if log_size else "linear", zero=False, nice=False, padding=12)
    size = altair.X("size:Q", title=size_zh, scale=scale, axis=SPARSE)
    value = altair.Y("value:Q", title=value_zh, scale=altair.Scale(zero=False))
    lines = (
        altair.Chart(limits)
        .mark_line(color=GREY)
        .encode(
            x=size,
            y=altair.Y("bound:Q", title=value_zh, scale=altair.Scale(zero=False)),
            detail="limit:N",
            strokeDash=altair.StrokeDash(
                "level:N",
                legend=None,
                scale=altair.Scale(domain=["95%界限", "99.8%界限"], range=[[5, 4], [1, 0]]),
            ),
        )
    )
    target = altair.Chart(frame.head(1)).mark_rule(color=INK).encode(y="target:Q")
    domain = ["界限内", "界限外，值得核实"]
    points = (
        altair.Chart(marked)
        .mark_point(filled=True, size=70, opacity=0.9)
        .encode(
            x=size,
            y=value,
            color=altair.Color(
                "place:N", legend=None, scale=altair.Scale(domain=domain, range=[BLUE, VERMILLION])
            ),
            shape=altair.Shape(
                "place:N",
                legend=None,
                scale=altair.Scale(domain=domain, range=["circle", "triangle-up"]),
            ),
        )
    )
    return (
        altair.layer(lines, target, points)
        .resolve_scale(color="independent")
        .properties(width=WIDTH, height=HEIGHT)
    )


def diagonal(frame: pl.DataFrame, x_zh: str, y_zh: str) -> Figure:
    """Two measures that should agree, with the line of equality.

    ``frame``: name, x, y.
    """
    top = max(1.0, float(frame.select(pl.max_horizontal("x", "y").max()).item()))
    scale = altair.Scale(domain=[0, top])
    line = (
        altair.Chart(pl.DataFrame({"x": [0.0, top], "y": [0.0, top]}))
        .mark_line(color=GREY, strokeDash=[5, 4])
        .encode(x="x:Q", y="y:Q")
    )
    points = altair.Chart(frame).encode(
        x=altair.X("x:Q", title=x_zh, scale=scale, axis=SPARSE),
        y=altair.Y("y:Q", title=y_zh, scale=scale),
    )
    return altair.layer(
        line,
        points.mark_point(filled=True, size=60, color=BLUE),
        points.mark_text(dx=7, align="left", fontSize=11, color=INK).encode(text="name:N"),
    ).properties(width=WIDTH, height=WIDTH * 0.8)


def trend(frame: pl.DataFrame, title_zh: str, from_zero: bool = True) -> Figure:
    """Lines over years with their intervals.

    ``frame``: year, series, value, low, high; gaps stay gaps.
    """
    names = frame["series"].unique(maintain_order=True).to_list()
    colour = altair.Color(
        "series:N",
        title=None,
        scale=altair.Scale(domain=names, range=list(SERIES)),
        legend=altair.Legend() if len(names) > 1 else None,
    )
    shape = altair.Shape(
        "series:N", legend=None, scale=altair.Scale(domain=names, range=list(SHAPES))
    )
    base = altair.Chart(frame).encode(
        x=altair.X("year:O", title="年份", axis=altair.Axis(labelAngle=0))
    )
    scale = altair.Scale(zero=from_zero)
    value = altair.Y("value:Q", title=title_zh, scale=scale)
    spans = base.mark_rule(strokeWidth=2, opacity=0.45).encode(
        y=altair.Y("low:Q", title=title_zh, scale=scale), y2="high:Q", color=colour
    )
    lines = base.mark_line().encode(y=value, color=colour)
    points = base.mark_point(filled=True, size=60).encode(y=value, color=colour, shape=shape)
    return altair.layer(spans, lines, points).properties(width=WIDTH, height=HEIGHT)
