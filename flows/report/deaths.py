"""监测结果: the population, and who died of what."""

from __future__ import annotations

import polars as pl

from estimators.life_table import life_table
from flows.report import chart
from flows.report.facts import Facts, Row
from flows.report.number import SEX_ZH, plain, said, share, span, whole
from flows.report.small import BANDS, Counts, bands, broad, causes, events, rate
from flows.report.writer import HIDDEN, Writer

SEXES = ("0", "1", "2")
PER = 100_000
TOP = 10
BROAD = {
    "I": "传染病、母婴疾病和营养缺乏性疾病",
    "II": "慢性非传染性疾病",
    "III": "伤害",
    "U": "诊断不明及未归类",
}


def population(write: Writer, facts: Facts) -> None:
    """People by sex and age, and the pyramid."""
    write.section("（一）人口")
    people = facts.population()
    if people.is_empty():
        write.text(
            f"没有{facts.year}年{facts.residency_zh}人口资料，本报告不列人口表，不计算以人口为分母的率。"
        )
        return
    cells = {(s, a): p for s, a, p in people.select("sex", "age_group", "population").iter_rows()}
    total = sum(cells.values())
    sexes = {sex: sum(p for (s, _), p in cells.items() if s == sex) for sex in ("1", "2")}
    old = people.filter(pl.col("age_from") >= 65)["population"].sum()
    write.text(
        f"{facts.year}年平均{facts.residency_zh}人口{total:.0f}人，其中男{sexes['1']:.0f}人、"
        f"女{sexes['2']:.0f}人，性别比（以女性为100）{sexes['1'] / sexes['2'] * 100:.2f}；"
        f"65岁及以上{old:.0f}人，占{old / total * 100:.2f}%。"
    )
    rows = [
        (
            age,
            whole(cells.get(("1", age), 0) + cells.get(("2", age), 0)),
            whole(cells.get(("1", age), 0)),
            whole(cells.get(("2", age), 0)),
            share(cells.get(("1", age), 0) + cells.get(("2", age), 0), total),
        )
        for age in facts["age_group"]["age_group"]
    ]
    rows.append(("合计", whole(total), whole(sexes["1"]), whole(sexes["2"]), "100.00"))
    write.table(
        f"{facts.year}年{facts.residency_zh}人口分性别年龄构成",
        ["年龄组（岁）", "合计（人）", "男（人）", "女（人）", "构成（%）"],
        rows,
        none="",
        note="年平均人口可含半数，各格四舍五入后与合计可差1。",
    )
    ages = facts["age_group"]["age_group"].to_list()
    write.figure(
        f"{facts.year}年{facts.residency_zh}人口金字塔",
        chart.pyramid(people, ages),
        f"人口金字塔：男{sexes['1']:.0f}人，女{sexes['2']:.0f}人，各年龄组人数见上表。",
    )


def level(write: Writer, facts: Facts, internal: bool) -> None:
    """Deaths and rates by sex, the age curve, life expectancy, premature mortality."""
    write.section("（二）死亡水平与期望寿命")
    everyone = facts["cause"].filter(pl.col("cause_group") == "ALL")
    rows = {row["sex"]: row for row in everyone.to_dicts()}
    none = (
        f"本库没有{facts.year}年{facts.residency_zh}居民的终审死亡卡，不列死亡率、死因和期望寿命。"
    )
    if "0" not in rows:
        write.text(none)
        return
    crude = facts.value("crude_death_rate_per_1000")
    if crude is not None:
        write.text(
            f"{facts.year}年{facts.residency_zh}居民死亡{crude['numerator']:.0f}人，"
            f"粗死亡率{said(crude['value'], 'per_1000')}"
            f"（95%区间 {crude['ci_low']:.2f}‰～{crude['ci_high']:.2f}‰）。"
            "本率为报告率，未按漏报校正。"
        )
    shown = events(facts, "death", internal)
    write.table(
        f"{facts.year}年死亡率",
        ["性别", "死亡数", "人口数", "粗率", "95%区间", "2000年标化率", "2010年标化率", "95%区间"],
        [_level(rows[sex], shown) for sex in SEXES if sex in rows],
        none=none,
        widths=[1.2, 1.5, 1.8, 1.8, 3.3, 1.8, 1.8, 3.3],
        note=f"率的单位为1/10万；末列为2010年标化率的95%区间。{_unknown_sex(rows)}",
    )
    ages = facts["age_group"]["age_group"].to_list()
    curve = age_rates(facts, shown)
    if curve.filter(pl.col("rate") > 0).height:
        write.figure(
            f"{facts.year}年分性别年龄别死亡率",
            chart.age_curve(curve, ages, "死亡率（1/10万，对数轴）"),
            "年龄别死亡率折线图，分男女，纵轴为对数；各年龄组数值见附录。",
        )
    _expectancy(write, facts)
    early = facts.value("premature_mortality_percent")
    if early is not None:
        write.text(
            f"30～69岁四类主要慢性病过早死亡概率为{said(early['value'], 'percent')}"
            f"（95%区间 {early['ci_low']:.2f}%～{early['ci_high']:.2f}%）。"
        )
    else:
        write.text("四类主要慢性病过早死亡概率：资料不足，未计算。")


