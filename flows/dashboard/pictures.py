"""Each figure of the first page with the table that says the same to a screen reader."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import duckdb
import polars as pl

from estimators.errors import EstimatorError
from estimators.funnel import funnel as funnel_limits
from flows.dashboard import health
from flows.dashboard.place import Place
from flows.figures.age import age_curve, pyramid
from flows.figures.compare import bars, diagonal, funnel, trend
from flows.figures.kept import Drawings

HIDDEN_ZH = "＊"
SEX_ZH = {"0": "合计", "1": "男", "2": "女"}
MOST_BARS = 10
#: Town funnels on the first page: event -> title.
FUNNELS = {"death": "粗死亡率", "tumour": "恶性肿瘤粗发病率"}


@dataclass(frozen=True)
class Picture:
    """A drawing (None: nothing to draw, ``why_zh`` says why), its title and its table."""

    title_zh: str
    svg: Callable[[], str] | None
    columns: list[str]
    rows: list[list[str]]
    why_zh: str = ""


def number(value: float | None, digits: int = 0) -> str:
    """A number as the tables show it; a hidden one is ＊."""
    return HIDDEN_ZH if value is None else f"{value:,.{digits}f}"


def nothing(title_zh: str, why_zh: str) -> Picture:
    """Says why there is no figure."""
    return Picture(title_zh, None, [], [], why_zh)


def town_funnels(
    published: duckdb.DuckDBPyConnection, place: Place, rates: pl.DataFrame, drawings: Drawings
) -> list[Picture]:
    """Crude rates of towns with the limits of indicator.funnel; hidden counts have no point."""
    made = []
    for event, name in FUNNELS.items():
        title = f"{place.last_year} 年各乡镇{name}"
        limits = published.execute(
            "select area_code, target, low_95, high_95, low_998, high_998, outside"
            " from indicator.funnel where county_code = ? and year = ? and residency = ?"
            " and standardisation = 'crude' and indicator = ? and target is not null",
            [place.area_code, place.last_year, place.residency, health.EVENTS[event][1]],
        ).pl()
        own = rates.filter(
            (pl.col("event") == event)
            & (pl.col("year") == place.last_year)
            & pl.col("rate").is_not_null()
        ) if rates.height else rates  # fmt: skip
        if limits.is_empty() or own.is_empty():
            made.append(nothing(title, "没有各乡镇的人口或死亡、病例资料，不能作图。"))
            continue
        drawn = own.join(limits, on="area_code").sort("area_code")
        svg = drawings.svg(
            f"{title}漏斗图：横轴人口，纵轴率，数值见下表", funnel,
            drawn.select(*limits.columns[1:], size="population", value="rate"),
            "平均人口", f"{name}（1/10万）",
        )  # fmt: skip
        made.append(
            Picture(
                title,
                svg,
                ["乡镇", "例数", "人口", "率（1/10万）", "95%界限", "位置"],
                [
                    [
                        row["area_name"], number(row["count"]), number(row["population"]),
                        number(row["rate"], 1),
                        f"{row['low_95']:,.1f}～{row['high_95']:,.1f}",
                        "界限内" if row["outside"] == 0 else "界限外，值得核实",
                    ]
                    for row in drawn.to_dicts()
                ],
            )
        )  # fmt: skip
    return made


def org_funnel(published: duckdb.DuckDBPyConnection, place: Place, drawings: Drawings) -> Picture:
    """Share of deaths reported in time, by institution, last twelve months."""
    title = "最近 12 个月各机构死亡报告及时率"
    own = published.execute(
        "select recent.org_code, org.org_name, cast(numerator as bigint) as count,"
        " cast(denominator as bigint) as total"
        " from indicator.last_12_months as recent left join"
        " (select distinct on (org_code) org_code, org_name from reference.institution"
        " order by org_code) as org on recent.org_code = org.org_code"
        " where recent.org_code is not null and indicator = 'death_timely_report_percent'"
        " and area_code = ? and denominator > 0 order by recent.org_code",
        [place.area_code],
    ).pl()
    if own.height < 3:
        return nothing(title, "有死亡卡的机构不足 3 家，不作图。")
    columns = ["机构", "及时", "应报", "及时率（%）"]
    rows = [
        [row["org_name"] or row["org_code"], number(row["count"]), number(row["total"]),
         number(100 * row["count"] / row["total"], 1)]
        for row in own.to_dicts()
    ]  # fmt: skip
    try:
        made = funnel_limits(own, kind="proportion")
    except EstimatorError:
        return Picture(title, None, columns, rows, "各机构及时率没有差别，不作图，数值见表。")
    scaled = made.select(
        pl.col("value", "target", "low_95", "high_95", "low_998", "high_998") * 100,
        "outside",
        size="total",
    )
    svg = drawings.svg(f"{title}漏斗图，数值见下表", funnel, scaled, "死亡卡数", "及时率（%）")
    return Picture(title, svg, columns, rows)


def pyramids(
    published: duckdb.DuckDBPyConnection, place: Place, drawings: Drawings
) -> list[Picture]:
    """Age and sex of the dead and of new cancer patients, and their age-specific rates."""
    made = []
    for card_type, word, measure in (
        ("death", "死亡", "死亡率"),
        ("tumour", "恶性肿瘤新发病例", "恶性肿瘤发病率"),
    ):
        title = f"{place.last_year} 年{word}年龄性别分布"
        cells = health.age_sex(published, place, card_type)
        if cells.is_empty() or cells["count"].null_count() == cells.height:
            made.append(nothing(title, "没有分年龄人口，或例数过少已全部隐去。"))
            continue
        table = _age_table(cells)
        svg = drawings.svg(f"{title}，数值见下表", pyramid, cells, "例数")
        made.append(Picture(title, svg, *table))
        name = f"{place.last_year} 年年龄别{measure}（户籍）"
        svg = drawings.svg(f"{name}，数值见下表", age_curve, cells, "1/10万（对数）")
        made.append(Picture(name, svg, *table))
    return made


def _age_table(cells: pl.DataFrame) -> tuple[list[str], list[list[str]]]:
    columns = ["年龄组", "男例数", "男率（1/10万）", "女例数", "女率（1/10万）"]
    rows = []
    for (age,), own in cells.group_by("age_group", maintain_order=True):
        by_sex = {row["sex"]: row for row in own.to_dicts()}
        row = [str(age)]
        for sex in ("1", "2"):
            cell = by_sex.get(sex, {"count": None, "rate": None})
            row += [number(cell["count"]), number(cell["rate"], 1)]
        rows.append(row)
    return columns, rows


def top_groups(found: pl.DataFrame, title: str, why_zh: str, drawings: Drawings) -> Picture:
    """The ten largest groups by sex: rates in bars, counts in the table."""
    if found.is_empty() or found["order"].null_count() == found.height:
        return nothing(title, why_zh)
    names = found.filter(pl.col("order").is_not_null())["name"].unique(maintain_order=True)
    top = found.filter(pl.col("name").is_in(names.head(MOST_BARS).implode()))
    drawn = top.filter(pl.col("sex") != "0").select(
        pl.col("name").str.replace(r"^\d+\.", ""),
        pl.col("sex").replace_strict({"1": "男", "2": "女"}, default=None),
        value="rate",
    )
    rows = []
    for (name,), own in top.group_by("name", maintain_order=True):
        cells = {row["sex"]: row for row in own.to_dicts()}
        row = [str(name)]
        for sex in SEX_ZH:
            cell = cells.get(sex, {"count": 0, "rate": 0.0})
            row += [number(cell["count"]), number(cell["rate"], 1)]
        rows.append(row)
    columns = [
        "名称",
        *(f"{sex}{what}" for sex in SEX_ZH.values() for what in ("例数", "率（1/10万）")),
    ]
    svg = drawings.svg(f"{title}，数值见下表", bars, drawn, "1/10万")
    return Picture(title, svg, columns, rows)


def mortality_against_survival(
    published: duckdb.DuckDBPyConnection, place: Place, drawings: Drawings
) -> Picture:
    """M/I of each site beside 1 - five-year survival; only sites with shown cases and deaths."""
    title = "死亡发病比（M/I）与 1－5 年生存率"
    shown = [health.sites(published, place, measure) for measure in ("case_count", "death_count")]
    if any(table.is_empty() for table in shown):
        return nothing(title, "没有肿瘤病例或死亡资料，不能比较。")
    cases, deaths = (
        table.filter((pl.col("sex") == "0") & pl.col("count").is_not_null()).select(
            "code", "name", "count"
        )
        for table in shown
    )
    both = cases.join(deaths.select("code", deaths="count"), on="code")
    survival = published.execute(
        "select group_code as code, one_minus_survival_5_years as lost"
        " from indicator.cancer_quality"
        " where area_code = ? and year = ? and residency = ? and org_code is null and sex = 0"
        " and grouping = 'big' and one_minus_survival_5_years is not null",
        [place.area_code, place.last_year, place.residency],
    ).pl()
    found = both.join(survival, on="code", how="left").with_columns(
        ratio=pl.col("deaths") / pl.col("count")
    )
    columns = ["部位", "病例", "死亡", "M/I", "1－5年生存率"]
    rows = [
        [row["name"], number(row["count"]), number(row["deaths"]), number(row["ratio"], 2),
         "—" if row["lost"] is None else number(row["lost"], 2)]
        for row in found.sort("code").to_dicts()
    ]  # fmt: skip
    drawn = found.filter(pl.col("lost").is_not_null())
    if drawn.is_empty():
        return Picture(
            title, None, columns, rows, "随访不足 5 年，或病例过少，还没有可比的 5 年生存率。"
        )
    points = drawn.select("name", x="lost", y="ratio")
    svg = drawings.svg(f"{title}，数值见下表", diagonal, points, "1－5年生存率", "M/I")
    return Picture(title, svg, columns, rows)


def unknown_causes(
    published: duckdb.DuckDBPyConnection, place: Place, drawings: Drawings
) -> Picture:
    """Shares of deaths coded R00-R99 by year with their intervals."""
    title = "死因不明（R00–R99）构成比逐年变化"
    found = published.execute(
        "select year, value, ci_low as low, ci_high as high, numerator, denominator"
        " from indicator.summary where indicator = 'unknown_cause_percent' and area_code = ?"
        " and org_code is null and (residency is null or residency = ?) and value is not null"
        " order by year",
        [place.area_code, place.residency],
    ).pl()
    if found.is_empty():
        return nothing(title, "没有整年的死亡资料。")
    rows = [
        [
            str(row["year"]),
            number(row["value"], 1),
            f"{row['low']:.1f}～{row['high']:.1f}",
            f"{row['numerator']:.0f}/{row['denominator']:.0f}",
        ]
        for row in found.to_dicts()
    ]
    series = found.with_columns(series=pl.lit("R00–R99"))
    svg = drawings.svg(f"{title}，数值见下表", trend, series, "占全部死亡（%）")
    return Picture(title, svg, ["年份", "构成比（%）", "95%区间", "例数/死亡数"], rows)
