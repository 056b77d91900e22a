"""监测结果: malignant tumours, with their survival."""

from __future__ import annotations

import polars as pl

from flows.report import chart
from flows.report.deaths import SEXES, age_rates
from flows.report.facts import Facts, Row
from flows.report.number import SEX_ZH, plain, said, share, span, whole
from flows.report.small import Counts, events, sites
from flows.report.writer import HIDDEN, Writer

TOP = 10
METHOD_ZH = {"observed": "观察生存率", "pohar-perme": "净生存率"}


def tumours(write: Writer, facts: Facts, internal: bool) -> None:
    """Incidence and mortality by sex, site and age; M/I, MV, DCO."""
    write.section("（五）恶性肿瘤")
    own = facts["cancer"].filter(pl.col("grouping") == "big")
    every = {row["sex"]: row for row in own.filter(pl.col("group_code") == "ALL").to_dicts()}
    if "0" not in every or not every["0"]["case_count"]:
        write.text(
            f"本库没有{facts.year}年{facts.residency_zh}居民的终审肿瘤卡，不列发病率、M/I、MV和DCO。"
        )
        survival(write, facts)
        return
    both = every["0"]
    sentence = f"{facts.year}年恶性肿瘤新发{both['case_count']}例"
    if both["crude_rate_per_100k"] is not None:
        sentence += (
            f"，粗发病率{said(both['crude_rate_per_100k'], 'per_100k')}（95%区间 "
            f"{both['crude_rate_per_100k_low']:.2f}/10万～{both['crude_rate_per_100k_high']:.2f}/10万）"
        )
    if both["death_count"] is not None:
        sentence += f"；同年死亡{both['death_count']}例"
    write.text(sentence + "。")
    cases, dead = sites(facts, "case_count", internal), sites(facts, "death_count", internal)
    write.table(
        f"{facts.year}年恶性肿瘤发病率",
        [
            "性别",
            "新发病例",
            "粗率",
            "95%区间",
            "中标率",
            "世标率",
            "截缩率35～64岁",
            "累积率0～74岁（%）",
        ],
        [_level(every[sex], cases) for sex in SEXES if sex in every],
        none="",
        widths=[1.3, 1.7, 1.8, 3.2, 1.8, 1.8, 2.2, 2.4],
        note="率的单位为1/10万（累积率为%）；中标率用2000年中国人口，世标率用Segi世界人口。",
    )
    write.table(
        f"{facts.year}年恶性肿瘤登记质量",
        ["性别", "新发病例", "死亡数", "M/I", "MV%", "DCO%", "部位不明%"],
        [_marks(every[sex], cases, dead) for sex in SEXES if sex in every],
        none="",
        note="M/I为死亡发病比，MV为病理诊断率，DCO为仅有死亡医学证明书的比例。",
    )
    for sex in SEXES:
        who = "居民" if sex == "0" else f"{SEX_ZH[sex]}性"
        write.table(
            f"{facts.year}年{who}恶性肿瘤新发病例前十位部位",
            [
                "顺位",
                "部位",
                "新发",
                "构成（%）",
                "粗率",
                "中标率",
                "死亡数",
                "M/I",
                "MV%",
                "DCO%",
            ],
            _sites(own, cases, dead, sex)[: TOP + 2],
            none=f"{SEX_ZH[sex]}性没有新发病例。",
            widths=[1.2, 3.6, 1.3, 1.8, 1.6, 1.6, 1.4, 1.3, 1.5, 1.6],
            note="率的单位为1/10万；全部部位见附录。",
        )
    ages = facts["age_group"]["age_group"].to_list()
    curve = age_rates(facts, events(facts, "tumour", internal))
    if curve.filter(pl.col("rate") > 0).height:
        write.figure(
            f"{facts.year}年恶性肿瘤分性别年龄别发病率",
            chart.age_curve(curve, ages, "发病率（1/10万，对数轴）"),
            "年龄别恶性肿瘤发病率折线图，分男女，纵轴为对数；数值见附录。",
        )
    survival(write, facts)