def left_out(facts: Facts, counts: Counts) -> str:
    """How many deaths a table of causes lacks, and why."""
    everyone = facts["cause"].filter((pl.col("cause_group") == "ALL") & (pl.col("sex") == "0"))
    shown, _ = counts.get("all")
    missing = int(everyone["death_count"].sum()) - (shown or 0)
    if missing <= 0 or not shown:
        return ""
    return f"另有性别不详或死因编码不能归类的死亡{missing}人，未列入本表。"


def _level(row: Row, counts: Counts) -> tuple[str, ...]:
    sex = row["sex"]
    if sex != "0" and counts.get("sex", sex=sex)[1]:
        return (SEX_ZH[sex], HIDDEN, whole(row["person_years"]), *(HIDDEN,) * 5)
    return (
        SEX_ZH[sex],
        whole(row["death_count"]),
        whole(row["person_years"]),
        plain(row["crude_rate_per_100k"]),
        span(row["crude_rate_per_100k_low"], row["crude_rate_per_100k_high"]),
        plain(row["rate_china2000_per_100k"]),
        plain(row["rate_china2010_per_100k"]),
        span(row["rate_china2010_per_100k_low"], row["rate_china2010_per_100k_high"]),
    )


def _unknown_sex(rows: dict[str, Row]) -> str:
    known = sum(rows[sex]["death_count"] for sex in ("1", "2") if sex in rows)
    missing = rows["0"]["death_count"] - known
    return f"另有性别不详的死亡{missing}人，只计入合计。" if missing else ""


def age_rates(facts: Facts, counts: Counts) -> pl.DataFrame:
    """sex, age_group, population, count, rate (1/10万; null where hidden or without people)."""
    people = facts.population().select("sex", "age_group", "population")
    shown = counts.views["age_sex"]
    return (
        people.join(shown, on=["sex", "age_group"], how="left", maintain_order="left")
        .with_columns(pl.col("is_suppressed").fill_null(False))
        .with_columns(count=pl.when(~pl.col("is_suppressed")).then(pl.col("count").fill_null(0)))
        .with_columns(
            rate=pl.when(pl.col("population") > 0).then(
                pl.col("count") / pl.col("population") * PER
            )
        )
    )


def tables_of_life(facts: Facts) -> pl.DataFrame:
    """Abridged life tables by sex (0 too), or no rows without people or deaths."""
    people = facts.population().select("sex", "age_group", "age_from", "population")
    dead = facts.events("death").select("sex", "age_group", deaths="event_count")
    if people.is_empty() or dead.is_empty():
        return pl.DataFrame()
    cells = people.join(dead, on=["sex", "age_group"], how="left").with_columns(
        pl.col("deaths").fill_null(0)
    )
    both = cells.group_by("age_group", "age_from").agg(
        pl.col("population", "deaths").sum(), sex=pl.lit("0")
    )
    every = pl.concat([both.select(cells.columns), cells]).sort("sex", "age_from")
    return life_table(every.rename({"age_from": "age_start", "sex": "group"}), ["group"])


