"""主要发现: sentences that follow from tests and intervals, never an adjective without a number."""

from __future__ import annotations

import polars as pl

from estimators.rate import proportion
from flows.published import UNIT_ZH
from flows.report.compare import Change, rate_ratio, years_apart
from flows.report.deaths import cause_names
from flows.report.facts import Facts, Row
from flows.report.number import interval, said
from flows.report.quality import STATUS_ZH
from flows.report.small import UNKNOWN_TOWN, broad, causes
from flows.report.small import towns as town_counts
from flows.report.writer import Writer

LEVELS = (
    *("crude_death_rate_per_1000", "life_expectancy_years", "premature_mortality_percent"),
    *("cancer_incidence_per_100k", "cancer_mortality_per_100k", "stroke_incidence_per_100k"),
    *("coronary_incidence_per_100k", "coronary_mortality_per_100k"),
    "diabetes_incidence_per_100k",
)
QUALITY = (
    *("death_timely_report_percent", "death_audit_percent", "cause_chain_complete_percent"),
    *("unknown_cause_percent", "inaccurate_cause_percent", "first_visit_timely_percent"),
    *("chronic_audit_percent", "morphologically_verified_percent"),
    *("death_certificate_only_percent", "mortality_incidence_ratio"),
)
SIDE_ZH = {"in_band": "在参考范围内", "below_band": "低于参考范围", "above_band": "高于参考范围"}
TOWN_RATES = {
    "death_rate": ("death", "死亡率"),
    "cancer_incidence": ("tumour", "恶性肿瘤发病率"),
    "stroke_incidence": ("stroke", "脑卒中发病率"),
    "coronary_incidence": ("coronary", "冠心病急性事件发病率"),
    "diabetes_incidence": ("diabetes", "糖尿病发病率"),
}


def findings(write: Writer, facts: Facts, internal: bool) -> None:
    """The chapter."""
    write.chapter("九、主要发现")
    parts = {
        "（一）水平及与上年比较": [s for name in LEVELS for s in level(facts, name)],
        "（二）时间趋势": trends(facts),
        "（三）人群与死因分布": [*sexes(facts), *leading(facts, internal)],
        "（四）数据质量": [
            *(s for name in QUALITY for s in level(facts, name)),
            *not_met(facts),
        ],
        "（五）与参考范围比较": bands(facts),
        "（六）乡镇差异": towns(facts, internal),
    }
    for title, sentences in parts.items():
        write.section(title)
        if sentences:
            write.items(sentences)
        else:
            write.text("没有可供判断的资料。")


def change_text(change: Change, unit: str, against: str) -> str:
    """What a comparison says: direction with its interval, or that nothing significant is seen."""
    mark = "" if change.kind == "率比" else UNIT_ZH[unit].replace("%", "个百分点")
    numbers = (
        f"{change.kind} {change.value:.2f}{mark}，95%区间 "
        f"{change.low:.2f}{mark}～{change.high:.2f}{mark}"
    )
    if not change.is_significant:
        return f"与{against}相比未见有统计学意义的变化（{numbers}）"
    return f"与{against}相比{'上升' if change.rises else '下降'}（{numbers}）"


def level(facts: Facts, indicator: str) -> list[str]:
    """An indicator of the year with its interval, and its change since the year before."""
    value = facts.value(indicator)
    if value is None:
        return []
    unit = value["unit"]
    inside = [text for text in (_fraction(value), interval(value, unit)) if text]
    sentence = f"{facts.name(indicator)}为{said(value['value'], unit)}"
    sentence += f"（{'，'.join(inside)}）" if inside else ""
    before = facts.value(indicator, facts.year - 1)
    if before is None:
        return [f"{sentence}；没有{facts.year - 1}年的数值，未作比较。"]
    change = years_apart(value, before)
    against = f"{facts.year - 1}年（{said(before['value'], unit)}）"
    if change is None:
        return [f"{sentence}；与{against}不能作区间比较。"]
    return [f"{sentence}；{change_text(change, unit, against)}。"]


def _fraction(value: Row) -> str:
    """numerator/denominator where both are counts that somebody can check."""
    if value["unit"] in ("years",) or value["indicator"] == "premature_mortality_percent":
        return ""
    return f"{value['numerator']:.0f}/{value['denominator']:.0f}"


def trends(facts: Facts) -> list[str]:
    """AAPC of the rates with enough years; one sentence for all that have not."""
    table = facts["trend"].filter(pl.col("indicator").is_in(LEVELS) & (pl.col("segment") == 1))
    if table.is_empty():
        return [f"没有以{facts.year}年为末年的趋势分析。"]
    sentences: list[str] = []
    without: dict[str, list[str]] = {}
    for row in table.to_dicts():
        if row["aapc_percent"] is None:
            without.setdefault(row["reason_zh"] or "未计算", []).append(
                facts.name(row["indicator"])
            )
            continue
        years = f"{row['year_from']}～{facts.year}年"
        numbers = (
            f"平均年度变化百分比（AAPC）{row['aapc_percent']:.2f}%，95%区间 "
            f"{row['aapc_ci_low']:.2f}%～{row['aapc_ci_high']:.2f}%"
        )
        name = facts.name(row["indicator"])
        if row["aapc_ci_low"] <= 0 <= row["aapc_ci_high"]:
            sentences.append(f"{years}{name}未见有统计学意义的趋势（{numbers}）。")
        else:
            side = "上升" if row["aapc_percent"] > 0 else "下降"
            sentences.append(f"{years}{name}呈{side}趋势（{numbers}）。")
    sentences += [f"{'、'.join(names)}：{reason}。" for reason, names in without.items()]
    return sentences


