"""Which file holds what: four card files, each of another kind, and the other inputs."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl

from flows.sample.county import County
from flows.sample.fault import Fault, with_faults
from flows.sample.style import exported
from flows.sample.survey import EVENT_DATE
from flows.sample.tables import CARDS
from flows.sample.tumour import EARLIER_YEARS
from flows.sample.write import (
    MARK,
    chinese_headers,
    code_headers,
    csv_text,
    title,
    used,
    write_scope,
    write_text,
    write_workbook,
    write_zip,
)

PLAIN_ABOVE = 100_000
"""Cards in all from which the card files are plain CSV with provincial codes."""

FILES = {
    *(f"{name}.csv" for name in CARDS),
    *("death_cards.csv", "tumour_cards.xlsx", "cardio_cards.csv"),
    *("diabetes_cards.txt", "diabetes_earlier.zip"),
    *("population_registered.xlsx", "population_resident.xlsx", "institution.csv"),
    *("benchmark.csv", "evidence.csv", "monthly_report.csv", "platform_total.csv", "area.csv"),
    *("hospital_review.xlsx", "household_survey.csv"),
}
"""Every name a sample may write (and so may replace)."""


def write_cards(
    rng: np.random.Generator,
    place: County,
    orgs: pl.DataFrame,
    frames: dict[str, pl.DataFrame],
    faults: list[Fault],
    inbox: Path,
) -> None:
    """Write the card files; planted values go over the exported ones as they are."""
    plain = sum(frame.height for frame in frames.values()) > PLAIN_ABOVE
    for name in CARDS:
        mine = [fault for fault in faults if fault.card_type == name]
        # The year is the sound card's: a planted date must not move a card to another file.
        year = frames[name][EVENT_DATE[name]].str.slice(0, 4)
        shown = frames[name]
        if not plain:
            shown = exported(rng, place, orgs, shown, name, with_labels=name != "cardio")
        shown = with_faults(shown, mine)
        if plain:
            file = inbox / f"{name}.csv"
            write_text(file, used(shown, name).rename(code_headers(name), strict=False))
            continue
        writer = {"death": _death, "tumour": _tumour, "cardio": _cardio, "diabetes": _diabetes}
        writer[name](place, shown, year, inbox)


def _span(place: County) -> tuple[str, str]:
    return f"{place.years[0]}-01-01", f"{place.years[-1]}-12-31"


def _death(place: County, frame: pl.DataFrame, year: pl.Series, inbox: Path) -> None:
    """GB18030, Chinese labels, two lines above the header, a total below."""
    file = inbox / "death_cards.csv"
    day = date(1970, 1, 1) + timedelta(days=place.export_day)
    write_text(
        file,
        used(frame, "death").rename(chinese_headers("death"), strict=False),
        encoding="gb18030",
        above=(title(place, "死亡报告卡"), f"数据截至：{day:%Y年%m月%d日}，全部为虚构人员"),
        below=(f"合计：{frame.height}条（{MARK}）",),
    )
    write_scope(file, place, "death", *_span(place))


def _tumour(place: County, frame: pl.DataFrame, year: pl.Series, inbox: Path) -> None:
    """A workbook of two sheets; the first writes morphology and behaviour in one cell."""
    file = inbox / "tumour_cards.xlsx"
    older = (year != str(place.years[-1])).to_numpy()
    # A planted text, or a behaviour whose morphology was taken away, needs a cell of its own.
    is_digit = pl.col("behaviour").str.contains(r"^\d$") & (pl.col("morphology") != "")
    joined = [
        pl.when(is_digit)
        .then(pl.col("morphology") + "/" + pl.col("behaviour"))
        .otherwise("morphology")
        .alias("morphology"),
        pl.when(is_digit).then(pl.lit("")).otherwise("behaviour").alias("behaviour"),
    ]
    sheets = {}
    if older.any():
        first = frame.filter(pl.Series(older)).with_columns(joined)
        sheets[f"{place.years[-1] - 1}年及以前"] = first
    sheets[str(place.years[-1])] = frame.filter(pl.Series(~older))
    write_workbook(
        file,
        {
            name: used(sheet, "tumour").rename(chinese_headers("tumour"), strict=False)
            for name, sheet in sheets.items()
        },
        title(place, "肿瘤病例报告卡"),
    )
    first_year = f"{place.years[0] - EARLIER_YEARS}-01-01"
    write_scope(file, place, "tumour", first_year, _span(place)[1])


def _cardio(place: County, frame: pl.DataFrame, year: pl.Series, inbox: Path) -> None:
    """UTF-8 with byte-order mark, provincial codes as headers."""
    file = inbox / "cardio_cards.csv"
    renamed = used(frame, "cardio").rename(code_headers("cardio"), strict=False)
    write_text(file, renamed, encoding="utf-8-sig")
    first, last = _span(place)
    write_scope(file, place, "cardio", "1990-01-01" if place.managed_cardio else first, last)


def _diabetes(place: County, frame: pl.DataFrame, year: pl.Series, inbox: Path) -> None:
    """The last year as UTF-16 text with tabs; earlier years in a zip, a CSV each."""
    last = (year == str(place.years[-1])).to_numpy()
    file = inbox / "diabetes_cards.txt"
    newest = used(frame.filter(pl.Series(last)), "diabetes")
    write_text(
        file,
        newest.rename(chinese_headers("diabetes"), strict=False),
        encoding="utf-16",
        separator="\t",
        above=(title(place, "糖尿病报告卡"),),
    )
    write_scope(file, place, "diabetes", f"{place.years[-1]}-01-01", f"{place.years[-1]}-12-31")
    members = {}
    for data_year in place.years[:-1]:
        part = frame.filter(year == str(data_year))
        members[f"diabetes_{data_year}.csv"] = csv_text(used(part, "diabetes")).encode()
    if members:
        write_zip(inbox / "diabetes_earlier.zip", members)


def write_inputs(
    place: County,
    orgs: pl.DataFrame,
    *,
    population: dict[str, pl.DataFrame],
    areas: pl.DataFrame,
    monthly: pl.DataFrame,
    survey: pl.DataFrame,
    household: pl.DataFrame,
    totals: pl.DataFrame,
    bands: pl.DataFrame,
    documents: pl.DataFrame,
    inbox: Path,
) -> None:
    """Write what is not cards, with Chinese headers or our field names."""
    for residency, frame in population.items():
        labelled = frame.with_columns(
            residency=pl.col("residency").replace({"registered": "户籍", "resident": "常住"}),
            sex=pl.col("sex").replace({"1": "男", "2": "女"}),
            pop_kind=pl.lit("年末"),
        )
        write_workbook(
            inbox / f"population_{residency}.xlsx",
            {"人口": labelled.rename(chinese_headers("population"))},
            title(place, "分年龄性别人口"),
        )
    chinese = {
        "institution": orgs.drop("role", "town_code"),
        "benchmark": bands,
        "evidence": documents,
    }
    for name, frame in chinese.items():
        write_text(
            inbox / f"{name}.csv",
            frame.rename(chinese_headers(name)),
            encoding="gb18030" if name == "institution" else "utf-8-sig",
            above=(title(place, {"institution": "机构名单", "benchmark": "同期比",
                                 "evidence": "佐证材料"}[name]),),
        )  # fmt: skip
    for name, frame in {"monthly_report": monthly, "platform_total": totals, "area": areas}.items():
        write_text(inbox / f"{name}.csv", frame)
    reviews = survey.rename(chinese_headers("survey_case"))
    write_workbook(
        inbox / "hospital_review.xlsx", {"漏报调查": reviews}, title(place, "医疗机构漏报检查名单")
    )
    if household.height:
        write_text(inbox / "household_survey.csv", household, encoding="utf-8-sig")
