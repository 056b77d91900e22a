"""indicator.share_shift: shares of causes, codes and grounds that moved against earlier years.

The last twelve whole months against up to three earlier spans of twelve. A share that moved is no
fault: the population, the season and the coding rules move shares as well.
"""

from __future__ import annotations

from datetime import date

import duckdb
import polars as pl

from estimators.share import dispersion, false_discovery, shift
from flows.statistics.month import first_day, last_day, last_whole_month
from flows.statistics.table import Columns, shaped, write
from validators import sensitive
from validators.cause_code import codes, members
from validators.cause_table import garbage

MONTHS, EARLIER = 12, 3
MOST_FALSE = 0.05
#: A share, or what it leaves, has to move by a quarter to be worth a look.
LEAST_RATIO = 1.25
MOVED, USUAL = "占比变化，请自查", "与往年相近"
FEW = "期望数不足5，不作检验"
NO_EARLIER = "没有往年资料，不作比较"
TESTED = "quasi-binomial two proportions; Benjamini-Hochberg"
PLACE = ["area_code", "org_code"]
SERIES = ["kind", "measure"]
KEYS = [*PLACE, *SERIES]
OF_COUNTY = pl.col("org_code").is_null()
COLUMNS: Columns = {
    "area_code": (pl.String, "县（按户籍；机构行为空）"),
    "org_code": (pl.String, "机构（按报告机构；县行为空）"),
    "kind": (pl.String, "种类（cause_group 死因组、garbage 垃圾编码、basis 肿瘤诊断依据）"),
    "measure": (pl.String, "项目（死因组代码、清单与层级、MV、DCO）"),
    "name_zh": (pl.String, "项目名称"),
    "window_from": (pl.Date, "本期起始日"),
    "window_to": (pl.Date, "本期截止日（近12个整月）"),
    "part_count": (pl.Int64, "本期该项例数"),
    "total_count": (pl.Int64, "本期总例数（死亡或肿瘤）"),
    "share_percent": (pl.Float64, "本期占比（%）"),
    "earlier_years": (pl.Int32, "所用往年数（至多3）"),
    "earlier_part_count": (pl.Int64, "往年同期该项例数合计"),
    "earlier_total_count": (pl.Int64, "往年同期总例数合计"),
    "earlier_share_percent": (pl.Float64, "往年占比（%）"),
    "difference_points": (pl.Float64, "占比之差（百分点）"),
    "ci_low": (pl.Float64, "差的95%区间下限（百分点）"),
    "ci_high": (pl.Float64, "差的95%区间上限（百分点）"),
    "expected": (pl.Float64, "按往年占比的期望例数"),
    "dispersion": (pl.Float64, "离散系数（同地同类各项往年间，不小于1）"),
    "p_value": (pl.Float64, "p 值（双侧）"),
    "q_value": (pl.Float64, "控制错误发现率后的 q 值"),
    "is_moved": (pl.Boolean, "提示（q<0.05 且占比或其余部分变化达四分之一）"),
    "method": (pl.String, "方法"),
    "text_zh": (pl.String, "提示文字"),
    "reason_zh": (pl.String, "未检验的原因"),
}


def write_share_shift(draft: duckdb.DuckDBPyConnection, as_of: date) -> None:
    """Write indicator.share_shift from the events and the names of the draft."""
    windows = _windows(as_of)
    events = draft.execute(
        "select event.event, event.event_date, event.area_code, event.icd10, event.is_official,"
        " event.is_verified, event.is_certificate_only,"
        " card.org_code"
        " from work.event as event"
        # Equalities of two sides only: with a constant on one side DuckDB compares all pairs.
        " left join (select 'death' as card_type, card_id, org_code from card.death"
        " union all select 'tumour', card_id, org_code from card.tumour) as card"
        " on event.card_type = card.card_type and event.card_id = card.card_id"
        " where event.event in ('death', 'tumour') and event.event_date between ? and ?",
        [windows[-1][0], windows[0][1]],
    ).pl()
    areas = draft.sql("select area_code from work.area").pl()["area_code"].to_list()
    groups = draft.sql(
        "select icd10.code as icd10, path.cause_group as measure,"
        " name.cause_group_name_zh as name_zh"
        " from reference.icd10 as icd10"
        " left join reference.icd10 as category on left(icd10.code, 3) = category.code"
        " inner join work.cause_path as path"
        " on coalesce(icd10.ccd_code, category.ccd_code) = path.ccd_code"
        " inner join work.cause_name as name on path.cause_group = name.cause_group"
    ).pl()
    table = share_shift(events, areas, groups, as_of)
    write(draft, "indicator.share_shift", "占比与往年同期比较（近12个月）", COLUMNS, table, KEYS)


