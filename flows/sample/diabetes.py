"""Diabetes cards: one new patient each, first diagnosis in the year."""

from __future__ import annotations

import numpy as np
import polars as pl

from flows.sample.cards import Cards, complete
from flows.sample.county import County
from flows.sample.draw import (
    Floats,
    Ints,
    Texts,
    ages,
    blank_unless,
    day_text,
    days_in,
    first_day,
    pick,
    text_of,
)
from flows.sample.incident import birth_days, common, completed_years, plan, schooling
from flows.sample.people import HOME, SLOTS, people
from flows.sample.workflow import FINAL, PENDING, card_ids, travel

GESTATIONAL_SHARE = 0.02  # kept as cards, not counted as diabetes (O24 is not E10-E14)
CODES = {
    "E11.9": ("2", 84), "E11.2": ("2", 3), "E11.4": ("2", 3), "E11.3": ("2", 2), "E11.7": ("2", 3),
    "E10.9": ("1", 1), "E14.9": ("4", 2), "E13.9": ("4", 1),
}  # fmt: skip
COMPLICATION = {"E11.2": "1", "E11.4": "2", "E11.3": "4", "E11.7": "1,3"}


def diabetes_cards(rng: np.random.Generator, place: County, orgs: pl.DataFrame) -> Cards:
    """Make the cards of all years."""
    state, kind, day, code, year = _plan(rng, place)
    count = len(day)
    pregnant = np.array([str(c).startswith("O") for c in code])
    young = code == "E10.9"
    sex = np.where(pregnant, 2, np.where(rng.random(count) < 0.53, 1, 2))
    age = ages(
        rng,
        np.select([pregnant, young], [29.0, 24.0], 59.0),
        np.select([pregnant, young], [4.0, 10.0], 12.0),
        np.select([pregnant, young], [20.0, 8.0], 30.0),
        np.select([pregnant, young], [42.0, 50.0], 94.0),
    )
    who = people(
        rng,
        place,
        sex=sex,
        birth_day=birth_days(day, age),
        kind=kind,
        slots=SLOTS["diabetes"],
        without_id=rng.random(count) < 0.015,
    )
    whole_years = completed_years(who["birth_day"].to_numpy(), day)
    dead = np.zeros(count, dtype=np.int64)
    shared = common(
        rng, place, orgs, "diabetes", who,
        age=whole_years, year=year, state=state, dead=dead > 0,
    )  # fmt: skip
    way = travel(
        rng,
        place,
        base_day=day,
        state=state,
        lag_days=rng.gamma(1.5, 5.0, count),
        dead_day=dead,
        has_died=dead > 0,
    )
    types = {c: kind for c, (kind, _) in CODES.items()} | {"O24.4": "3"}
    frame = pl.DataFrame(
        shared
        | {
            "card_id": card_ids(place, "M", year),
            "icd10": text_of(code),
            "diabetes_type": text_of(np.array([types[str(c)] for c in code], dtype=object)),
            "education": text_of(schooling(rng, whole_years)),
            "diagnosis_date": day_text(day),
            "complications": text_of(
                np.array([COMPLICATION.get(str(c), "6") for c in code], dtype=object)
            ),
            "symptoms": text_of(
                pick(rng, ("1", "1,2", "1,4", "3", "1,3,4", "5", "6", "11"),
                     [18, 12, 12, 10, 8, 4, 4, 32], count)
            ),
            **_family(rng, count),
            **_body(rng, sex, whole_years),
            **_laboratory(rng, code),
        }
    ).hstack(way)  # fmt: skip
    return Cards(complete(frame, "diabetes"), who, day, state)