def _level(row: Row, cases: Counts) -> tuple[str, ...]:
    if row["sex"] != "0" and cases.get("sex", sex=row["sex"])[1]:
        return (SEX_ZH[row["sex"]], *(HIDDEN,) * 7)
    cumulative = row["cumulative_rate_0_74"]
    return (
        SEX_ZH[row["sex"]],
        whole(row["case_count"]),
        plain(row["crude_rate_per_100k"]),
        span(row["crude_rate_per_100k_low"], row["crude_rate_per_100k_high"]),
        plain(row["rate_china2000_per_100k"]),
        plain(row["rate_segi_per_100k"]),
        plain(row["truncated_35_64_per_100k"]),
        plain(None if cumulative is None else cumulative * 100),
    )


def _marks(row: Row, cases: Counts, dead: Counts) -> tuple[str, ...]:
    sex = row["sex"]
    if sex != "0" and (cases.get("sex", sex=sex)[1] or dead.get("sex", sex=sex)[1]):
        return (SEX_ZH[sex], *(HIDDEN,) * 6)
    return (
        SEX_ZH[row["sex"]],
        whole(row["case_count"]),
        whole(row["death_count"]),
        plain(row["mortality_incidence_ratio"]),
        plain(row["morphologically_verified_percent"]),
        plain(row["death_certificate_only_percent"]),
        plain(row["unspecified_site_percent"]),
    )


def _sites(own: pl.DataFrame, cases: Counts, dead: Counts, sex: str) -> list[tuple[str, ...]]:
    """All sites of a sex with cases, most first, and their total; ten and the rest when long."""
    rows = own.filter(
        (pl.col("sex") == sex) & (pl.col("group_code") != "ALL") & (pl.col("case_count") > 0)
    )
    if rows.is_empty():
        return []
    keys = ("site",) if sex == "0" else ("site", "sex")
    hidden = {
        code
        for code in rows["group_code"]
        if cases.get("_".join(keys), **dict(zip(keys, (code, sex), strict=False)))[1]
    }
    # What is hidden stands in the order of the list: its place would tell its size.
    last = pl.col("group_code").is_in(list(hidden))
    rows = rows.sort(
        last, pl.when(~last).then("case_count"), "group_code", descending=[False, True, False]
    )
    (total,) = own.filter((pl.col("sex") == sex) & (pl.col("group_code") == "ALL")).to_dicts()
    made = [
        site_row(row, position, total["case_count"], cases, dead, sex)
        for position, row in enumerate(rows.to_dicts(), 1)
    ]
    shown = made[:TOP]
    rest = sum(rows["case_count"][TOP:])
    if rest:
        unsafe = cases.hides(rest) or any(row[2] == HIDDEN for row in shown)
        count = HIDDEN if unsafe else whole(rest)
        part = HIDDEN if unsafe else share(rest, total["case_count"])
        shown.append(("—", "其余部位", count, part, *("—",) * 6))
    shown.append(
        (
            "",
            "合计",
            whole(total["case_count"]),
            "100.00",
            plain(total["crude_rate_per_100k"]),
            plain(total["rate_china2000_per_100k"]),
            whole(total["death_count"]),
            plain(total["mortality_incidence_ratio"]),
            plain(total["morphologically_verified_percent"]),
            plain(total["death_certificate_only_percent"]),
        )
    )
    return shown


def site_row(
    row: Row, position: int, total: int, cases: Counts, dead: Counts, sex: str
) -> tuple[str, ...]:
    """One site; what rests on a hidden count is hidden with it."""
    code = row["group_code"]
    keys = {"site": code} if sex == "0" else {"site": code, "sex": sex}
    view = "site" if sex == "0" else "site_sex"
    count, is_hidden = cases.get(view, **keys)
    _, no_deaths = dead.get(view, **keys)
    name = row["group_name_zh"] or code

    def of_cases(value: float | None) -> str:
        return HIDDEN if is_hidden else plain(value)

    deaths = HIDDEN if no_deaths else whole(row["death_count"])
    ratio = HIDDEN if no_deaths or is_hidden else plain(row["mortality_incidence_ratio"])
    return (
        "—" if is_hidden else str(position),
        name,
        HIDDEN if is_hidden else whole(count),
        HIDDEN if is_hidden else share(count or 0, total),
        of_cases(row["crude_rate_per_100k"]),
        of_cases(row["rate_china2000_per_100k"]),
        deaths,
        ratio,
        of_cases(row["morphologically_verified_percent"]),
        of_cases(row["death_certificate_only_percent"]),
    )


