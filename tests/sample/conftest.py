"""A small county, made once."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pytest

from flows.sample import write_sample
from flows.sample.cards import Cards
from flows.sample.county import County, county
from flows.sample.institutions import institutions
from flows.sample.make import all_cards


@dataclass(frozen=True)
class Made:
    """A county with its cards, before they are written."""

    place: County
    orgs: pl.DataFrame
    cards: dict[str, Cards]

    def frame(self, card_type: str) -> pl.DataFrame:
        """Cards of one kind."""
        return self.cards[card_type].frame

    def official(self, card_type: str, date_field: str) -> pl.DataFrame:
        """Final, usable cards of registered people, with the year of the event."""
        return (
            self.frame(card_type)
            .filter(
                (pl.col("registered_county") == self.place.area_code)
                & pl.col("audit_status").is_in(["3", "5", "6", "7", "8"])
                & pl.col("card_status").is_in(["0", "6", "7"])
                & (
                    pl.col("registration_unverified_reason") != "2"
                    if card_type == "death"
                    else pl.lit(True)
                )
            )
            .with_columns(year=pl.col(date_field).str.slice(0, 4).cast(pl.Int64))
        )


def made(**arguments: object) -> Made:
    chosen = {"year": 2025, "deaths": None, "area": None, "preset": None, "years": None}
    place = county(**(chosen | arguments))  # type: ignore[arg-type]
    orgs = institutions(place)
    return Made(place, orgs, all_cards(place, orgs, seed=1))


@pytest.fixture(scope="session")
def small() -> Made:
    """900 deaths a year: large enough for shares, small enough to be quick."""
    return made(deaths=900)


@pytest.fixture(scope="session")
def qianyang() -> Made:
    return made(preset="qianyang")


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A written sample of 120 deaths a year, without faults."""
    directory = tmp_path_factory.mktemp("sample")
    write_sample(directory, deaths=120, seed=3)
    return directory