def share_shift(
    events: pl.DataFrame, areas: list[str], groups: pl.DataFrame, as_of: date
) -> pl.DataFrame:
    """``COLUMNS``, one row a place and share; untested shares of institutions are left out.

    ``events``: event (death, tumour), event_date, area_code, org_code, icd10, is_official,
    is_verified, is_certificate_only. ``groups``: icd10, measure, name_zh of the cause groups.
    Counties count official events of their registered people, institutions what they reported.
    """
    windows = _windows(as_of)
    window = pl.coalesce(
        pl.when(pl.col("event_date").is_between(*span)).then(pl.lit(back, pl.Int32))
        for back, span in enumerate(windows)
    )
    of_county = pl.col("is_official") & pl.col("area_code").is_in(areas)
    is_death = pl.col("event") == "death"
    counted = (
        events.lazy()
        .with_columns(window=window)
        .filter(pl.col("window").is_not_null())
        .group_by(
            *("event", "window", "org_code"),
            area_code=pl.when(of_county).then("area_code"),
            icd10=pl.when(is_death).then(pl.col("icd10").fill_null("")),
        )
        .agg(pl.len().cast(pl.Int64), pl.col("is_verified", "is_certificate_only").sum())
        .collect()
    )
    none = pl.lit(None, pl.String)
    county = counted.filter(pl.col("area_code").is_not_null()).with_columns(org_code=none)
    hospital = counted.filter(pl.col("org_code").is_not_null()).with_columns(area_code=none)
    counts = _counts(pl.concat([county, hospital]), groups)
    if counts.is_empty():
        return shaped([], COLUMNS)
    tested = shift(_compared(counts))
    return _told(tested, windows[0])


def _windows(as_of: date) -> list[tuple[date, date]]:
    """First and last day of the newest twelve whole months, and of those before them."""
    last = last_whole_month(as_of)
    return [
        (first_day(last - MONTHS * (back + 1) + 1), last_day(last - MONTHS * back))
        for back in range(EARLIER + 1)
    ]


def _counts(placed: pl.DataFrame, groups: pl.DataFrame) -> pl.DataFrame:
    """Part and total by place, series and window.

    ``placed``: len, is_verified and is_certificate_only (counts) by place, window, event, icd10.
    """
    by = [*PLACE, "window"]
    deaths = placed.filter(pl.col("event") == "death")
    tumours = placed.filter(pl.col("event") == "tumour")
    held = pl.concat([
        groups.select(pl.lit("cause_group").alias("kind"), "measure", "name_zh", "icd10"),
        _garbage(),
    ])  # fmt: skip
    per_code = deaths.group_by(*by, "icd10").agg(part=pl.col("len").sum())
    # A code of an edition that nobody divides so is counted with its category.
    known = pl.col("icd10").is_in(held["icd10"].unique().implode())
    code = pl.when(known).then("icd10").otherwise(pl.col("icd10").str.slice(0, 3))
    parts = (
        per_code.with_columns(icd10=code)
        .join(held, on="icd10")
        .group_by(*by, *SERIES, "name_zh")
        .agg(pl.col("part").sum())
    )
    bases = [
        tumours.group_by(by).agg(part=pl.col(flag).sum().cast(pl.Int64)).with_columns(
            kind=pl.lit("basis"), measure=pl.lit(measure), name_zh=pl.lit(name)
        )
        for flag, measure, name in (
            ("is_verified", "MV", "病理学诊断（MV）"),
            ("is_certificate_only", "DCO", "只有死亡证明（DCO）"),
        )
    ]  # fmt: skip
    found = pl.concat([parts, *bases], how="diagonal")
    total = {
        name: frame.group_by(by).agg(total=pl.col("len").sum())
        for name, frame in (("death", deaths), ("tumour", tumours))
    }
    series = found.select(*PLACE, *SERIES, "name_zh").unique()
    # A window without a case of the series counts as well: its part is 0.
    whole = [
        series.filter((pl.col("kind") == "basis") == (name == "tumour")).join(
            frame, on=PLACE, nulls_equal=True
        )
        for name, frame in total.items()
    ]
    return (
        pl.concat(whole)
        .join(found.drop("name_zh"), on=[*by, *SERIES], how="left", nulls_equal=True)
        .with_columns(pl.col("part").fill_null(0))
        .filter(OF_COUNTY | ~_is_sensitive())
        .sort(*KEYS, "window", nulls_last=True)
    )


