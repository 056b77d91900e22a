"""Groups beside each other: bars, funnel plots, trends. Never a ranking of units."""

from __future__ import annotations

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
    number,
    rows,
    sex_colour,
    step,
    word,
)

BARS_HIGH = 30
#: Labels that would touch are left out.
SPARSE = {"tickCount": 6, "labelOverlap": "greedy", "labelSeparation": 8}


def bars(frame: pl.DataFrame, title_zh: str) -> Figure:
    """Horizontal bars by sex in the order of the frame.

    ``frame``: name, sex (男, 女), value; hidden values are null and drawn as ＊.
    """
    names = frame["name"].unique(maintain_order=True).to_list()
    drawn = frame.with_columns(hidden=pl.when(pl.col("value").is_null()).then(0))
    place = {
        "y": word("name", sort=names, title=None, scale={"domain": names}),
        "yOffset": word("sex", sort=["男", "女"]),
        "color": sex_colour(),
    }
    whole = {"mark": {"type": "bar"}, "encoding": {**place, "x": number("value", title=title_zh)}}
    stars = {
        "mark": {"type": "text", "text": "＊", "align": "left", "dx": 3},
        "encoding": {**place, "x": number("hidden", title=title_zh)},
    }
    return {
        "data": rows(drawn),
        "layer": [whole, stars],
        "width": WIDTH - 80,
        "height": BARS_HIGH * len(names),
    }


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
    scale = {
        "type": "log" if log_size else "linear",
        "zero": False,
        "nice": False,
        "padding": 12,
    }
    size = number("size", title=size_zh, scale=scale, axis=SPARSE)
    dashes = {"domain": ["95%界限", "99.8%界限"], "range": [[5, 4], [1, 0]]}
    lines = {
        "data": rows(limits),
        "mark": {"type": "line", "color": GREY},
        "encoding": {
            "x": size,
            "y": number("bound", title=value_zh, scale={"zero": False}),
            "detail": word("limit"),
            "strokeDash": word("level", legend=None, scale=dashes),
        },
    }
    target = {
        "data": rows(frame.head(1)),
        "mark": {"type": "rule", "color": INK},
        "encoding": {"y": number("target")},
    }
    domain = ["界限内", "界限外，值得核实"]
    colours = {"domain": domain, "range": [BLUE, VERMILLION]}
    shapes = {"domain": domain, "range": ["circle", "triangle-up"]}
    points = {
        "data": rows(marked),
        "mark": {"type": "point", "filled": True, "size": 70, "opacity": 0.9},
        "encoding": {
            "x": size,
            "y": number("value", title=value_zh, scale={"zero": False}),
            "color": word("place", legend=None, scale=colours),
            "shape": word("place", legend=None, scale=shapes),
        },
    }
    return {
        "layer": [lines, target, points],
        "resolve": {"scale": {"color": "independent"}},
        "width": WIDTH,
        "height": HEIGHT,
    }


def diagonal(frame: pl.DataFrame, x_zh: str, y_zh: str) -> Figure:
    """Two measures that should agree, with the line of equality.

    ``frame``: name, x, y.
    """
    top = max(1.0, float(frame.select(pl.max_horizontal("x", "y").max()).item()))
    scale = {"domain": [0, top]}
    ends = [{"x": 0.0, "y": 0.0}, {"x": top, "y": top}]
    line = {
        "data": {"values": ends},
        "mark": {"type": "line", "color": GREY, "strokeDash": [5, 4]},
        "encoding": {"x": number("x"), "y": number("y")},
    }
    place = {
        "x": number("x", title=x_zh, scale=scale, axis=SPARSE),
        "y": number("y", title=y_zh, scale=scale),
    }
    points = {
        "data": rows(frame),
        "mark": {"type": "point", "filled": True, "size": 60, "color": BLUE},
        "encoding": place,
    }
    names = {
        "data": rows(frame),
        "mark": {"type": "text", "dx": 7, "align": "left", "fontSize": 11, "color": INK},
        "encoding": {**place, "text": word("name")},
    }
    return {"layer": [line, points, names], "width": WIDTH, "height": WIDTH * 0.8}


def trend(frame: pl.DataFrame, title_zh: str, from_zero: bool = True) -> Figure:
    """Lines over years with their intervals.

    ``frame``: year, series, value, low, high; gaps stay gaps.
    """
    names = frame["series"].unique(maintain_order=True).to_list()
    colour = word(
        "series",
        title=None,
        scale={"domain": names, "range": list(SERIES)},
        legend={} if len(names) > 1 else None,
    )
    shape = word("series", legend=None, scale={"domain": names, "range": list(SHAPES)})
    scale = {"zero": from_zero}
    value = number("value", title=title_zh, scale=scale)
    place = {"x": step("year", title="年份", axis={"labelAngle": 0}), "color": colour}
    spans = {
        "mark": {"type": "rule", "strokeWidth": 2, "opacity": 0.45},
        "encoding": {
            **place,
            "y": number("low", title=title_zh, scale=scale),
            "y2": {"field": "high"},
        },
    }
    lines = {"mark": {"type": "line"}, "encoding": {**place, "y": value}}
    points = {
        "mark": {"type": "point", "filled": True, "size": 60},
        "encoding": {**place, "y": value, "shape": shape},
    }
    return {
        "data": rows(frame),
        "layer": [spans, lines, points],
        "width": WIDTH,
        "height": HEIGHT,
    }