def _expectancy(write: Writer, facts: Facts) -> None:
    table = tables_of_life(facts)
    if table.is_empty():
        write.text("期望寿命：没有分性别年龄的人口或死亡资料，未计算。")
        return
    rows = []
    for row in table.filter(pl.col("age_start") == 0).to_dicts():
        if row["ex"] is None:
            write.text(f"期望寿命（{SEX_ZH[row['group']]}）：{row['refused'] or '未计算'}。")
            continue
        rows.append((SEX_ZH[row["group"]], plain(row["ex"]), span(row["ci_low"], row["ci_high"])))
    write.table(
        f"{facts.year}年出生时期望寿命",
        ["性别", "期望寿命（岁）", "95%区间（岁）"],
        rows,
        none="期望寿命未达到计算条件。",
        note="未按漏报校正；死亡有漏报时期望寿命偏高。",
    )


def three_groups(write: Writer, facts: Facts, internal: bool) -> None:
    """三大类 by sex."""
    write.section("（三）三大类死因")
    counts = broad(facts, internal)
    if counts.views["all"]["count"].sum() in (0, None):
        write.text(f"没有{facts.year}年可归类的死亡卡，不列三大类死因。")
        return
    people = {sex: facts.people(sex) for sex in SEXES}
    rows = []
    for code, name in BROAD.items():
        line: list[str] = [name]
        for sex in SEXES:
            cell = (
                counts.get("site", site=code)
                if sex == "0"
                else counts.get("site_sex", site=code, sex=sex)
            )
            line += [HIDDEN if cell[1] else whole(cell[0]), rate(cell, people[sex])]
        total = counts.get("all")[0] or 0
        cell = counts.get("site", site=code)
        line.append(HIDDEN if cell[1] else share(cell[0] or 0, total))
        rows.append(tuple(line))
    total_cells = [counts.get("all"), counts.get("sex", sex="1"), counts.get("sex", sex="2")]
    last: list[str] = ["合计"]
    for sex, cell in zip(SEXES, total_cells, strict=True):
        last += [HIDDEN if cell[1] else whole(cell[0]), rate(cell, people[sex])]
    rows.append((*last, "100.00"))
    write.table(
        f"{facts.year}年三大类死因死亡数与粗死亡率",
        ["类别", "合计", "率", "男", "率", "女", "率", "构成（%）"],
        rows,
        none="",
        widths=[4.6, 1.5, 1.8, 1.5, 1.8, 1.5, 1.8, 1.9],
        note=f"死亡数单位为人，率单位为1/10万。{left_out(facts, counts)}",
    )


def cause_names(facts: Facts) -> dict[str, str]:
    """Cause group -> name without its chapter number and 小计."""
    named = facts["cause"].select("cause_group", "cause_group_name_zh").unique().drop_nulls()
    return {
        code: (name.split(".", 1)[1] if name[:2].isdigit() and "." in name else name).removesuffix(
            "小计"
        )
        for code, name in named.iter_rows()
    }


def leading_causes(write: Writer, facts: Facts, internal: bool) -> None:
    """The ten leading chapters by sex, and the leading ones of each age band."""
    write.section("（四）主要死因")
    if facts["cause_age"].is_empty():
        write.text(f"没有{facts.year}年可归类的死亡卡，不列死因顺位。")
        return
    counts, names = causes(facts, internal), cause_names(facts)
    drawn = []
    for sex in SEXES:
        rows, bars = _top(facts, counts, names, sex, facts.people(sex))
        drawn += bars
        write.table(
            f"{facts.year}年{'居民' if sex == '0' else SEX_ZH[sex] + '性'}前十位死因",
            [
                "顺位",
                "死因（章）",
                "死亡数",
                "粗率",
                "2010年标化率",
                "构成（%）",
            ],
            rows,
            none=f"{SEX_ZH[sex]}性没有死亡卡。",
            widths=[1.3, 5.6, 1.8, 2.7, 3.0, 2.0],
            note="率的单位为1/10万；顺位在17章之间排列，诊断不明与其他疾病亦参加排列。"
            + left_out(facts, counts),
        )
    if drawn:
        frame = pl.DataFrame(drawn, schema=["name", "sex", "value"], orient="row")
        write.figure(
            f"{facts.year}年主要死因分性别粗死亡率",
            chart.bars(frame, "粗死亡率（1/10万）"),
            "前几位死因分男女的粗死亡率条形图，数值见以上各表。",
        )
    _by_band(write, facts, internal, names)