def _garbage() -> pl.DataFrame:
    """Codes of every scheme and level, and of R00-R99."""
    sets = [
        (f"{scheme}_{level}", name, ranges)
        for scheme, level, name, ranges in garbage()
        .select("scheme", "level", "name_zh", "codes")
        .iter_rows()
    ]
    sets.append(("R00-R99", "症状、体征和异常所见（R00～R99）", "R00-R99"))
    parts = [
        pl.DataFrame({"icd10": codes().filter(members(ranges))}).select(
            pl.lit("garbage").alias("kind"),
            pl.lit(measure).alias("measure"),
            pl.lit(name).alias("name_zh"),
            "icd10",
        )
        for measure, name, ranges in sets
    ]
    return pl.concat(parts)


def _is_sensitive() -> pl.Expr:
    """An institution is a township's as often as not: no table names these causes there."""
    groups = list(sensitive.cause_groups())
    return (pl.col("kind") == "cause_group") & pl.col("measure").is_in(groups)


def _compared(counts: pl.DataFrame) -> pl.DataFrame:
    """This window beside the earlier ones, with the dispersion of its place and kind."""
    now = counts.filter(pl.col("window") == 0).drop("window")
    past = counts.filter(pl.col("window") > 0)
    sums = past.group_by(KEYS).agg(
        earlier_part=pl.col("part").sum(),
        earlier_total=pl.col("total").sum(),
        earlier_years=pl.len().cast(pl.Int32),
    )
    spread = dispersion(past.rename({"measure": "series"}), [*PLACE, "kind"])
    return (
        now.join(sums, on=KEYS, how="left", nulls_equal=True)
        .join(spread, on=[*PLACE, "kind"], how="left", nulls_equal=True)
        .with_columns(
            pl.col("earlier_part", "earlier_total", "earlier_years").fill_null(0),
            pl.col("dispersion").fill_null(1.0),
        )
        .sort(KEYS, nulls_last=True)
    )


def _told(tested: pl.DataFrame, span: tuple[date, date]) -> pl.DataFrame:
    """Add q-values, percentages and words."""
    known = tested.filter(pl.col("p_value").is_not_null())
    # One family of tests: the counties; another: all institutions.
    families = [known.filter(own) for own in (OF_COUNTY, ~OF_COUNTY)]
    adjusted = [
        family.with_columns(
            q_value=pl.Series(false_discovery(family["p_value"].to_numpy()), dtype=pl.Float64)
        )
        for family in families
    ]
    rest = tested.filter(pl.col("p_value").is_null() & OF_COUNTY)
    every = pl.concat([*adjusted, rest.with_columns(q_value=pl.lit(None, pl.Float64))])
    share, before = pl.col("share"), pl.col("earlier_share")
    larger = pl.max_horizontal(share / before, before / share)
    other = pl.max_horizontal((1 - share) / (1 - before), (1 - before) / (1 - share))
    far = pl.max_horizontal(larger, other) >= LEAST_RATIO
    is_moved = (pl.col("q_value") < MOST_FALSE) & far
    reason = (
        pl.when(pl.col("earlier_total") == 0)
        .then(pl.lit(NO_EARLIER))
        .when(pl.col("p_value").is_null())
        .then(pl.lit(FEW))
    )
    percent = {"share": "share_percent", "earlier_share": "earlier_share_percent",
               "difference": "difference_points", "difference_low": "ci_low",
               "difference_high": "ci_high"}  # fmt: skip
    return shaped(
        every.with_columns(
            (100 * pl.col(old)).alias(new) for old, new in percent.items()
        ).with_columns(
            window_from=pl.lit(span[0]),
            window_to=pl.lit(span[1]),
            part_count="part",
            total_count="total",
            earlier_part_count="earlier_part",
            earlier_total_count="earlier_total",
            is_moved=is_moved.fill_null(False),
            method=pl.when(pl.col("p_value").is_not_null()).then(pl.lit(TESTED)),
            text_zh=pl.when(is_moved)
            .then(pl.lit(MOVED))
            .when(pl.col("p_value").is_not_null())
            .then(pl.lit(USUAL)),
            reason_zh=reason,
        ),
        COLUMNS,
    )