def survival(write: Writer, facts: Facts) -> None:
    """生存率: every number with its interval and the patients; reasons where there is none."""
    write.section("（六）恶性肿瘤生存率")
    table = facts["survival"]
    if table.is_empty():
        write.text(
            "本库没有可作生存分析的肿瘤病例（须有诊断日期和死亡随访），生存率暂不具备计算条件。"
        )
        return
    period = table["period"][0]
    closing = table["closing_date"][0]
    known = table.filter(pl.col("survival").is_not_null())
    write.text(
        f"{period.replace('-', '～')}年诊断的病例，随访至{closing:%Y年%m月%d日}。"
        "生存率按诊断后1、3、5年给出，未达到计算条件者不给出数值。"
    )
    largest = (
        known.filter((pl.col("group_code") != "ALL") & (pl.col("sex") == "0"))
        .select("group_code", "patient_count")
        .unique()
        .sort(["patient_count", "group_code"], descending=[True, False])
        .head(TOP)
    )
    shown = known.filter(
        (pl.col("group_code") == "ALL")
        | ((pl.col("sex") == "0") & pl.col("group_code").is_in(largest["group_code"].implode()))
    )
    for method, name in METHOD_ZH.items():
        write.table(
            f"{period.replace('-', '～')}年诊断病例的{name}",
            SURVIVAL_HEADER,
            survival_rows(shown.filter(pl.col("method") == method)),
            none=f"{name}未达到计算条件。",
            widths=SURVIVAL_WIDTHS,
            note=f"{SURVIVAL_NOTE}列病例最多的{TOP}个部位，全部部位见附录。",
        )
    reasons = table.filter(
        (pl.col("group_code") == "ALL") & (pl.col("sex") == "0") & pl.col("survival").is_null()
    ).select("time_years", "method", "reason_zh")
    by_reason: dict[str, list[str]] = {}
    for years, method, reason in reasons.iter_rows():
        if reason:
            by_reason.setdefault(reason, []).append(f"{years}年{METHOD_ZH[method]}")
    if by_reason:
        texts = [f"{'、'.join(what)}：{reason}" for reason, what in by_reason.items()]
        write.text("合计病例未给出的生存率及原因：" + "；".join(texts) + "。")


SURVIVAL_HEADER = ["部位", "性别", "病例数", "1年（%）", "3年（%）", "5年（%）"]
SURVIVAL_WIDTHS = [3.6, 1.3, 1.5, 3.3, 3.3, 3.3]
SURVIVAL_NOTE = "括号内为95%区间；净生存率可略高于100%；—为未达到计算条件。"


def survival_rows(known: pl.DataFrame) -> list[tuple[str, ...]]:
    """A site and sex a row, all sites together first: patients, survival at 1, 3 and 5 years."""
    cells = {(row["group_code"], row["sex"], row["time_years"]): row for row in known.to_dicts()}
    heads = sorted(
        {(code != "ALL", code, sex) for code, sex, _ in cells},
    )
    rows = []
    for _, code, sex in heads:
        own = {years: cells.get((code, sex, years)) for years in (1, 3, 5)}
        any_row = next(row for row in own.values() if row)
        rows.append(
            (
                any_row["group_name_zh"] or code,
                SEX_ZH[sex],
                whole(any_row["patient_count"]),
                *(_survived(row) for row in own.values()),
            )
        )
    return rows


def _survived(row: Row | None) -> str:
    if row is None:
        return "—"
    limits = span(_percent(row["ci_low"]), _percent(row["ci_high"]))
    return f"{row['survival'] * 100:.2f}\n（{limits}）"


def _percent(value: float | None) -> float | None:
    return None if value is None else value * 100
