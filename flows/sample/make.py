"""Everything a sample is, in order: county, cards, lists, faults, files."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl

from flows.sample.cardio import cardio_cards
from flows.sample.cards import Cards
from flows.sample.county import County, county
from flows.sample.death import death_cards
from flows.sample.diabetes import diabetes_cards
from flows.sample.error import SampleError
from flows.sample.fault import Fault, RulesOfValidators, plant_all, truth, with_faults
from flows.sample.files import FILES, write_cards, write_inputs
from flows.sample.household import household_survey
from flows.sample.inputs import (
    areas,
    benchmarks,
    evidence,
    monthly_reports,
    platform_totals,
)
from flows.sample.institutions import institutions
from flows.sample.population import population
from flows.sample.survey import hospital_review
from flows.sample.tumour import tumour_cards
from flows.sample.write import MARK, SCOPE


def make(
    directory: Path,
    *,
    year: int,
    deaths: int | None,
    faults: float,
    seed: int,
    area: str | None,
    preset: str | None,
    years: int | None,
) -> None:
    """Make one sample (see `flows.sample.write_sample`)."""
    if not 0 <= faults <= 0.5:
        raise SampleError(f"--faults {faults} 不在 0 至 0.5 之间。")
    place = county(year=year, deaths=deaths, area=area, preset=preset, years=years)
    orgs = institutions(place)
    cards = all_cards(place, orgs, seed)
    survey, cards = hospital_review(_chance(seed, "review"), place, orgs, cards)
    household = household_survey(_chance(seed, "household"), place, orgs, cards["death"])
    planted: list[Fault] = []
    if faults:
        spared = _listed(cards, [survey, household])
        planted = plant_all(
            _chance(seed, "faults"), place, cards, spared, faults, RulesOfValidators()
        )
    frames = {name: card.frame for name, card in cards.items()}
    faulty = {
        name: with_faults(frame, [fault for fault in planted if fault.card_type == name])
        for name, frame in frames.items()
    }
    inbox = _emptied(directory)
    write_cards(_chance(seed, "style"), place, orgs, frames, planted, inbox)
    write_inputs(
        place,
        orgs,
        population=population(place),
        areas=areas(place),
        monthly=monthly_reports(place, orgs, cards),
        survey=survey,
        household=household,
        totals=platform_totals(place, orgs, faulty),
        bands=benchmarks(place),
        documents=evidence(place),
        inbox=inbox,
    )
    which = f"--preset {preset}" if preset else f"--area {place.area_code}"
    command = (
        f"zhikong sample DIR --year {year} {which} --deaths {place.counts['death'][year]} "
        f"--years {len(place.years)} --faults {faults:g} --seed {seed}"
    )
    truth(planted).write_csv(directory / "truth.csv")
    (directory / "README.md").write_text(_readme(place, frames, planted, command), "utf-8")


def _emptied(directory: Path) -> Path:
    """The inbox, without the files of an earlier sample; anybody else's files stop us."""
    inbox, readme = directory / "inbox", directory / "README.md"
    inbox.mkdir(parents=True, exist_ok=True)
    old = list(inbox.iterdir())
    is_ours = readme.exists() and MARK in readme.read_text("utf-8").partition("\n")[0]
    strange = [file.name for file in old if file.name.removesuffix(SCOPE) not in FILES]
    if old and (strange or not is_ours):
        raise SampleError(f"{inbox} 中已有其他文件，请换一个空目录，以免与真实数据混在一起。")
    for file in old:
        file.unlink()
    return inbox


def all_cards(place: County, orgs: pl.DataFrame, seed: int) -> dict[str, Cards]:
    """The four kinds of sound cards."""
    deaths, ill_days = death_cards(_chance(seed, "death"), place, orgs)
    return {
        "death": deaths,
        "tumour": tumour_cards(_chance(seed, "tumour"), place, orgs, deaths, ill_days),
        "cardio": cardio_cards(_chance(seed, "cardio"), place, orgs, deaths),
        "diabetes": diabetes_cards(_chance(seed, "diabetes"), place, orgs),
    }


def _chance(seed: int, part: str) -> np.random.Generator:
    """One stream of chance per part, so that a change in one leaves the others alone."""
    return np.random.default_rng([seed, *part.encode()])


def _listed(cards: dict[str, Cards], lists: list[pl.DataFrame]) -> set[str]:
    """Cards of people on survey lists: a fault there would look like an unreported case."""
    names = pl.concat([frame.select("name", "birth_date") for frame in lists]).unique()
    found: set[str] = set()
    for card in cards.values():
        found |= set(card.frame.join(names, on=["name", "birth_date"], how="semi")["card_id"])
    return found


def _readme(
    place: County, frames: dict[str, pl.DataFrame], planted: list[Fault], command: str
) -> str:
    exported = date(1970, 1, 1) + timedelta(days=place.export_day)
    rows = "\n".join(f"| {name} | {frame.height:,} |" for name, frame in frames.items())
    return (
        f"# {place.name}示例（{MARK}）\n\n"
        "全部人员、机构、号码和数字均为程序虚构，与任何真实的人、医院或县的数据无关。\n\n"
        "Everything here is synthetic: invented people, institutions and numbers.\n\n"
        f"Made by `{command}`; exported on {exported}: judge it as of a day after that.\n\n"
        f"Data years {place.years[0]}-{place.years[-1]}, registered population "
        f"{place.population['registered']:,}. Planted faults: {len(planted)}, in `truth.csv` "
        "(card, card_id, rule_id, implies; an empty card_id: the fault is the missing id).\n\n"
        "| cards | rows |\n|---|---|\n"
        f"{rows}\n"
    )
