"""Cardiovascular cards: events of those who died of them, of survivors, and managed patients."""

from __future__ import annotations

import numpy as np
import polars as pl

from flows.sample.cardio_card import fill_cards
from flows.sample.cardio_kind import ALIVE, INFARCTION, LINKED, MANAGED, STROKE
from flows.sample.cards import Cards
from flows.sample.county import County
from flows.sample.draw import (
    Flags,
    Ints,
    Texts,
    ages,
    days_in,
    first_day,
    pick,
)
from flows.sample.incident import birth_days, completed_years, plan
from flows.sample.people import HOME, SLOTS, VISITOR, people
from flows.sample.workflow import FINAL, PENDING

MISSED_SHARE = 0.06  # deaths from stroke or coronary disease without an event card
EVENT_CAUSE = r"^(I60|I61|I63|I64|I21|I22|I46\.1|I20|I24|I25)"


def cardio_cards(
    rng: np.random.Generator, place: County, orgs: pl.DataFrame, deaths: Cards
) -> Cards:
    """Make the cards: events of every year, then managed patients with older onsets.

    Where patients under management are on cards too, only the last year has events of its own:
    all earlier onsets belong to managed patients, as in the summary the preset imitates.
    """
    years = place.years[-1:] if place.managed_cardio else place.years
    parts = [_linked(rng, place, deaths, years)]
    for year in years:
        for disease in ("stroke", "coronary"):
            linked = parts[0]
            same = (linked["year"] == year) & (linked["stroke"] == (disease == "stroke"))
            counted = same & (linked["kind"] != VISITOR) & (linked["state"] == FINAL)
            left = max(place.counts[disease][year] - int(counted.sum()), 0)
            parts.append(_survivors(rng, place, year, disease, left))
    if place.managed_cardio:
        parts.append(_managed(rng, place))
    event = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    new = event["row"] < 0
    who = pl.concat(
        [deaths.people[event["row"][~new].tolist()], _new_people(rng, place, event, new)]
    )
    return fill_cards(rng, place, orgs, who, event)


def _linked(
    rng: np.random.Generator, place: County, deaths: Cards, years: tuple[int, ...]
) -> dict[str, np.ndarray]:
    """Deaths from stroke or coronary disease, each with its fatal event, at most the year's."""
    cause = deaths.frame["underlying_cause"]
    mine = cause.str.contains(EVENT_CAUSE).to_numpy() & (deaths.state == FINAL)
    mine &= rng.random(len(cause)) >= MISSED_SHARE
    code = cause.to_numpy().astype(object)
    lag = np.where(rng.random(len(code)) < 0.75, rng.integers(0, 8, len(code)),
                   rng.integers(8, 60, len(code)))  # fmt: skip
    stroke = np.array([str(c).startswith("I6") for c in code])
    lag = np.where(stroke, lag, np.minimum(lag, 6))
    sudden = np.array([str(c).startswith("I46") for c in code])
    day = np.where(sudden, deaths.event_day, deaths.event_day - lag)
    born = deaths.people["birth_day"].to_numpy()
    mine &= (day >= first_day(years[0])) & (completed_years(born, day) >= 36)
    row = np.flatnonzero(mine)
    row = _within_counts(place, years, row, day, stroke)
    return {
        "row": row,
        "day": day[row],
        "dead": deaths.event_day[row],
        "kind": deaths.people["kind"].to_numpy()[row],
        "state": deaths.state[row],
        "sex": deaths.people["sex"].cast(pl.Int64).to_numpy()[row],
        "icd10": code[row],
        "stroke": stroke[row],
        "year": _years(day[row]),
        "role": np.full(len(row), LINKED),
    }


def _within_counts(
    place: County, years: tuple[int, ...], row: Ints, day: Ints, stroke: Flags
) -> Ints:
    """A preset may know of fewer events than its deaths would give: keep the first ones."""
    kept = []
    onset = _years(day[row])
    for year in years:
        for disease in ("stroke", "coronary"):
            these = row[(onset == year) & (stroke[row] == (disease == "stroke"))]
            kept.append(these[: int(place.counts[disease][year] * 0.9)])
    return np.sort(np.concatenate(kept))


def _survivors(
    rng: np.random.Generator, place: County, year: int, disease: str, count: int
) -> dict[str, np.ndarray]:
    state, kind = plan(rng, place, year, count)
    size = len(state)
    day = days_in(rng, year, size, 0.15)
    waits = state == PENDING
    day[waits] = first_day(year + 1) - rng.integers(1, 12, int(waits.sum()))
    if disease == "stroke":
        code = pick(rng, tuple(STROKE), [weight for _, weight in STROKE.values()], size)
    else:
        code = pick(rng, tuple(INFARCTION), list(INFARCTION.values()), size)
    return _part(rng, day, kind, state, code, disease == "stroke", ALIVE)


def _managed(rng: np.random.Generator, place: County) -> dict[str, np.ndarray]:
    """Patients under management: an onset long before the year the card was made in."""
    count = place.managed_cardio
    last = first_day(place.years[-1])
    day = last - 1 - np.minimum(rng.gamma(1.6, 1600, count), 9_000).astype(np.int64)
    stroke = rng.random(count) < 0.55
    code = pick(rng, tuple(STROKE), [weight for _, weight in STROKE.values()], count)
    heart = pick(rng, tuple(INFARCTION), list(INFARCTION.values()), count)
    code[~stroke] = heart[~stroke]
    home, final = np.full(count, HOME), np.full(count, FINAL)
    part = _part(rng, day, home, final, code, stroke=True, role=MANAGED)
    return part | {"stroke": stroke}


def _part(
    rng: np.random.Generator,
    day: Ints,
    kind: Ints,
    state: Ints,
    code: Texts,
    stroke: bool,
    role: int,
) -> dict[str, np.ndarray]:
    count = len(day)
    return {
        "row": np.full(count, -1),
        "day": day,
        "dead": np.zeros(count, dtype=np.int64),
        "kind": kind,
        "state": state,
        "sex": np.where(rng.random(count) < 0.57, 1, 2),
        "icd10": code,
        "stroke": np.full(count, stroke),
        "year": _years(day),
        "role": np.full(count, role),
    }


def _years(day: Ints) -> Ints:
    years: Ints = pl.Series(day.astype(np.int32)).cast(pl.Date).dt.year().cast(pl.Int64).to_numpy()
    return years


def _new_people(
    rng: np.random.Generator, place: County, event: dict[str, np.ndarray], new: Flags
) -> pl.DataFrame:
    count = int(new.sum())
    stroke = event["stroke"][new]
    low = np.full(count, 37.0)
    age = ages(rng, np.where(stroke, 69.0, 66.0), np.full(count, 11.5), low, np.full(count, 95.0))
    # A managed patient lives today: the oldest onsets belong to those who were younger then.
    today = first_day(place.years[-1] + 1)
    since = (today - event["day"][new]) / 365.2425
    oldest = 96 - since - rng.uniform(0, 9, count)
    managed = event["role"][new] == MANAGED
    age = np.where(managed, np.maximum(np.minimum(age, oldest), 36.5), age)
    return people(
        rng,
        place,
        sex=event["sex"][new],
        birth_day=birth_days(event["day"][new], age),
        kind=event["kind"][new],
        slots=SLOTS["cardio"],
        without_id=rng.random(count) < 0.015,
    )
