"""`zhikong survey hospital`: a review of hospital records: targets by hospital and source."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from math import ceil
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import polars as pl

from estimators.errors import EstimatorError
from estimators.survey_sample import SampleSize, sample_size
from flows.home import REFERENCE, Home, UserError
from flows.published import open_published
from flows.survey_design.plan_file import CARD_ZH
from flows.toml_file import as_toml, read_toml

REVIEW = "review.toml"

#: Fewest records a hospital and card type, or all it has.
LEAST = 10
#: Provincial, prefectural, county hospitals; town health centres have 4.
LEVELS = ("1", "2", "3")
GROUPS = {"death": ("death",), "chronic": ("tumour", "cardio", "diabetes")}
GROUP_ZH = {"death": "死因报告", "chronic": "慢性病报告"}


@dataclass(frozen=True)
class Review:
    """A plan of a hospital review."""

    survey_id: str
    area_code: str
    area_name: str
    year: int
    cutoff_date: date
    as_of: date
    seed: int
    expected_percent: float
    precision_percent: float
    sizes: dict[str, SampleSize]  # death, chronic
    targets: pl.DataFrame  # org_code, org_name, card_type, cards, source, source_zh, records_zh,
    # target, start (of the interval, 0-1): the same for the same seed


def write_review(review: Review, folder: Path) -> None:
    """Write `review.toml`: by what day a card counts as reported was decided with the plan."""
    told = {
        "survey_id": review.survey_id, "year": review.year, "cutoff_date": review.cutoff_date,
        "seed": review.seed, "expected_percent": review.expected_percent,
        "precision_percent": review.precision_percent,
    }  # fmt: skip
    lines = [f"{name} = {as_toml(value)}\n" for name, value in told.items()]
    (folder / REVIEW).write_text("# 医院漏报检查方案的参数。\n" + "".join(lines), "utf-8")


def cutoff_of(folder: Path, survey_id: str, cutoff: date | None) -> date:
    """The cut-off day of a review that was planned.

    Args:
        folder: of the plan.
        survey_id: the review.
        cutoff: as the user gives it.

    Raises:
        UserError: the plan says another day or is another review's, or none says any.
    """
    try:
        said = read_toml(folder / REVIEW)
    except FileNotFoundError:
        if cutoff is None:
            raise UserError(
                f"{folder} 中没有 {REVIEW}：请用 -o 指向方案所在目录，或用 --cutoff 写明截止日。"
            ) from None
        return cutoff
    except ValueError as error:
        raise UserError(f"{folder / REVIEW} {error}，请恢复原来的文件。") from None
    planned = said.get("cutoff_date")
    if said.get("survey_id") != survey_id or not isinstance(planned, date):
        raise UserError(f"{folder / REVIEW} 不是 {survey_id} 的方案，请核对 -o 和 --year。")
    if cutoff not in (None, planned):
        raise UserError(
            f"方案的截止日是 {planned}，与 --cutoff {cutoff} 不同；截止日不能事后更改。"
        )
    return planned


def sources() -> pl.DataFrame:
    """Which records are looked at for each card type, with the share of each (our suggestion)."""
    names = pl.read_csv(REFERENCE / "list_source.csv", infer_schema=False)
    return (
        pl.read_csv(REFERENCE / "hospital_review_source.csv")
        .join(names.select("source", source_zh="name_zh"), on="source", how="left",
              maintain_order="left")
    )  # fmt: skip


def plan_review(
    home: Home, year: int, area: str | None, expected: float, precision: float,
    seed: int | None, cutoff: date | None, levels: tuple[str, ...] = LEVELS,
) -> Review:  # fmt: skip
    """Targets of every hospital.

    Args:
        home: with a published file.
        year: of the events.
        area: county; the home's own if None.
        expected: 漏报率 in percent.
        precision: absolute, percentage points, for deaths and for chronic diseases each.
        seed: decides where each list is begun; the year if None.
        cutoff: frozen day; 31 March of the next year if None.
        levels: org_level taken in.

    Raises:
        UserError: no county, no institution of the levels, or options out of range.
    """
    seed = year if seed is None else seed
    with open_published(home) as connection:
        as_of, own = connection.execute("select as_of, area_code from reference.home").fetchall()[0]
        county = area or own
        if not county:
            raise UserError("不知道是哪个县：请用 --area 给出 6 位地区编码。")
        name = connection.execute(
            "select area_name from reference.area where area_code = ?", [county]
        ).fetchone()
        orgs = _hospitals(connection, county, year, levels)
        if orgs.is_empty():
            raise UserError(
                f"{county} 没有县级及以上的医疗机构：请核对机构表的机构级别和所在地编码。"
            )
        counts = _counts(connection, county, year)
    sizes, parts = {}, []
    for group, card_types in GROUPS.items():
        own_counts = counts.filter(pl.col("card_type").is_in(card_types))
        total = own_counts.join(orgs, on="org_code", how="semi")["cards"].sum()
        try:
            sizes[group] = sample_size(
                expected / 100, precision / 100, population=max(1, int(total))
            )
        except EstimatorError as reason:
            raise UserError(f"样本量不能计算：{reason}（{reason.column}）。") from None
        wanted = sizes[group].required
        parts += [_targets(orgs, counts, card, wanted, int(total)) for card in card_types]
    targets = _by_source(pl.concat(parts), seed)
    return Review(
        f"H{year}-{county}", county, name[0] if name else county, year,
        cutoff or date(year + 1, 3, 31), as_of, seed, expected, precision, sizes, targets,
    )  # fmt: skip


def _hospitals(
    connection: duckdb.DuckDBPyConnection, county: str, year: int, levels: tuple[str, ...]
) -> pl.DataFrame:
    found = connection.execute(
        "select distinct org_code, org_name, reports_death, reports_tumour, reports_cardio,"
        " reports_diabetes from reference.institution where left(area_code, 6) = ?"
        " and (opened_on is null or year(opened_on) <= ?)"
        " and (closed_on is null or year(closed_on) >= ?) and list_contains(?, org_level)"
        " order by org_code",
        [county, year, year, list(levels)],
    )
    return found.pl()


def _counts(connection: duckdb.DuckDBPyConnection, county: str, year: int) -> pl.DataFrame:
    """org_code, card_type, cards: reported by the county's institutions in the year."""
    union = " union all ".join(
        f"select org_code, '{card}' as card_type, count(*) as cards from card.{card}"
        f" where report_area_code = '{county}' and year = {int(year)} and is_counted"
        " group by org_code"
        for card in CARD_ZH
    )
    return connection.sql(f"select * from ({union}) order by all").pl()


