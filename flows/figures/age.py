"""Ages: pyramids of counts or people, and curves of age-specific rates."""

from __future__ import annotations

import altair
import polars as pl

from flows.figures.theme import FEMALE_ZH, GREY, HEIGHT, MALE_ZH, WIDTH, Figure, sex_colour

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
    base = altair.Chart(drawn)
    age = altair.Y("age_group:N", sort=list(reversed(AGES)), title="年龄组（岁）")
    side = altair.X(
        "side:Q", title=unit_zh, axis=altair.Axis(labelExpr="format(abs(datum.value), ',')")
    )
    bars = base.mark_bar().encode(x=side, y=age, color=sex_colour())
    crosses = base.mark_text(text="✕", fontSize=11).encode(
        x=altair.X("hidden:Q", title=unit_zh),
        y=age,
        xOffset=altair.value(0),
        color=altair.value(GREY),
    )
    rule = base.mark_rule(color=GREY).encode(x=altair.datum(0))
    return altair.layer(bars, rule, crosses).properties(width=WIDTH, height=18 * len(AGES))


def age_curve(frame: pl.DataFrame, title_zh: str) -> Figure:
    """Age-specific rates on a logarithmic axis; hidden and zero rates leave a gap.

    ``frame``: age_group, sex (1, 2), rate, low, high.
    """
    drawn = frame.filter(
        pl.col("age_group").is_in(AGES) & pl.col("sex").is_in(["1", "2"]) & (pl.col("rate") > 0)
    ).with_columns(sex=pl.col("sex").replace_strict(SEX_ZH))
    base = altair.Chart(drawn).encode(
        x=altair.X(
            "age_group:N",
            sort=list(AGES),
            title="年龄组（岁）",
            scale=altair.Scale(domain=list(AGES)),
        ),
        color=sex_colour(),
    )
    rate = altair.Y(
        "rate:Q",
        title=title_zh,
        scale=altair.Scale(type="log"),
        axis=altair.Axis(values=[10**power for power in range(7)]),
    )
    lines = base.mark_line().encode(y=rate, strokeDash=altair.StrokeDash("sex:N", legend=None))
    points = base.mark_point(filled=True, size=40).encode(
        y=rate, shape=altair.Shape("sex:N", legend=None)
    )
    spans = base.mark_rule(opacity=0.5).encode(y=altair.Y("low:Q", title=title_zh), y2="high:Q")
    return altair.layer(spans, lines, points).properties(width=WIDTH, height=HEIGHT)
