"""Tumour cards: those who died of a tumour are linked to their death card, the rest are alive."""

from __future__ import annotations

import numpy as np
import polars as pl

from flows.sample.cards import Cards
from flows.sample.county import County
from flows.sample.draw import (
    Floats,
    Ints,
    ages,
    days_in,
    first_day,
    quota,
)
from flows.sample.incident import birth_days, plan
from flows.sample.people import SLOTS, VISITOR, people
from flows.sample.tables import table
from flows.sample.tumour_card import fill_cards
from flows.sample.workflow import FINAL, PENDING

NOTIFIED_SHARE = 0.035  # tumour deaths first heard of from the death card (DCN)
EARLIER_YEARS = 5  # of cards before the data years, for deaths from tumours found then
MISSED_SHARE = 0.02  # tumour deaths without any tumour card


def tumour_cards(
    rng: np.random.Generator, place: County, orgs: pl.DataFrame, deaths: Cards, ill_days: Floats
) -> Cards:
    """Make the tumour cards of all years.

    Args:
        rng: source of chance.
        place: the county.
        orgs: its institutions.
        deaths: the death cards.
        ill_days: days from diagnosis to death for tumour deaths, else 0.
    """
    sites = table("sample_site")
    linked = _linked(rng, place, deaths, ill_days, sites)
    rows, day, dead, notified = [linked["row"]], [linked["day"]], [linked["dead"]], []
    notified.append(linked["notified"])
    states, kinds, sex, which = [linked["state"]], [linked["kind"]], [linked["sex"]], []
    which.append(linked["which"])
    for year, total in place.counts["tumour"].items():
        inside = (linked["day"] >= first_day(year)) & (linked["day"] < first_day(year + 1))
        counted = inside & (linked["kind"] != VISITOR) & (linked["state"] == FINAL)
        state, kind = plan(rng, place, year, max(total - int(counted.sum()), 0))
        size = len(state)
        cell = _survivors(rng, sites, linked["which"][counted], linked["sex"][counted], size)
        when = days_in(rng, year, size)
        waits = state == PENDING
        when[waits] = first_day(year + 1) - rng.integers(1, 12, int(waits.sum()))
        rows.append(np.full(size, -1))
        day.append(when)
        dead.append(np.zeros(size, dtype=np.int64))
        notified.append(np.zeros(size, dtype=bool))
        states.append(state)
        kinds.append(kind)
        sex.append(cell // sites.height + 1)
        which.append(cell % sites.height)
    event = {
        name: np.concatenate(parts)
        for name, parts in (
            ("row", rows), ("day", day), ("dead", dead), ("notified", notified),
            ("state", states), ("kind", kinds), ("sex", sex), ("which", which),
        )
    }  # fmt: skip
    who = _people(rng, place, deaths, event, sites)
    return fill_cards(rng, place, orgs, who, event, sites)


def _linked(
    rng: np.random.Generator, place: County, deaths: Cards, ill_days: Floats, sites: pl.DataFrame
) -> dict[str, np.ndarray]:
    """Tumour deaths whose diagnosis falls into the data years or the few years before."""
    cause = deaths.frame["underlying_cause"]
    order = {code: position for position, code in enumerate(sites["icd10"])}
    site = cause.replace_strict(order, default=-1, return_dtype=pl.Int64).to_numpy()
    tumour = (site >= 0) & (rng.random(len(site)) >= MISSED_SHARE) & (deaths.state == FINAL)
    notified = tumour & (rng.random(len(site)) < NOTIFIED_SHARE)
    born = deaths.people["birth_day"].to_numpy()
    youngest = sites["age_min"].to_numpy()[np.maximum(site, 0)]
    earliest = born + np.ceil((youngest + 0.02) * 365.2425).astype(np.int64)
    day = np.where(notified, deaths.event_day, deaths.event_day - ill_days.astype(np.int64))
    day = np.maximum(day, np.minimum(earliest, deaths.event_day))
    row = np.flatnonzero(tumour & (day >= first_day(place.years[0] - EARLIER_YEARS)))
    return {
        "row": row,
        "day": day[row],
        "dead": deaths.event_day[row],
        "notified": notified[row],
        "state": deaths.state[row],
        "kind": deaths.people["kind"].to_numpy()[row],
        "sex": deaths.people["sex"].cast(pl.Int64).to_numpy()[row],
        "which": site[row],
    }


def _survivors(
    rng: np.random.Generator, sites: pl.DataFrame, which: Ints, sex: Ints, count: int
) -> Ints:
    """Sites of those who live: the year's site mix less the sites of those who died."""
    mix = np.stack([sites["male_per_mille"].to_numpy(), sites["female_per_mille"].to_numpy()])
    target = quota(mix.ravel(), count + len(which)).reshape(mix.shape).astype(np.float64)
    np.subtract.at(target, (sex - 1, which), 1)
    target = np.where(mix > 0, np.maximum(target, 0), 0)
    cells = np.repeat(np.arange(target.size), quota(target.ravel(), count))
    rng.shuffle(cells)
    return cells


def _people(
    rng: np.random.Generator,
    place: County,
    deaths: Cards,
    event: dict[str, np.ndarray],
    sites: pl.DataFrame,
) -> pl.DataFrame:
    """The people of the death cards, then new ones."""
    new = event["row"] < 0
    size = int(new.sum())
    bound = {name: sites[name].to_numpy()[event["which"][new]] for name in sites.columns[5:9]}
    age = ages(rng, bound["age_mean"], bound["age_sd"], bound["age_min"], bound["age_max"])
    made = people(
        rng,
        place,
        sex=event["sex"][new],
        birth_day=birth_days(event["day"][new], age),
        kind=event["kind"][new],
        slots=SLOTS["tumour"],
        without_id=rng.random(size) < 0.015,
    )
    dead: pl.DataFrame = deaths.people[event["row"][~new].tolist()]
    return pl.concat([dead, made])