def sexes(facts: Facts) -> list[str]:
    """Men against women: deaths and cancers."""
    made = []
    for frame, column, name in (
        (facts["cause"].filter(pl.col("cause_group") == "ALL"), "death_count", "死亡率"),
        (
            facts["cancer"].filter((pl.col("group_code") == "ALL") & (pl.col("grouping") == "big")),
            "case_count",
            "恶性肿瘤发病率",
        ),
    ):
        rows = {row["sex"]: row for row in frame.to_dicts()}
        if not {"1", "2"} <= rows.keys():
            continue
        men, women = rows["1"], rows["2"]
        change = rate_ratio(
            men[column] or 0,
            men["person_years"] or 0,
            women[column] or 0,
            women["person_years"] or 0,
        )
        if change is None:
            continue
        numbers = f"男女率比 {change.value:.2f}，95%区间 {change.low:.2f}～{change.high:.2f}"
        rates = (
            f"男性粗{name}{men['crude_rate_per_100k']:.2f}/10万，"
            f"女性{women['crude_rate_per_100k']:.2f}/10万"
        )
        if change.is_significant:
            made.append(f"{rates}，男性{'高于' if change.rises else '低于'}女性（{numbers}）。")
        else:
            made.append(f"{rates}，未见有统计学意义的差别（{numbers}）。")
    return made


def leading(facts: Facts, internal: bool) -> list[str]:
    """The first three chapters with their share and its interval; chronic diseases likewise."""
    if facts["cause_age"].is_empty():
        return []
    names, counts = cause_names(facts), causes(facts, internal)
    deaths, _ = counts.get("all")
    if not deaths:
        return []
    shown = [row for row in counts.views["chapter"].to_dicts() if not row["is_suppressed"]]
    shown.sort(key=lambda row: (-row["count"], int(row["chapter"])))
    parts = [
        f"{names[row['chapter']]}（{row['count']}/{deaths}，{_share(row['count'], deaths)}）"
        for row in shown[:3]
    ]
    sentences = [f"死因构成居前三位的是{'、'.join(parts)}。"] if parts else []
    chronic, is_hidden = broad(facts, internal).get("site", site="II")
    if chronic and not is_hidden:
        share = _share(chronic, deaths)
        sentences.append(f"慢性非传染性疾病占全部死亡的{share}（{chronic}/{deaths}）。")
    return sentences


def _share(part: int, total: int) -> str:
    frame = pl.DataFrame({"count": [float(part)], "total": [float(total)]})
    made = proportion(frame).row(0, named=True)
    return (
        f"{made['value'] * 100:.2f}%，95%区间 {made['ci_low'] * 100:.2f}%～"
        f"{made['ci_high'] * 100:.2f}%"
    )


def not_met(facts: Facts) -> list[str]:
    """Criteria of the year's data that are not met or have no data."""
    rows = facts["criteria"].filter(
        (pl.col("data_year") == facts.year)
        & (pl.col("item_no") != 22)
        & pl.col("status").is_in(["unmet", "partial", "no_data", "pending"])
    )
    return [
        f"考核细则{row['item_no']}.{row['criterion_no']}（{row['requirement_zh']}）："
        f"{STATUS_ZH[row['status']]}"
        + ("。" if row["value"] is None else f"，值为{said(row['value'], row['unit'])}。")
        for row in rows.to_dicts()
    ]


def bands(facts: Facts) -> list[str]:
    """Values against the band of the province or neighbours, once an indicator."""
    rows = facts["criteria"].filter(
        (pl.col("data_year") == facts.year)
        & (pl.col("plausibility") != "no_band")
        & pl.col("value").is_not_null()
    )
    sentences = []
    for row in rows.unique("indicator", keep="first", maintain_order=True).to_dicts():
        unit = row["unit"]
        low, high = row["benchmark_low"], row["benchmark_high"]
        sentences.append(
            f"{facts.name(row['indicator'])}{said(row['value'], unit)}，"
            f"{SIDE_ZH[row['plausibility']]}（{said(low, unit)}～{said(high, unit)}，"
            f"来源：{row['benchmark_source']}）。"
        )
    return sentences


def towns(facts: Facts, internal: bool) -> list[str]:
    """Towns beyond the 99.8 % limits of the funnel, by code; how many were looked at."""
    names = dict(facts["towns"].iter_rows())
    sentences = []
    for indicator, (event, name) in TOWN_RATES.items():
        own = facts["funnel"].filter(
            (pl.col("indicator") == indicator)
            & pl.col("low_998").is_not_null()
            & ~pl.col("area_code").str.ends_with(UNKNOWN_TOWN)
        )
        if own.height < 2:
            continue
        counts = town_counts(facts, event, internal)
        outside = own.filter(pl.col("outside").abs() == 99.8).sort("area_code").to_dicts()
        shown = [
            f"{names.get(row['area_code'], row['area_code'])}（"
            + ("" if counts.get("town", town=row["area_code"])[1] else f"{row['value']:.2f}/10万，")
            + f"{'低于' if row['value'] < row['target'] else '高于'}控制限 "
            f"{row['low_998']:.2f}/10万～{row['high_998']:.2f}/10万）"
            for row in outside
        ]
        if shown:
            sentences.append(
                f"间接标化{name}超出99.8%控制限的乡镇（共判断{own.height}个）：{'、'.join(shown)}。"
            )
        else:
            sentences.append(
                f"间接标化{name}：{own.height}个乡镇均在99.8%控制限内，未见有统计学意义的差别。"
            )
    return sentences
