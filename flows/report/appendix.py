"""附录: the full tables."""

from __future__ import annotations

import polars as pl

from flows.report.chronic import NAMES
from flows.report.deaths import SEXES, age_rates, cause_names, left_out, tables_of_life
from flows.report.facts import Facts
from flows.report.number import SEX_ZH, plain, share, span, whole
from flows.report.quality import RULE_HEADER, RULE_WIDTHS, rule_rows
from flows.report.small import Counts, causes, events, rate, sites
from flows.report.tumour import (
    METHOD_ZH,
    SURVIVAL_HEADER,
    SURVIVAL_NOTE,
    SURVIVAL_WIDTHS,
    site_row,
    survival_rows,
)
from flows.report.writer import HIDDEN, Writer

UNKNOWN_AGE = "unknown"
SHARED_AGES = (0.0, 20.0, 40.0, 60.0, 65.0, 80.0)


def appendix(write: Writer, facts: Facts, internal: bool) -> None:
    """The appendices, each on its own where it has data."""
    write.new_page()
    write.chapter("附录")
    write.section("附录一  分性别年龄的事件数与率")
    for event, name in {"death": "死亡", "tumour": "恶性肿瘤发病", **NAMES}.items():
        _ages(write, facts, event, name, internal)
    write.section("附录二  简略寿命表")
    _life(write, facts, internal)
    write.section("附录三  死因分类")
    _causes(write, facts, internal)
    write.section("附录四  恶性肿瘤各部位")
    _sites(write, facts, internal)
    _survival(write, facts)
    write.section("附录五  全部核对规则的发现")
    write.table(
        f"{facts.year}年卡片全部规则的核对发现",
        RULE_HEADER,
        rule_rows(facts),
        none=f"{facts.year}年的卡片没有核对发现。",
        widths=RULE_WIDTHS,
    )
    write.section("附录六  指标口径")
    _definitions(write, facts)


def _ages(write: Writer, facts: Facts, event: str, name: str, internal: bool) -> None:
    counts = events(facts, event, internal)
    table = age_rates(facts, counts)
    people = facts.population()
    none = f"没有{facts.year}年{name}的资料或相应人口，不列分年龄表。"
    if people.is_empty() or not counts.views["all"]["count"].fill_null(1).sum():
        write.text(none)
        return
    cells = {(row["sex"], row["age_group"]): row for row in table.to_dicts()}
    rows = []
    for age in facts["age_group"]["age_group"]:
        both = counts.get("age", age_group=age)
        number = sum(cells[(sex, age)]["population"] for sex in ("1", "2"))
        line = [age, HIDDEN if both[1] else whole(both[0]), rate(both, number)]
        for sex in ("1", "2"):
            cell = cells[(sex, age)]
            line += [
                HIDDEN if cell["is_suppressed"] else whole(cell["count"]),
                HIDDEN if cell["is_suppressed"] else plain(cell["rate"]),
            ]
        rows.append(tuple(line))
    unknown = counts.get("age", age_group=UNKNOWN_AGE)
    if unknown[0] or unknown[1]:
        line = ["不详", counts.shown("age", age_group=UNKNOWN_AGE), "—"]
        for sex in ("1", "2"):
            line += [counts.shown("age_sex", age_group=UNKNOWN_AGE, sex=sex), "—"]
        rows.append(tuple(line))
    last = ["合计", counts.shown("all"), rate(counts.get("all"), facts.people())]
    for sex in ("1", "2"):
        last += [counts.shown("sex", sex=sex), rate(counts.get("sex", sex=sex), facts.people(sex))]
    rows.append(tuple(last))
    write.table(
        f"{facts.year}年分性别年龄{name}数与率",
        ["年龄组（岁）", "合计", "率", "男", "率", "女", "率"],
        rows,
        none=none,
        note="率的单位为1/10万；性别不详者未列入本表。",
    )


def _life(write: Writer, facts: Facts, internal: bool) -> None:
    table = tables_of_life(facts)
    known = table.filter(pl.col("ex").is_not_null()) if table.height else table
    if known.is_empty():
        write.text("没有分性别年龄的人口或死亡资料，或未达到计算条件，不列寿命表。")
        return
    if not internal:
        # Probabilities and survivors by age give the deaths of each age group away.
        # Two expectancies give the deaths between their ages away, where a table hides them.
        counts = events(facts, "death", internal)
        last = pl.col("group").replace_strict(
            {sex: _last_hidden(facts, counts, sex) for sex in SEXES}
        )
        age = pl.col("age_start")
        known = known.filter(age.is_in(SHARED_AGES) & ((age == 0) | (age > last)))
    for sex in SEXES:
        own = known.filter(pl.col("group") == sex)
        more = ["死亡概率", "尚存人数"] if internal else []
        write.table(
            f"{facts.year}年简略寿命表（{SEX_ZH[sex]}）",
            ["年龄（岁）", *more, "期望寿命（岁）", "95%区间（岁）"],
            [
                (
                    whole(row["age_start"]),
                    *((plain(row["qx"], 5), whole(row["lx"])) if internal else ()),
                    plain(row["ex"]),
                    span(row["ci_low"], row["ci_high"]),
                )
                for row in own.to_dicts()
            ],
            none=f"{SEX_ZH[sex]}：未达到期望寿命的计算条件。",
            note="年龄为年龄组的下限；尚存人数以出生100000人计。"
            if internal
            else "年龄为年龄组的下限；分年龄的死亡概率见内部资料，"
            "死亡数隐去的年龄组及以下各年龄的期望寿命亦然。",
        )


