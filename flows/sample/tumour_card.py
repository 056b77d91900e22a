"""Boxes of a tumour card: basis of diagnosis, tissue, stage, death."""

from __future__ import annotations

import numpy as np
import polars as pl

from flows.sample.cards import Cards, complete
from flows.sample.county import County
from flows.sample.draw import Flags, Ints, Texts, blank_unless, day_text, pick, text_of
from flows.sample.incident import common, completed_years
from flows.sample.tables import table
from flows.sample.workflow import card_ids, travel

CLOSED_SHARE = 0.15  # of those, traced back without finding anything (DCO)
LEFT_RIGHT = ("C34", "C50", "C64", "C56", "C62")


def fill_cards(
    rng: np.random.Generator,
    place: County,
    orgs: pl.DataFrame,
    who: pl.DataFrame,
    event: dict[str, np.ndarray],
    sites: pl.DataFrame,
) -> Cards:
    """The cards of people and events (row for row)."""
    day, dead, notified = event["day"], event["dead"], event["notified"]
    count = len(day)
    died = dead > 0
    year = pl.Series(day.astype(np.int32)).cast(pl.Date).dt.year().cast(pl.Int64).to_numpy()
    age = completed_years(who["birth_day"].to_numpy(), day)
    basis, verified = _basis(rng, sites, event["which"], notified, year == place.years[-1])
    tissue = _histology(rng, sites, event["which"], verified)
    shared = common(
        rng, place, orgs, "tumour", who,
        age=age, year=year, state=event["state"], dead=died,
    )  # fmt: skip
    base = np.where(notified, dead, day)
    way = travel(
        rng,
        place,
        base_day=base,
        state=event["state"],
        lag_days=np.where(notified, rng.integers(20, 60, count), rng.gamma(2.0, 6.0, count)),
        dead_day=dead,
        has_died=died,
    )
    here = (
        ~shared["report_org"]
        .is_in(
            orgs.filter(pl.col("role").is_in(["township", "community_centre"]))[
                "org_code"
            ].implode()
        )
        .to_numpy()
    )
    icd10 = sites["icd10"].gather(event["which"])
    staged = rng.random(count) < 0.6
    side = np.array([str(code).startswith(LEFT_RIGHT) for code in icd10])
    closed = (basis == "10") & (year < place.years[-1])  # later ones are still open
    frame = pl.DataFrame(
        shared
        | {
            "card_id": card_ids(place, "T", year),
            "card_kind": text_of(np.where(notified, "2", "1").astype(object)),
            "icd10": icd10,
            "topography": sites["topography"].gather(event["which"]),
            **tissue,
            "site_text": sites["site_zh"].gather(event["which"]),
            "pathology_no": blank_unless(
                "B" + pl.Series(rng.integers(10_000, 99_999, count)).cast(pl.String), verified
            ),
            "stage": text_of(
                np.where(
                    staged, pick(rng, ("1", "2", "3", "4"), [18, 22, 28, 32], count), "5"
                ).astype(object)
            ),
            "laterality": text_of(
                np.where(side, pick(rng, ("1", "2"), [1, 1], count), "").astype(object)
            ),
            "patient_informed": text_of(pick(rng, ("1", "2", "3"), [60, 32, 8], count)),
            "diagnosis_date": day_text(day),
            "diagnosis_basis": text_of(basis),
            "diagnosis_basis_national": text_of(np.where(closed, "0", "").astype(object)),
            "diagnosed_here": text_of(np.where(here, "1", "2").astype(object)),
            "diagnosing_hospital": text_of(np.where(here, "", orgs["org_name"][0]).astype(object)),
            "death_date": day_text(dead, died),
            "death_cause_class": text_of(np.where(died, "1", "").astype(object)),
            "death_icd10": blank_unless(icd10, died),
            "death_cause_text": blank_unless(
                sites["site_zh"].gather(event["which"]) + "恶性肿瘤", died
            ),
        }
    ).hstack(way)
    return Cards(complete(frame, "tumour"), who, day, event["state"])


def _basis(
    rng: np.random.Generator, sites: pl.DataFrame, which: Ints, notified: Flags, is_last: Flags
) -> tuple[Texts, Flags]:
    """Multi-select basis and whether it was seen under the microscope.

    A card first heard of from a death card carries 10; traced back, it carries what was found too.
    """
    count = len(which)
    share = sites["verified_percent"].to_numpy()[which] / 100
    verified = rng.random(count) < np.where(notified, share * 0.5, share)
    blood = np.array([str(code).startswith(("C91", "C92", "C95", "D45", "D46", "D47", "C90"))
                      for code in sites["icd10"]])[which]  # fmt: skip
    basis = pick(rng, ("2", "1,2", "2,4", "2,3"), [60, 15, 17, 8], count)
    seen = pick(rng, ("7", "2,7", "3,7", "2,6", "5"), [36, 44, 10, 6, 4], count)
    basis[verified] = seen[verified]
    basis[blood & verified] = pick(rng, ("5", "5,7", "7"), [5, 3, 2], int((blood & verified).sum()))
    nothing = notified & ~verified & (rng.random(count) < np.where(is_last, 0.6, CLOSED_SHARE))
    found = notified & ~nothing
    basis[found] = basis[found] + ",10"
    basis[nothing] = "10"
    return basis, verified


def _histology(
    rng: np.random.Generator, sites: pl.DataFrame, which: Ints, verified: Flags
) -> dict[str, pl.Series]:
    """Morphology, behaviour, grade and pathology text; 8000 where no tissue was seen."""
    kinds = table("sample_histology")
    names = sites["histology"].to_numpy().astype(object)[which]
    row = np.full(len(which), -1)
    for name in np.unique(names.astype(str)):
        options = np.flatnonzero((kinds["histology"] == name).to_numpy())
        weight = kinds["weight"].to_numpy()[options]
        mine = np.flatnonzero(names == name)
        row[mine] = rng.choice(options, len(mine), p=weight / weight.sum())
    unseen = {"meningioma": ("9530", "0"), "brain_uncertain": ("8000", "1")}
    always = pl.Series(names.tolist()).is_in(list(unseen)).to_numpy()
    morphology = np.where(verified | always, kinds["morphology"].to_numpy()[row], "8000")
    behaviour = kinds["behaviour"].to_numpy()[row]
    grade = np.where(verified, kinds["grade"].to_numpy()[row], "9")
    vague = verified & (rng.random(len(which)) < 0.25) & np.isin(grade, ["1", "2", "3"])
    grade = np.where(vague, "9", grade)
    text = np.where(verified, kinds["name_zh"].to_numpy()[row], "")
    return {
        "morphology": text_of(morphology.astype(object)),
        "behaviour": text_of(behaviour.astype(object)),
        "grade": text_of(grade.astype(object)),
        "pathology_text": text_of(text.astype(object)),
    }
