"""监测结果: stroke, coronary events, diabetes; and everything by town."""

from __future__ import annotations

import polars as pl

from estimators.rate import rate as poisson
from estimators.standardise import standardise
from flows.report import chart
from flows.report.deaths import SEXES, age_rates
from flows.report.facts import Facts
from flows.report.number import SEX_ZH, plain, said, span, whole
from flows.report.small import UNKNOWN_TOWN, Counts, events, rate, towns
from flows.report.writer import HIDDEN, Writer

PER = 100_000
NAMES = {"stroke": "脑卒中", "coronary": "冠心病急性事件", "diabetes": "糖尿病"}
INDICATORS = {
    "stroke": "stroke_incidence_per_100k",
    "coronary": "coronary_incidence_per_100k",
    "diabetes": "diabetes_incidence_per_100k",
}
BESIDE = {
    "stroke": ("stroke_first_ever_incidence_per_100k", "stroke_mortality_per_100k"),
    "coronary": (
        "coronary_first_ever_incidence_per_100k",
        "coronary_incidence_before_supplement_per_100k",
        "coronary_mortality_per_100k",
    ),
    "diabetes": (),
}
TOWN_EVENTS = {
    "death": "死亡",
    "tumour": "恶性肿瘤",
    "stroke": "脑卒中",
    "coronary": "冠心病",
    "diabetes": "糖尿病",
}


def chronic(write: Writer, facts: Facts, internal: bool) -> None:
    """The three, each with its rates by sex and age."""
    numbers = ("（七）", "（八）", "（九）")
    for number, (event, name) in zip(numbers, NAMES.items(), strict=True):
        write.section(f"{number}{name}")
        value = facts.value(INDICATORS[event])
        if value is None:
            write.text(f"没有{facts.year}年{name}的终审卡片或相应人口，不列{name}发病率。")
            continue
        counts = events(facts, event, internal)
        write.text(
            f"{facts.year}年报告{name}{value['numerator']:.0f}例，报告发病率"
            f"{said(value['value'], 'per_100k')}（95%区间 {value['ci_low']:.2f}/10万～"
            f"{value['ci_high']:.2f}/10万）。"
        )
        write.text(_beside(facts, event))
        write.table(
            f"{facts.year}年{name}报告发病率",
            ["性别", "例数", "人口数", "粗率", "95%区间", "2000年标化率", "2010年标化率"],
            rates_by_sex(facts, event, counts),
            none="",
            widths=[1.6, 1.8, 2.2, 2.2, 3.8, 2.4, 2.4],
            note="率的单位为1/10万；分年龄数据见附录。性别不详者未列入本表。",
        )
        curve = age_rates(facts, counts)
        if curve.filter(pl.col("rate") > 0).height:
            write.figure(
                f"{facts.year}年{name}分性别年龄别报告发病率",
                chart.age_curve(
                    curve, facts["age_group"]["age_group"].to_list(), "发病率（1/10万，对数轴）"
                ),
                f"年龄别{name}报告发病率折线图，分男女，纵轴为对数；数值见附录。",
            )


def _beside(facts: Facts, event: str) -> str:
    said_so = [
        f"{facts.name(indicator)}{said(value['value'], value['unit'])}"
        f"（{value['numerator']:.0f}/{value['denominator']:.0f}）"
        for indicator in BESIDE[event]
        if (value := facts.value(indicator))
    ]
    return f"对照：{'；'.join(said_so)}。" if said_so else ""


def rates_by_sex(facts: Facts, event: str, counts: Counts) -> list[tuple[str, ...]]:
    """Sex, events, people, crude rate with limits, two standardised rates; hidden as a whole."""
    people = facts.population().select("sex", "age_group", "population")
    own = facts.events(event).select("sex", "age_group", count="event_count")
    cells = people.join(own, on=["sex", "age_group"], how="left").with_columns(
        pl.col("count").fill_null(0)
    )
    both = cells.group_by("age_group").agg(pl.col("population", "count").sum(), sex=pl.lit("0"))
    every = pl.concat([both.select(cells.columns), cells])
    standards = {}
    for code in ("CN2000", "CN2010"):
        weights = facts["standard"].filter(pl.col("standard") == code)
        made = standardise(
            every.join(weights.select("age_group", "weight"), on="age_group"), ["sex"], per=PER
        )
        standards[code] = dict(made.select("sex", "standardised_rate").iter_rows())
    rows: list[tuple[str, ...]] = []
    totals = {s: (c, p) for s, c, p in _totals(every)}
    for sex in SEXES:
        _, people_count = totals.get(sex, (0, None))
        cell = counts.get("all") if sex == "0" else counts.get("sex", sex=sex)
        if cell[1]:
            rows.append((SEX_ZH[sex], HIDDEN, whole(people_count), *(HIDDEN,) * 4))
            continue
        limits = poisson(
            pl.DataFrame({"count": [float(cell[0] or 0)], "population": [people_count]}), per=PER
        ).row(0, named=True)
        rows.append(
            (
                SEX_ZH[sex],
                whole(cell[0]),
                whole(people_count),
                plain(limits["value"]),
                span(limits["ci_low"], limits["ci_high"]),
                plain(standards["CN2000"].get(sex)),
                plain(standards["CN2010"].get(sex)),
            )
        )
    return rows