def _last_hidden(facts: Facts, counts: Counts, sex: str) -> int:
    """Where the last age group begins whose deaths are hidden; -1: none is."""
    view = counts.views["age"] if sex == "0" else counts.views["age_sex"].filter(sex=sex)
    hidden = view.filter("is_suppressed").join(facts["age_group"], on="age_group")
    return max((int(age) for age in hidden["age_from"]), default=-1)


def _causes(write: Writer, facts: Facts, internal: bool) -> None:
    if facts["cause_age"].is_empty():
        write.text(f"没有{facts.year}年可归类的死亡卡，不列死因分类表。")
        return
    counts, names = causes(facts, internal), cause_names(facts)
    everybody = facts.people()
    total = counts.get("all")[0] or 0
    groups = counts.views["cause"].sort(pl.col("cause").cast(pl.Int64)).to_dicts()
    rows = []
    chapters = sorted({row["chapter"] for row in groups}, key=int)
    for chapter in chapters:
        rows.append(
            _cause_row(names[chapter], counts, "chapter", {"chapter": chapter}, everybody, total)
        )
        inside = [row for row in groups if row["chapter"] == chapter]
        if [row["cause"] for row in inside] == [chapter]:
            continue
        for row in inside:
            name = _cause_name(row["cause"], chapter, names)
            keys = {"chapter": chapter, "cause": row["cause"]}
            rows.append(_cause_row(f"　{name}", counts, "cause", keys, everybody, total))
    rows.append(_cause_row("合计", counts, "all", {}, everybody, total))
    write.table(
        f"{facts.year}年死因分类死亡数",
        ["死因", "合计", "男", "女", "粗率（1/10万）", "构成（%）"],
        rows,
        none="",
        widths=[7.0, 1.6, 1.6, 1.6, 2.4, 2.0],
        note="顶格为章，缩进为章内各组，组相加等于章，章相加等于合计。" + left_out(facts, counts),
    )


def _cause_name(cause: str, chapter: str, names: dict[str, str]) -> str:
    if cause == chapter:
        return "未列入以上各组"
    name = names.get(cause, cause)
    return f"其余{name.removesuffix('计')}" if cause in ("3", "19", "23", "75") else name


def _cause_row(
    name: str,
    counts: Counts,
    view: str,
    keys: dict[str, str],
    people: float | None,
    total: int,
) -> tuple[str, ...]:
    by_sex = {"chapter": "chapter_sex", "cause": "cause_sex", "all": "sex"}[view]
    cell = counts.get(view, **keys)
    return (
        name,
        HIDDEN if cell[1] else whole(cell[0]),
        *(counts.shown(by_sex, **keys, sex=sex) for sex in ("1", "2")),
        rate(cell, people),
        HIDDEN if cell[1] else share(cell[0] or 0, total),
    )


def _sites(write: Writer, facts: Facts, internal: bool) -> None:
    own = facts["cancer"].filter(
        (pl.col("grouping") == "big") & (pl.col("group_code") != "ALL") & (pl.col("case_count") > 0)
    )
    cases, dead = sites(facts, "case_count", internal), sites(facts, "death_count", internal)
    for sex in SEXES:
        rows = own.filter(pl.col("sex") == sex).sort("group_code").to_dicts()
        total = sum(row["case_count"] for row in rows)
        write.table(
            f"{facts.year}年恶性肿瘤各部位发病（{SEX_ZH[sex]}）",
            ["部位", "新发", "构成（%）", "粗率", "中标率", "死亡数", "M/I", "MV%", "DCO%"],
            [site_row(row, 1, total, cases, dead, sex)[1:] for row in rows],
            none=f"{SEX_ZH[sex]}：没有{facts.year}年新发病例。",
            widths=[4.4, 1.4, 1.8, 1.7, 1.7, 1.5, 1.4, 1.7, 1.8],
            note="部位按分类顺序排列，没有新发病例的部位不列；率的单位为1/10万。",
        )


def _survival(write: Writer, facts: Facts) -> None:
    known = facts["survival"].filter(pl.col("survival").is_not_null())
    for method, name in METHOD_ZH.items():
        write.table(
            f"各部位恶性肿瘤{name}",
            SURVIVAL_HEADER,
            survival_rows(known.filter(pl.col("method") == method)),
            none=f"各部位的{name}均未达到计算条件。",
            widths=SURVIVAL_WIDTHS,
            note=f"{SURVIVAL_NOTE}诊断年份与随访截止日见正文。",
        )


def _definitions(write: Writer, facts: Facts) -> None:
    rows = [
        (row["name_zh"], row["numerator_zh"], row["denominator_zh"], row["population_zh"])
        for row in facts["definition"].to_dicts()
    ]
    write.table(
        "指标口径对照表",
        ["指标", "分子", "分母", "对象"],
        rows,
        none="没有指标口径。",
        widths=[4.8, 4.8, 4.0, 2.6],
    )
