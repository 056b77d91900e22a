"""Typed cards and strata for the tests of the statistics: only what a test is about is written."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import polars as pl

AREA = "330329"
CARD: dict[str, tuple[Any, Any]] = {
    "card_id": (pl.String, None),
    "person_id": (pl.String, None),
    "org_code": (pl.String, "H1"),
    "report_area_code": (pl.String, AREA),
    "area_code": (pl.String, AREA),
    "residence_area_code": (pl.String, AREA),
    "sex": (pl.String, "1"),
    "age_years": (pl.Int32, 60),
    "birth_date": (pl.Date, None),
    "icd10": (pl.String, "C16.9"),
    "event_date": (pl.Date, None),
    "year": (pl.Int32, None),
    "death_date": (pl.Date, None),
    "death_date_year": (pl.Int32, None),
    "created_time": (pl.Datetime("us"), None),
    "vital_status": (pl.String, None),
    "card_status": (pl.String, "0"),
    "last_contact_date": (pl.Date, None),
    "last_follow_up_date": (pl.Date, None),
    "diagnosis_basis": (pl.String, "7"),
    "diagnosis_basis_national": (pl.String, None),
    "count_base": (pl.String, "official"),
    "is_counted": (pl.Boolean, True),
}
GROUPS = pl.DataFrame(
    {
        "icd10_category": ["C16", "C18", "C20"],
        "group_code": ["104", "105", "105"],
        "group_name_zh": ["胃", "结直肠肛门", "结直肠肛门"],
    }
)


def cards(*rows: Mapping[str, Any]) -> pl.DataFrame:
    """Usual cards changed by the rows; every card is another person unless a row says who."""
    full = []
    for number, row in enumerate(rows, 1):
        one = {name: usual for name, (_, usual) in CARD.items()}
        one |= {"card_id": f"c{number}", "person_id": f"p{number}"} | row
        if one["year"] is None and one["event_date"] is not None:
            one["year"] = one["event_date"].year
        if one["death_date"] is not None:
            one["death_date_year"] = one["death_date"].year
        full.append(one)
    return pl.DataFrame(full, schema={name: dtype for name, (dtype, _) in CARD.items()})


def day(text: str) -> date:
    return date.fromisoformat(text)


def age_starts() -> list[int]:
    return [0, 1, *range(5, 90, 5)]


def people(years: list[int], area_code: str = AREA, cell: float = 10_000.0) -> pl.DataFrame:
    """``cell`` registered people in each of the 38 cells of the years."""
    names = ["0", "1-4", *(f"{age}-{age + 4}" for age in range(5, 85, 5)), "85+"]
    rows = [
        (area_code, year, "registered", sex, name, start, cell)
        for year in years
        for sex in "12"
        for name, start in zip(names, age_starts(), strict=True)
    ]
    schema = {
        "area_code": pl.String,
        "year": pl.Int32,
        "residency": pl.String,
        "sex": pl.String,
        "age_group": pl.String,
        "age_from": pl.Int64,
        "population": pl.Float64,
    }
    return pl.DataFrame(rows, schema=schema, orient="row")


def counted(cells: pl.DataFrame, event: str, count: pl.Expr) -> pl.DataFrame:
    """Events by stratum: ``count`` of each cell of people."""
    made = cells.with_columns(event=pl.lit(event), count=count.cast(pl.Int64))
    strata = ["event", "area_code", "year", "residency", "sex", "age_group", "count"]
    return made.filter(pl.col("count") > 0).select(strata)
