"""Boxes of a cardiovascular card: type, tests, history, death."""

from __future__ import annotations

import numpy as np
import polars as pl

from flows.sample.cardio_kind import MANAGED, STROKE
from flows.sample.cards import Cards, complete
from flows.sample.county import County
from flows.sample.draw import Flags, Texts, blank_unless, day_text, days_in, pick, text_of
from flows.sample.incident import common, completed_years, schooling
from flows.sample.workflow import card_ids, travel

CORONARY_TYPE = {"I21": "1", "I22": "1", "I46": "2", "I20": "3", "I24": "3", "I25": "3"}
STROKE_TYPE = {"I60": "1", "I61": "2", "I64": "6"}


def fill_cards(
    rng: np.random.Generator,
    place: County,
    orgs: pl.DataFrame,
    who: pl.DataFrame,
    event: dict[str, np.ndarray],
) -> Cards:
    """The cards of people and events (row for row), a managed patient's made in the last year."""
    day, dead, stroke, role = event["day"], event["dead"], event["stroke"], event["role"]
    count = len(day)
    died = dead > 0
    age = completed_years(who["birth_day"].to_numpy(), day)
    base = day.copy()
    managed = role == MANAGED
    base[managed] = days_in(rng, place.years[-1], int(managed.sum()))
    found = np.where(rng.random(count) < 0.8, day, day + 1)
    found = np.where(died, np.minimum(found, dead), found)
    shared = common(
        rng, place, orgs, "cardio", who,
        age=age, year=np.where(managed, place.years[-1], event["year"]),
        state=event["state"], dead=died,
    )  # fmt: skip
    way = travel(
        rng,
        place,
        base_day=np.maximum(base, np.where(died, dead, found)),
        state=event["state"],
        lag_days=rng.gamma(1.6, 4.0, count),
        dead_day=dead,
        has_died=died,
    )
    code = event["icd10"]
    inferred = died & np.isin([str(c)[:3] for c in code], ["I46", "I25", "I24", "I20"])
    inferred &= rng.random(count) < 0.6
    again = stroke & (rng.random(count) < 0.22)
    supplied = died & (rng.random(count) < 0.08)
    frame = pl.DataFrame(
        shared
        | {
            "card_id": card_ids(place, "C", np.where(managed, place.years[-1], event["year"])),
            "card_kind": text_of(np.where(supplied, "2", "1").astype(object)),
            "icd10": text_of(code),
            "marital_status": text_of(pick(rng, ("2", "3", "1", "4"), [76, 18, 4, 2], count)),
            "education": text_of(schooling(rng, age)),
            "coronary_type": blank_unless(_types(code, CORONARY_TYPE, ""), ~stroke),
            "stroke_type": blank_unless(_stroke_types(code), stroke),
            **_evidence(rng, stroke, inferred),
            "risk_history": text_of(
                pick(rng, ("2", "2,3", "2,4", "1,2", "2,5", "5,6", "9"),
                     [40, 14, 10, 6, 8, 5, 17], count)
            ),
            "inferred_after_death": text_of(np.where(inferred, "1", "2").astype(object)),
            "imaging_delay": blank_unless(
                text_of(pick(rng, ("1", "2", "3", "5"), [74, 20, 3, 3], count)), stroke
            ),
            "stroke_symptom": blank_unless(
                text_of(pick(rng, ("1", "2", "3", "2,3", "1,3", "9"), [16, 14, 34, 20, 10, 6],
                             count)),
                stroke,
            ),
            "onset_date": day_text(day),
            "diagnosis_date": day_text(found),
            "first_ever": text_of(np.where(again, "2", "1").astype(object)),
            "death_date": day_text(dead, died),
            "death_cause_class": text_of(np.where(died, "0", "").astype(object)),
            "death_icd10": blank_unless(text_of(code), died),
            "death_cause_text": text_of(
                np.where(died, np.where(stroke, "脑卒中", "冠心病"), "").astype(object)
            ),
        }
    ).hstack(way)  # fmt: skip
    frame = complete(frame, "cardio")
    return Cards(frame, who, day, event["state"])


def _types(code: Texts, types: dict[str, str], default: str) -> pl.Series:
    return text_of(np.array([types.get(str(c)[:3], default) for c in code], dtype=object))


def _stroke_types(code: Texts) -> pl.Series:
    """The type the field list gives each code (4 embolism, 5 thrombosis, 3 other infarction)."""
    infarct = {c: str(kind) for c, (kind, _) in STROKE.items()}
    return text_of(
        np.array([STROKE_TYPE.get(str(c)[:3]) or infarct.get(str(c), "3") for c in code], object)
    )


def _evidence(rng: np.random.Generator, stroke: Flags, inferred: Flags) -> dict[str, pl.Series]:
    """Ten tests: 1 typical, 2 atypical, 3 unchanged, 4 not done."""
    done_for_stroke = {"clinical": 97, "ct": 92, "mri": 45, "neurologist": 60, "ecg": 70}
    done_for_heart = {"clinical": 97, "ecg": 95, "enzymes": 90, "angiography": 45}
    columns: dict[str, pl.Series] = {}
    for test in (
        "clinical", "ecg", "enzymes", "csf", "eeg", "angiography", "ct", "mri", "autopsy",
        "neurologist",
    ):  # fmt: skip
        chance = np.where(stroke, done_for_stroke.get(test, 2), done_for_heart.get(test, 1)) / 100
        chance = np.where(inferred & (test != "clinical"), 0.05, chance)
        if test == "autopsy":
            chance = np.zeros(len(stroke))
        result = pick(rng, ("1", "2", "3"), [80, 15, 5], len(stroke))
        done = rng.random(len(stroke)) < chance
        columns[f"evidence_{test}"] = text_of(np.where(done, result, "4").astype(object))
    return columns
