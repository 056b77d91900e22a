"""The other inputs of a county: people, areas, monthly reports, totals, bands, evidence."""

from __future__ import annotations

import itertools

import numpy as np
import polars as pl

from flows.place import is_district
from flows.sample.cards import Cards
from flows.sample.county import County
from flows.sample.draw import day_text
from flows.sample.institutions import is_ours, silent
from flows.sample.survey import EVENT_DATE
from flows.sample.tables import CARDS, fields

CLOSED_STATUS = ("3", "4", "5")  # misdiagnosed, duplicate, deleted
LATE_MONTHS = 2  # monthly reports that one more township forgot


def _class(place: County) -> str:
    return "urban" if is_district(place.area_code, place.name) else "rural"


def areas(place: County) -> pl.DataFrame:
    """Province, prefecture, county and towns."""
    rows = [
        (place.province_code, place.province_name, "province", "", "", "MCA"),
        (place.city_code, place.city_name, "prefecture", "", place.province_code, "MCA"),
        (place.area_code, place.name, "county", _class(place), place.city_code, "MCA"),
        *(
            (code, name, "town", "urban" if urban else "rural", place.area_code, "NBS")
            for code, name, urban in zip(
                place.town_codes, place.town_names, place.town_is_urban, strict=True
            )
        ),
    ]
    names = ("area_code", "area_name", "level", "urban_rural", "parent_code", "code_issuer")
    frame = pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String), orient="row")
    return frame.with_columns(valid_from=pl.lit("2000-01-01"), valid_to=pl.lit("")).select(
        fields("area")
    )


def monthly_reports(place: County, orgs: pl.DataFrame, cards: dict[str, Cards]) -> pl.DataFrame:
    """Cards reported by month, zero reports included; one institution is silent in the last year.

    A second township forgot its reports of two months.
    """
    ours = orgs.filter(pl.Series(is_ours(orgs, place)))
    months = [f"{year}-{month:02d}" for year in place.years for month in range(1, 13)]
    parts = []
    for name in CARDS:
        reporting = ours.filter(pl.col(f"reports_{name}") == "1")["org_code"]
        every = pl.DataFrame(
            list(itertools.product(reporting, months)),
            schema={"org_code": pl.String, "month": pl.String},
            orient="row",
        )
        seen = (
            cards[name]
            .frame.select(
                pl.col("report_org").alias("org_code"),
                pl.col("report_date").str.slice(0, 7).alias("month"),
            )
            .group_by("org_code", "month")
            .len("event_count")
        )
        parts.append(
            every.join(seen, on=["org_code", "month"], how="left", maintain_order="left").select(
                *("org_code", "month"),
                pl.lit(name).alias("card_type"),
                pl.col("event_count").fill_null(0).cast(pl.String),
            )
        )
    last = f"{place.years[-1]}-"
    quiet = (pl.col("org_code") == silent(orgs)) & pl.col("month").str.starts_with(last)
    forgetful = orgs.filter(pl.col("role") == "township")["org_code"][1]
    missing = [f"{last}{month:02d}" for month in range(3, 3 + LATE_MONTHS)]
    forgot = (
        (pl.col("org_code") == forgetful)
        & pl.col("month").is_in(missing)
        & (pl.col("event_count") == "0")
    )
    return pl.concat(parts).filter(~quiet & ~forgot)


def platform_totals(
    place: County, orgs: pl.DataFrame, frames: dict[str, pl.DataFrame]
) -> pl.DataFrame:
    """Usable cards by year of the event, whatever their audit state, for three bases."""
    ours = orgs.filter(pl.Series(is_ours(orgs, place)))["org_code"].implode()
    bases = {
        "registered": pl.col("registered_county") == place.area_code,
        "residence": pl.col("residence_county") == place.area_code,
        "reporting": pl.col("report_org").is_in(ours),
    }
    rows = []
    for name, frame in frames.items():
        counted = frame.filter(~pl.col("card_status").is_in(CLOSED_STATUS))
        year = counted[EVENT_DATE[name]].str.slice(0, 4)
        for basis, here in bases.items():
            numbers = counted.with_columns(event_year=year).filter(here)["event_year"]
            for data_year in place.years:
                count = int((numbers == str(data_year)).sum())
                rows.append((name, basis, str(data_year), count))
    return pl.DataFrame(
        {
            "date": [day_text(np.array([place.export_day]))[0]] * len(rows),
            "card_type": [row[0] for row in rows],
            "basis": [row[1] for row in rows],
            "year": [row[2] for row in rows],
            "area_code": [place.area_code] * len(rows),
            "org_code": [""] * len(rows),
            "count": [str(row[3]) for row in rows],
        }
    ).select(fields("platform_total"))


def benchmarks(place: County) -> pl.DataFrame:
    """Invented bands of neighbouring counties near this county's own level."""
    people = place.population["registered"]
    last = place.years[-1]
    rates = {
        "crude_death_rate_per_1000": round(place.counts["death"][last] / people * 1000, 1),
        "cancer_incidence_per_100k": _rate(place, "tumour"),
        "stroke_incidence_per_100k": _rate(place, "stroke"),
        "coronary_incidence_per_100k": _rate(place, "coronary"),
        "diabetes_incidence_per_100k": _rate(place, "diabetes"),
        "mortality_incidence_ratio": 0.62,
        "morphologically_verified_percent": 72.0,
        "unknown_cause_percent": 3.8,
    }
    rows = [
        {
            "area_group": f"{place.city_name}{'城市' if _class(place) == 'urban' else '农村'}",
            "urban_rural": _class(place),
            "indicator": indicator,
            "year": str(year),
            "value": f"{value:g}",
            "low": f"{value * 0.75:.4g}",
            "high": f"{value * 1.25:.4g}",
            "source": "合成数据，非真实水平",
        }
        for year in place.years
        for indicator, value in rates.items()
    ]
    return pl.DataFrame(rows).select(fields("benchmark"))


def _rate(place: County, disease: str) -> float:
    people = place.population["registered"]
    return float(round(place.counts[disease][place.years[-1]] / people * 100_000 * 1.04))


def evidence(place: County) -> pl.DataFrame:
    """Survey documents issued but for the report; nothing issued for the annual report."""
    year = place.years[-1] + 1
    issuer = f"{place.name}疾病预防控制中心（合成）"
    rows = [
        (19, 1, 1, "医院数据对接清单（合成）", "01"),
        (20, 1, 1, "漏报调查过程资料（合成）", "02"),
        (20, 2, 1, "漏报调查方案（合成）", "03"),
        (20, 3, 1, "漏报调查完成情况（合成）", "04"),
        (20, 4, 0, "漏报调查报告（合成）", ""),
    ]
    return pl.DataFrame(
        [
            {
                "year": str(year),
                "area_code": place.area_code,
                "item_no": str(item),
                "criterion_no": str(criterion),
                "done": str(done),
                "document": document,
                "issued_by": issuer if done else "",
                "document_no": f"合成〔{year}〕{number}号" if done else "",
                "done_on": f"{year}-01-10" if done else "",
                "sha256": "",
            }
            for item, criterion, done, document, number in rows
        ]
    ).select(fields("evidence"))