def _targets(
    orgs: pl.DataFrame, counts: pl.DataFrame, card_type: str, wanted: int, total: int
) -> pl.DataFrame:
    """Wanted records shared in proportion to the cards reported, at least LEAST a hospital."""
    share = wanted / total if total else 0.0
    return (
        orgs.filter(pl.col(f"reports_{card_type}").fill_null("1") == "1")
        .select("org_code", "org_name", card_type=pl.lit(card_type))
        .join(counts, on=["org_code", "card_type"], how="left", maintain_order="left")
        .with_columns(cards=pl.col("cards").fill_null(0).cast(pl.Int64))
        .with_columns(
            wanted=(pl.col("cards") * share).ceil().cast(pl.Int64).clip(lower_bound=LEAST)
        )
    )


def _by_source(targets: pl.DataFrame, seed: int) -> pl.DataFrame:
    rows: list[dict[str, Any]] = []
    for row in targets.join(sources(), on="card_type", maintain_order="left").to_dicts():
        key = f"{row['org_code']}|{row['card_type']}|{row['source']}".encode()
        start = float(np.random.default_rng([seed, *key]).random())
        rows.append({
            "org_code": row["org_code"], "org_name": row["org_name"],
            "card_type": row["card_type"], "cards": row["cards"], "source": row["source"],
            "source_zh": row["source_zh"], "records_zh": row["records_zh"],
            "target": max(1, ceil(row["wanted"] * row["share_percent"] / 100)),
            "start": round(start, 4),  # a fraction of the interval between records
        })  # fmt: skip
    return pl.DataFrame(rows, infer_schema_length=None)