def _top(
    facts: Facts, counts: Counts, names: dict[str, str], sex: str, people: float | None
) -> tuple[list[tuple[str, ...]], list[tuple[str, str, float]]]:
    own = facts["cause"].filter((pl.col("level") == "chapter") & (pl.col("sex") == sex))
    hidden_codes = {row["cause_group"] for row in own.to_dicts() if _cell(counts, row, sex)[1]}
    ordered = sorted(
        own.to_dicts(),
        # what is hidden stands in the order of the list: its place would tell its size
        key=lambda row: (
            row["cause_group"] in hidden_codes,
            0 if row["cause_group"] in hidden_codes else -row["death_count"],
            int(row["cause_group"]),
        ),
    )
    total = counts.get("all") if sex == "0" else counts.get("sex", sex=sex)
    if not ordered:
        return [], []
    rows: list[tuple[str, ...]] = []
    bars: list[tuple[str, str, float]] = []
    for row in ordered[:TOP]:
        code = row["cause_group"]
        cell = _cell(counts, row, sex)
        standard = HIDDEN if cell[1] else plain(row["rate_china2010_per_100k"])
        part = HIDDEN if cell[1] else share(cell[0] or 0, total[0] or 0)
        count = HIDDEN if cell[1] else whole(cell[0])
        rank = whole(row["rank_no"]) if not cell[1] else "—"
        rows.append((rank, names.get(code, code), count, rate(cell, people), standard, part))
        if sex != "0" and not cell[1] and people and len(bars) < 6:
            bars.append((names.get(code, code), sex, (cell[0] or 0) / people * PER))
    rest = ordered[TOP:]
    if rest:
        hidden = any(row[2] == HIDDEN for row in rows)
        number = sum(row["death_count"] for row in rest)
        shown = HIDDEN if hidden or counts.hides(number) else whole(number)
        part = HIDDEN if shown == HIDDEN else share(number, total[0] or 0)
        each = HIDDEN if shown == HIDDEN else rate((number, False), people)
        rows.append(("—", "其余各章", shown, each, "—", part))
    all_shown = HIDDEN if total[1] else whole(total[0])
    rows.append(("", "合计", all_shown, rate(total, people), "—", "100.00"))
    return rows, bars


def _cell(counts: Counts, row: Row, sex: str) -> tuple[int | None, bool]:
    code = row["cause_group"]
    if sex == "0":
        return counts.get("chapter", chapter=code)
    return counts.get("chapter_sex", chapter=code, sex=sex)


def _by_band(write: Writer, facts: Facts, internal: bool, names: dict[str, str]) -> None:
    counts, rows = bands(facts, internal), []
    shown = counts.views["chapter_band"].filter(pl.col("chapter") != "").to_dicts()
    for band, _, _ in BANDS:
        total, hidden = counts.get("band", band=band)
        own = [row for row in shown if row["band"] == band and not row["is_suppressed"]]
        own.sort(key=lambda row: (-row["count"], int(row["chapter"])))
        if not own and not hidden and not total:
            continue
        leading = [f"{names[row['chapter']]} {row['count']}人" for row in own[:5]]
        if total:
            leading = [
                f"{names[row['chapter']]} {row['count']}人（{share(row['count'], total)}%）"
                for row in own[:5]
            ]
        text = "；".join(leading) or "各章的人数均隐去"
        rows.append((band, HIDDEN if hidden else whole(total), text))
    write.table(
        f"{facts.year}年分年龄段前五位死因",
        ["年龄段", "死亡数", "前五位死因（人数，占该年龄段死亡的百分比）"],
        rows,
        none="",
        widths=[2.4, 1.8, 11.8],
        note="只列可以显示的死因（不少于5人且不因隐去而略去者）；年龄不详者未列入。",
    )
