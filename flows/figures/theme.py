"""What all charts share: colours safe for colour-blind readers, the font, sizes, channels.

A figure is a Vega-Lite 6 specification as plain dicts: layers share `data`, and each has a `mark`
and an `encoding`, channel -> field (https://vega.github.io/vega-lite/docs/).

Each colour has a contrast of at least 3:1 against white and against the dark page, so one drawing
serves both (Okabe & Ito 2008, "Color universal design"; the light ones of their eight are left
out). Colour is never the only sign: series differ in shape, dash or label too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import polars as pl  # the drawing process has no frames

#: A Vega-Lite specification, without the house's look.
Figure = dict[str, Any]
#: One channel of an encoding: its field, type, scale, axis, legend.
Channel = dict[str, Any]

FONT = "Noto Sans CJK SC"
#: The page has its own fonts; a reader without Noto sees the system's Chinese font.
FONT_FAMILY = f"{FONT}, Source Han Sans SC, Microsoft YaHei, PingFang SC, sans-serif"

BLUE = "#0072B2"
VERMILLION = "#D55E00"
GREEN = "#009E73"
PURPLE = "#CC79A7"
SERIES = (BLUE, VERMILLION, GREEN, PURPLE)
#: Text and axes; `image.as_svg` turns it into the colour of the page's text.
INK = "#1A1B1C"
GREY = "#7F8489"
SHAPES = ("circle", "triangle-up", "square", "diamond")
DASHES = ((1, 0), (6, 3), (2, 2), (8, 3, 2, 3))

#: Pixels; a chart this wide is still readable on a phone.
WIDTH = 420
HEIGHT = 250

MALE_ZH, FEMALE_ZH = "男", "女"


#: Font, colours and axes of the house; background transparent.
CONFIG: dict[str, Any] = {
    "background": "transparent",
    "font": FONT_FAMILY,
    "padding": 4,
    "view": {"stroke": None},
    "axis": {
        "domainColor": GREY,
        "tickColor": GREY,
        "gridColor": GREY,
        "gridOpacity": 0.25,
        "labelColor": INK,
        "titleColor": INK,
        "labelFontSize": 12,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
        "labelLimit": 220,
        "labelOverlap": True,
    },
    # A title lying along the axis is hard to read in Chinese: it stands above it.
    "axisY": {"titleAngle": 0, "titleAlign": "left", "titleX": -24, "titleY": -10},
    "axisX": {"labelFlush": True},
    "legend": {
        "orient": "top",
        "offset": 28,
        "labelColor": INK,
        "titleColor": INK,
        "labelFontSize": 12,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
        "symbolSize": 90,
        "symbolOpacity": 1,
    },
    "title": {
        "color": INK,
        "fontSize": 14,
        "fontWeight": "bold",
        "anchor": "start",
        "subtitleColor": INK,
    },
    "header": {"labelColor": INK, "titleColor": INK, "labelFontSize": 12},
    "range": {"category": list(SERIES)},
}


def rows(frame: pl.DataFrame) -> dict[str, Any]:
    """The rows of a frame as `data`; null where a value is hidden."""
    return {"values": frame.to_dicts()}


def number(field: str, **more: Any) -> Channel:
    """A channel of numbers, on a continuous scale."""
    return {"field": field, "type": "quantitative", **more}


def word(field: str, **more: Any) -> Channel:
    """A channel of names, each its own place or sign."""
    return {"field": field, "type": "nominal", **more}


def step(field: str, **more: Any) -> Channel:
    """A channel of values in an order, each its own place: ages, years."""
    return {"field": field, "type": "ordinal", **more}


def sex_colour() -> Channel:
    """男 blue, 女 vermillion, everywhere."""
    scale = {"domain": [MALE_ZH, FEMALE_ZH], "range": [BLUE, VERMILLION]}
    return word("sex", title=None, scale=scale)


def themed(figure: Figure, **config: Any) -> Figure:
    """The figure with the house's look; ``config`` goes before it."""
    return {**figure, "config": CONFIG | config}
