"""What tumour, cardiovascular and diabetes cards share: people, addresses, way, social fields."""

from __future__ import annotations

import numpy as np
import polars as pl

from flows.sample.county import County
from flows.sample.draw import DAYS_A_YEAR, Flags, Floats, Ints, Texts, blank_unless, pick, text_of
from flows.sample.institutions import managing_orgs, reporting_orgs
from flows.sample.people import AWAY, HOME, VISITOR
from flows.sample.workflow import DELETED, FINAL, states

AWAY_SHARE = 0.12
JOBS = {"5": "51", "6": "88", "4": "41", "1": "24", "3": "31", "L": "L0", "K": "K0", "Y": "Y0"}
JOB_WEIGHTS = (55, 10, 8, 4, 3, 8, 8, 4)
CARE = {
    "tumour": ((35, 13, 4, 13, 14, 9, 6, 6), "tumour"),
    "cardio": ((52, 18, 4, 12, 8, 4, 2, 0), "cardio"),
    "diabetes": ((38, 16, 5, 36, 3, 1, 1, 0), "diabetes"),
}
ROLES = (
    "people_hospital",
    "chinese_medicine_hospital",
    "private_hospital",
    "township",
    "city_hospital_1",
    "city_hospital_2",
    "province_hospital_1",
    "province_hospital_2",
)


def plan(rng: np.random.Generator, place: County, year: int, official: int) -> tuple[Ints, Ints]:
    """State and kind of person of new cards of a year: `official` first, then those on top."""
    state = states(
        rng,
        official,
        round(official * place.extra_share),
        is_last=year == place.years[-1],
        may_move=False,
    )
    kind = np.where(rng.random(len(state)) < AWAY_SHARE, AWAY, HOME)
    visitors = round(official * place.visitor_share)
    return (
        np.concatenate([state, np.full(visitors, FINAL)]),
        np.concatenate([kind, np.full(visitors, VISITOR)]),
    )


def birth_days(event_day: Ints, age: Floats) -> Ints:
    """Birth day of people of an age (years, decimals) on the day of an event."""
    return event_day - np.rint(np.maximum(age, 0.02) * DAYS_A_YEAR).astype(np.int64)


def completed_years(birth_day: Ints, day: Ints) -> Ints:
    """Age in whole years, to the day within rounding of leap years."""
    return np.floor((day - birth_day) / DAYS_A_YEAR).astype(np.int64)


def common(
    rng: np.random.Generator,
    place: County,
    orgs: pl.DataFrame,
    card_type: str,
    who: pl.DataFrame,
    *,
    age: Ints,
    year: Ints,
    state: Ints,
    dead: Flags,
) -> dict[str, pl.Series]:
    """Columns every incident card has in the same way."""
    count = len(who)
    weights, _ = CARE[card_type]
    care = pick(rng, ROLES, weights, count)
    lost = ~dead & (state == FINAL) & (rng.random(count) < 0.004)
    status = np.where(dead, "7", np.where(lost, "6", "0"))
    status[state == DELETED] = "5"
    work, job = work_of(rng, age)
    visit = pl.Series(rng.integers(100_000, 999_999, count)).cast(pl.String)
    inpatient = rng.random(count) < (0.6 if card_type != "diabetes" else 0.2)
    columns = {
        **{
            name: who[name]
            for name in ("name", "sex", "ethnicity", "birth_date", "id_number", "phone")
        },
        "occupation": text_of(work),
        "job": text_of(job),
        "report_org": text_of(reporting_orgs(orgs, who, care, year == place.years[-1])),
        "managing_org": text_of(managing_orgs(orgs, who)),
        "card_status": text_of(status.astype(object)),
        "card_kind": pl.Series(["1"] * count),
        "outpatient_no": blank_unless("M" + visit, ~inpatient),
        "inpatient_no": blank_unless("Z" + visit, inpatient),
        "diagnosis_level": text_of(diagnosing_level(care)),
    }
    for which in ("registered", "residence"):
        county = who[f"{which}_county"]
        columns |= {
            f"{which}_out_of_province": who[f"{which}_out_of_province"],
            f"{which}_city": county.str.slice(0, 4) + "00",
            f"{which}_county": county,
            f"{which}_town": who[f"{which}_town"],
            f"{which}_address": who[f"{which}_address"],
        }
    return columns


def work_of(rng: np.random.Generator, age: Ints) -> tuple[Texts, Texts]:
    """Occupation (one character) and the job (two) under it."""
    work = pick(rng, tuple(JOBS), JOB_WEIGHTS, len(age))
    work[age < 22] = "J"
    work[age < 7] = "I"
    jobs = JOBS | {"J": "J0", "I": "I0"}
    return work, np.array([jobs[str(code)] for code in work], dtype=object)


def schooling(rng: np.random.Generator, age: Ints) -> Texts:
    """Education of tumour, cardio and diabetes cards."""
    school = pick(rng, ("1", "2", "3", "4"), [18, 44, 34, 4], len(age))
    school[age < 13] = "2"
    return school


def diagnosing_level(care: Texts) -> Texts:
    """Highest diagnosing unit: 1 province, 2 city, 3 county; townships take the county's word."""
    level = {"city_hospital_1": "2", "city_hospital_2": "2"}
    level |= {"province_hospital_1": "1", "province_hospital_2": "1"}
    return np.array([level.get(str(role), "3") for role in care], dtype=object)