def _totals(every: pl.DataFrame) -> list[tuple[str, int, float]]:
    return list(every.group_by("sex").agg(pl.col("count", "population").sum()).iter_rows())


def by_town(write: Writer, facts: Facts, internal: bool) -> None:
    """Deaths and the four diseases by town, in the order of the codes; no causes are named."""
    write.section("（十）分乡镇")
    names = dict(facts["towns"].iter_rows())
    people = dict(
        facts["people"]
        .filter((pl.col("year") == facts.year) & (pl.col("area_code").str.len_chars() == 9))
        .group_by("area_code")
        .agg(pl.col("population").sum())
        .iter_rows()
    )
    counts = {event: towns(facts, event, internal) for event in TOWN_EVENTS}
    codes = sorted(
        set(people) | {town for one in counts.values() for town in one.views["town"]["town"]}
    )
    if not codes:
        write.text(f"没有{facts.year}年分乡镇的人口或卡片，不列分乡镇结果。")
        return
    header = ["乡镇", "人口数"]
    for name in TOWN_EVENTS.values():
        header += [name, "率"]
    rows = []
    for code in codes:
        line = [names.get(code, code), whole(people.get(code))]
        for event in TOWN_EVENTS:
            cell = counts[event].get("town", town=code)
            line += [HIDDEN if cell[1] else whole(cell[0]), rate(cell, people.get(code), digits=1)]
        rows.append(tuple(line))
    rest = {event: _unknown_town(facts, event) for event in TOWN_EVENTS}
    if any(rest.values()):
        rows.append(("乡镇不详", "—", *(x for n in rest.values() for x in (str(n), "—"))))
    county = facts.people()
    last = ["合计", whole(county)]
    for event in TOWN_EVENTS:
        known, is_hidden = counts[event].get("all")
        cell = (None if known is None else known + rest[event], is_hidden)
        last += [HIDDEN if cell[1] else whole(cell[0]), rate(cell, county, digits=1)]
    rows.append(tuple(last))
    write.table(
        f"{facts.year}年各乡镇死亡与主要慢性病报告发病（粗率）",
        header,
        rows,
        none="",
        widths=[2.3, 1.5, *([1.1, 1.35] * 5)],
        points=9,
        note="乡镇按编码排列，不作排名；例数单位为例（人），率单位为1/10万；人口少的乡镇率的波动大。",
    )
    _dots(write, facts, names, counts["death"])


def _unknown_town(facts: Facts, event: str) -> int:
    own = facts.events(event, facts.area_code + UNKNOWN_TOWN)
    return int(own["event_count"].sum())


def _dots(write: Writer, facts: Facts, names: dict[str, str], counts: Counts) -> None:
    own = facts["funnel"].filter(
        (pl.col("indicator") == "death_rate") & pl.col("value").is_not_null()
    )
    shown = [
        row
        for row in own.to_dicts()
        # Without a county's rate there is nothing to standardise to.
        if not counts.get("town", town=row["area_code"])[1]
        and row["expected"]
        and row["target"] is not None
    ]
    if len(shown) < 2:
        return
    scale = [row["target"] / row["expected"] for row in shown]
    frame = pl.DataFrame({"count": [float(r["count"]) for r in shown], "population": 1.0})
    limits = poisson(frame, per=1)
    rows = pl.DataFrame(
        {
            "name": [names.get(r["area_code"], r["area_code"]) for r in shown],
            "value": [r["value"] for r in shown],
            "low": [low * s for low, s in zip(limits["ci_low"], scale, strict=True)],
            "high": [high * s for high, s in zip(limits["ci_high"], scale, strict=True)],
            "target": [r["target"] for r in shown],
        }
    )
    write.figure(
        f"{facts.year}年各乡镇间接标化死亡率及其区间",
        chart.towns(rows, "间接标化死亡率（1/10万）；虚线为全县"),
        "各乡镇间接标化死亡率的点与区间，虚线为全县死亡率；乡镇按编码排列。",
    )
