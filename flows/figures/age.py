"""Ages: pyramids of counts or people, and curves of age-specific rates."""

from __future__ import annotations

import polars as pl

from flows.figures.theme import (
    FEMALE_ZH,
    GREY,
    HEIGHT,
    MALE_ZH,
    WIDTH,
    Figure,
    number,
    rows,
    sex_colour,
    word,
)

AGES = ("0", "1-4", *(f"{age}-{age + 4}" for age in range(5, 85, 5)), "85+")
SEX_ZH = {"1": MALE_ZH, "2": FEMALE_ZH}


def pyramid(frame: pl.DataFrame, unit_zh: str) -> Figure:
    """Men to the left, women to the right.

    ``frame``: age_group, sex (1, 2), count; a null count is hidden and drawn as ✕ on the axis.
    """
    drawn = frame.filter(pl.col("age_group").is_in(AGES) & pl.col("sex").is_in(["1", "2"])).select(
        "age_group",
        sex=pl.col("sex").replace_strict(SEX_ZH),
        side=pl.when(pl.col("sex") == "1").then(-pl.col("count")).otherwise(pl.col("count")),
        hidden=pl.when(pl.col("count").is_null()).then(pl.lit(0)),
    )
    age = word("age_group", sort=list(reversed(AGES)), title="年龄组（岁）")
    side = number("side", title=unit_zh, axis={"labelExpr": "format(abs(datum.value), ',')"})
    bars = {"mark": {"type": "bar"}, "encoding": {"x": side, "y": age, "color": sex_colour()}}
    rule = {"mark": {"type": "rule", "color": GREY}, "encoding": {"x": {"datum": 0}}}
    crosses = {
        "mark": {"type": "text", "text": "✕", "fontSize": 11},
        "encoding": {
            "x": number("hidden", title=unit_zh),
            "y": age,
            "xOffset": {"value": 0},
            "color": {"value": GREY},
        },
    }
    return {
        "data": rows(drawn),
        "layer": [bars, rule, crosses],
        "width": WIDTH,
        "height": 18 * len(AGES),
    }


def age_curve(frame: pl.DataFrame, title_zh: str) -> Figure:
    """Age-specific rates on a logarithmic axis; hidden and zero rates leave a gap.

    ``frame``: age_group, sex (1, 2), rate, low, high.
    """
    drawn = frame.filter(
        pl.col("age_group").is_in(AGES) & pl.col("sex").is_in(["1", "2"]) & (pl.col("rate") > 0)
    ).with_columns(sex=pl.col("sex").replace_strict(SEX_ZH))
    ages = list(AGES)
    place = {
        "x": word("age_group", sort=ages, title="年龄组（岁）", scale={"domain": ages}),
        "color": sex_colour(),
    }
    rate = number(
        "rate",
        title=title_zh,
        scale={"type": "log"},
        axis={"values": [10**power for power in range(7)]},
    )
    spans = {
        "mark": {"type": "rule", "opacity": 0.5},
        "encoding": {**place, "y": number("low", title=title_zh), "y2": {"field": "high"}},
    }
    lines = {
        "mark": {"type": "line"},
        "encoding": {**place, "y": rate, "strokeDash": word("sex", legend=None)},
    }
    points = {
        "mark": {"type": "point", "filled": True, "size": 40},
        "encoding": {**place, "y": rate, "shape": word("sex", legend=None)},
    }
    return {
        "data": rows(drawn),
        "layer": [spans, lines, points],
        "width": WIDTH,
        "height": HEIGHT,
    }
