"""What all charts share: colours safe for colour-blind readers, the font, sizes.

Each colour has a contrast of at least 3:1 against white and against the dark page, so one drawing
serves both (Okabe & Ito 2008, "Color universal design"; the light ones of their eight are left
out). Colour is never the only sign: series differ in shape, dash or label too.
"""

from __future__ import annotations

from typing import Any

import altair

#: Any altair chart; its classes tell little a reader of a figure needs.
Figure = Any

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


def sex_colour(title: str | None = None) -> altair.Color:
    """男 blue, 女 vermillion, everywhere."""
    scale = altair.Scale(domain=[MALE_ZH, FEMALE_ZH], range=[BLUE, VERMILLION])
    return altair.Color("sex:N", title=title, scale=scale)


def themed(chart: Figure) -> Figure:
    """The chart with the house's font, colours and axes; background transparent."""
    return (
        chart.configure(background="transparent", font=FONT_FAMILY, padding=4)
        .configure_view(stroke=None)
        .configure_axis(
            domainColor=GREY,
            tickColor=GREY,
            gridColor=GREY,
            gridOpacity=0.25,
            labelColor=INK,
            titleColor=INK,
            labelFontSize=12,
            titleFontSize=12,
            titleFontWeight="normal",
            labelLimit=220,
            labelOverlap=True,
        )
        # A title lying along the axis is hard to read in Chinese: it stands above it.
        .configure_axisY(titleAngle=0, titleAlign="left", titleX=-24, titleY=-10)
        .configure_axisX(labelFlush=True)
        .configure_legend(
            orient="top",
            offset=28,
            labelColor=INK,
            titleColor=INK,
            labelFontSize=12,
            titleFontSize=12,
            titleFontWeight="normal",
            symbolSize=90,
            symbolOpacity=1,
        )
        .configure_title(
            color=INK, fontSize=14, fontWeight="bold", anchor="start", subtitleColor=INK
        )
        .configure_header(labelColor=INK, titleColor=INK, labelFontSize=12)
        .configure_range(category=list(SERIES))
    )