def _plan(rng: np.random.Generator, place: County) -> tuple[Ints, Ints, Ints, Texts, Ints]:
    """State, kind of person, day, code and year of every card."""
    parts: list[tuple[Ints, Ints, Ints, Texts, Ints]] = []
    for year, number in place.counts["diabetes"].items():
        state, kind = plan(rng, place, year, number)
        extra = round(number * GESTATIONAL_SHARE) if place.extra_share else 0
        state = np.concatenate([state, np.full(extra, FINAL)])
        kind = np.concatenate([kind, np.full(extra, HOME)])
        day = days_in(rng, year, len(state))
        waits = state == PENDING
        day[waits] = first_day(year + 1) - rng.integers(1, 12, int(waits.sum()))
        code = pick(rng, tuple(CODES), [weight for _, weight in CODES.values()], len(state))
        code[len(state) - extra :] = "O24.4"
        parts.append((state, kind, day, code, np.full(len(state), year)))
    states, kinds, days, codes, years = zip(*parts, strict=True)
    return (
        np.concatenate(states),
        np.concatenate(kinds),
        np.concatenate(days),
        np.concatenate(codes),
        np.concatenate(years),
    )


def _family(rng: np.random.Generator, count: int) -> dict[str, pl.Series]:
    history = pick(rng, ("", "1", "2", "3", "1,2"), [80, 7, 8, 3, 2], count)
    number = np.where(history == "", "", np.where(history == "1,2", "2", "1"))
    return {
        "family_history": text_of(history),
        "family_history_count": text_of(number.astype(object)),
        "risk_factors": text_of(pick(rng, ("", "1", "2", "2,3", "3"), [40, 10, 30, 12, 8], count)),
    }


def _body(rng: np.random.Generator, sex: Ints, age: Ints) -> dict[str, pl.Series]:
    height = np.clip(rng.normal(np.where(sex == 1, 166, 155), 6), 140, 188)
    weight = np.clip(rng.normal(24.5, 3, len(sex)) * (height / 100) ** 2, 38, 98)
    small = age < 15
    height = np.where(small, 100 + 4 * age, height)
    weight = np.where(small, 15 + 2.5 * age, weight)
    return {"height_cm": _number(height, 0), "weight_kg": _number(weight, 1)}


def _laboratory(rng: np.random.Generator, code: Texts) -> dict[str, pl.Series]:
    """Glucose in mmol/L; lipids in mg/dL and albumin in mg/24h, as the card asks."""
    count = len(code)
    mild = np.array([str(c).startswith("O") for c in code])
    fasting = np.where(mild, rng.uniform(5.1, 6.9, count), 7 + rng.gamma(2.0, 1.3, count))
    after = np.where(mild, rng.uniform(8.5, 11.0, count), 11.1 + rng.gamma(2.0, 1.8, count))
    tested = {name: rng.random(count) < share for name, share in (
        ("fasting", 0.97), ("random", 0.5), ("ogtt", 0.35), ("lipids", 0.7), ("hba1c", 0.6),
        ("albumin", 0.25),
    )}  # fmt: skip
    return {
        "fasting_glucose": blank_unless(_number(np.minimum(fasting, 28), 1), tested["fasting"]),
        "random_glucose": blank_unless(_number(np.minimum(after + 1, 32), 1), tested["random"]),
        "ogtt_glucose": blank_unless(_number(np.minimum(after, 30), 1), tested["ogtt"]),
        "total_cholesterol": blank_unless(
            _number(rng.normal(195, 30, count).clip(110, 320), 0), tested["lipids"]
        ),
        "hdl_cholesterol": blank_unless(
            _number(rng.normal(48, 9, count).clip(25, 85), 0), tested["lipids"]
        ),
        "ldl_cholesterol": blank_unless(
            _number(rng.normal(118, 25, count).clip(50, 220), 0), tested["lipids"]
        ),
        "triglycerides": blank_unless(
            _number(rng.gamma(4, 42, count).clip(45, 600), 0), tested["lipids"]
        ),
        "urine_albumin": blank_unless(
            _number(rng.gamma(1.5, 22, count).clip(3, 800), 0), tested["albumin"]
        ),
        "hba1c": blank_unless(
            _number((6.5 + rng.gamma(2.0, 0.9, count)).clip(6.5, 14), 1), tested["hba1c"]
        ),
    }


def _number(values: Floats, decimals: int) -> pl.Series:
    rounded = pl.Series(np.round(values, decimals))
    return (rounded.cast(pl.Int64) if decimals == 0 else rounded).cast(pl.String)
