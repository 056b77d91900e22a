"""`reference/field.csv`: every field of every kind of input, read once."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache

from flows.home import REFERENCE

INCIDENT = ("tumour", "cardio", "diabetes")
CARDS = ("death", *INCIDENT)
INPUTS = (
    "tumour_death", "population", "institution", "monthly_report", "survey_case",
    "platform_total", "benchmark", "evidence", "area",
)  # fmt: skip
#: The date that puts a card into a year (docs/definitions.md).
EVENT_DATE = {"death": "death_date", "tumour": "diagnosis_date", "cardio": "onset_date",
              "diabetes": "diagnosis_date", "tumour_death": "death_date"}  # fmt: skip
#: Dates of which only a part may be known.
PARTIAL_DATES = {"birth_date", "death_date", "diagnosis_date", "onset_date"}


@dataclass(frozen=True)
class Field:
    """One row of `field.csv`."""

    name: str
    label_zh: str
    requirement: str
    data_type: str
    code_list: str
    published: bool


@cache
def fields(card_type: str) -> dict[str, Field]:
    """Fields of one kind of input in their order."""
    with (REFERENCE / "field.csv").open(encoding="utf-8", newline="") as stream:
        return {
            row["field"]: Field(
                row["field"], row["label_zh"], row["requirement"], row["data_type"],
                row["code_list"], row["published"] == "1",
            )
            for row in csv.DictReader(stream)
            if row["card_type"] == card_type
        }  # fmt: skip


@cache
def unpublished(card_type: str) -> frozenset[str]:
    """The typed columns of a kind that identify a person or quote free text."""
    names = [name for name, field in fields(card_type).items() if not field.published]
    return frozenset([*names, *(f"{name}_{part}" for name in names for part in ("year", "month"))])
