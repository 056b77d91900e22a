"""Lists of cases found by a hospital review or a household survey, reported and not."""

from __future__ import annotations

import numpy as np
import polars as pl

from flows.sample.cards import Cards
from flows.sample.county import County
from flows.sample.draw import Flags, Ints, ages, day_text, days_in, first_day
from flows.sample.incident import birth_days
from flows.sample.institutions import COUNTY_ROLES, is_ours
from flows.sample.people import HOME, SURVEY_SLOTS, people
from flows.sample.tables import CARDS, fields
from flows.sample.workflow import DAY, FINAL

LISTED = {"death": 200, "tumour": 100, "cardio": 150, "diabetes": 100}
LISTED_SHARE = 0.45  # of a small county's cards, when they are few
MISSED_SHARE, MADE_UP_SHARE = 0.020, 0.010
EVENT_DATE = {
    "death": "death_date",
    "tumour": "diagnosis_date",
    "cardio": "onset_date",
    "diabetes": "diagnosis_date",
}
LAST_MONTH, CUTOFF = (11, 1), (12, 20)  # events before 1 November, frozen on 20 December
SOURCES = {"death": ("hospital_record", "emergency"), "tumour": ("hospital_record", "pathology")}


def hospital_review(
    rng: np.random.Generator, place: County, orgs: pl.DataFrame, cards: dict[str, Cards]
) -> tuple[pl.DataFrame, dict[str, Cards]]:
    """Make one review a year.

    Some listed cases have no card (漏报); some got their card only because of the review (card
    kind 3, created after the cut-off date: 补报), for which cards are changed here.

    Returns:
        Rows of `survey_case`, and the cards with the changed ones.
    """
    changed = dict(cards)
    parts = []
    for year in place.years:
        cutoff = first_day(year) + _day_of_year(*CUTOFF)
        for name in CARDS:
            rows = listable(place, orgs, changed[name], name, year)
            size = min(LISTED[name], int(len(rows) * LISTED_SHARE))
            if size < 10:
                continue
            missed = max(1, round(size * MISSED_SHARE))
            made_up = max(1, round(size * MADE_UP_SHARE))
            chosen = rng.choice(rows, size - missed, replace=False)
            changed[name] = _made_up(changed[name], chosen[:made_up], cutoff)
            common: dict[str, int | str] = {
                "purpose": "hospital_review",
                "year": year,
                "cutoff": cutoff,
            }
            parts.append(from_cards(rng, changed[name], chosen, name, common))
            parts.append(unreported(rng, place, orgs, missed, name, common))
    if not parts:  # a county this small has no list of ten
        return pl.DataFrame(schema=dict.fromkeys(fields("survey_case"), pl.String)), changed
    listed = pl.concat(parts)
    no_id = rng.random(listed.height) < 0.1
    listed = listed.with_columns(
        id_number=pl.when(pl.Series(no_id) & (pl.col("name") != ""))
        .then(pl.lit(""))
        .otherwise("id_number")
    )
    return listed.select(fields("survey_case")), changed


def _day_of_year(month: int, day: int) -> int:
    """Days after 1 January in a year of 365 days: a date a day off in leap years is as good."""
    return (0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334)[month - 1] + day - 1


def listable(
    place: County, orgs: pl.DataFrame, cards: Cards, name: str, year: int, *, ours: bool = True
) -> Ints:
    """Rows of final, regular cards of residents, made in good time, with a name to go by."""
    start = first_day(year)
    end = start + _day_of_year(*LAST_MONTH)
    cutoff = day_text(np.array([start + _day_of_year(*CUTOFF) - 10]))[0]
    mine: Flags = (cards.event_day >= start) & (cards.event_day < end) & (cards.state == FINAL)
    mine &= (cards.people["kind"] == HOME).to_numpy()
    mine &= (
        cards.frame.select(
            (pl.col("card_kind") == "1")
            & (pl.col("created_time") < cutoff)
            & (pl.col("id_number") != "")
            & pl.col("card_status").is_in(["0", "7"])
        )
        .to_series()
        .to_numpy()
    )
    if ours:
        codes = orgs.filter(pl.Series(is_ours(orgs, place)))["org_code"]
        mine &= cards.frame["report_org"].is_in(codes.implode()).to_numpy()
    return np.flatnonzero(mine)


def _made_up(cards: Cards, rows: Ints, cutoff: int) -> Cards:
    """Cards entered because of the review: kind 3, created in the weeks after the cut-off."""
    order = np.arange(len(rows))
    created = (cutoff + 2 + order % 8) * DAY + 600
    day = pl.Series(created.astype(np.int64) * 60_000_000).cast(pl.Datetime("us"))
    text = {
        "card_kind": ["3"] * len(rows),
        "report_date": day.dt.to_string("%Y-%m-%d").to_list(),
        "first_visit_date": [""] * len(rows),
        **{
            name: day.dt.offset_by(f"{hours}h").dt.to_string("%Y-%m-%d %H:%M:%S").to_list()
            for name, hours in (
                ("created_time", 0),
                ("hospital_audit_time", 20),
                ("county_audit_time", 60),
                ("updated_time", 60),
            )
        },
    }
    patch = pl.DataFrame({"row": pl.Series(rows, dtype=pl.UInt32), **text})
    frame = (
        cards.frame.with_row_index("row")
        .update(patch, on="row", how="left")
        .drop("row")
        .select(cards.frame.columns)
    )
    return Cards(frame, cards.people, cards.event_day, cards.state)


def from_cards(
    rng: np.random.Generator, cards: Cards, rows: Ints, name: str, common: dict[str, int | str]
) -> pl.DataFrame:
    """Rows of the list for people on cards."""
    cause = "underlying_cause" if name == "death" else "icd10"
    frame = cards.frame[rows.tolist()]
    return _rows(
        rng,
        name,
        common,
        frame.select(
            *("name", "sex", "birth_date", "id_number"),
            pl.col(EVENT_DATE[name]).alias("event_date"),
            pl.col(cause).alias("icd10"),
            pl.col("registered_county").alias("area_code"),
            pl.col("report_org").alias("org_code"),
        ),
    )


def unreported(
    rng: np.random.Generator,
    place: County,
    orgs: pl.DataFrame,
    count: int,
    name: str,
    common: dict[str, int | str],
) -> pl.DataFrame:
    """Cases of people on no card."""
    year = int(common["year"])
    day = np.minimum(days_in(rng, year, count), first_day(year) + 290)
    old = np.full(count, 70.0)
    birth = birth_days(day, ages(rng, old, old * 0 + 10, old * 0 + 40, old * 0 + 95))
    sex = rng.integers(1, 3, count)
    who = people(
        rng,
        place,
        sex=sex,
        birth_day=birth,
        kind=np.full(count, HOME),
        slots=SURVEY_SLOTS,
        without_id=np.zeros(count, dtype=bool),
    )
    code = {"death": "I63.9", "tumour": "C16.9", "cardio": "I63.9", "diabetes": "E11.9"}[name]
    hospitals = orgs.filter(pl.col("role").is_in(COUNTY_ROLES))["org_code"].to_list()
    return _rows(
        rng,
        name,
        common,
        who.select(
            *("name", "sex", "birth_date", "id_number"),
            day_text(day).alias("event_date"),
            pl.lit(code).alias("icd10"),
            pl.col("registered_county").alias("area_code"),
            pl.Series("org_code", rng.choice(hospitals, count)),
        ),
    )


def _rows(
    rng: np.random.Generator, name: str, common: dict[str, int | str], cases: pl.DataFrame
) -> pl.DataFrame:
    year, purpose = common["year"], str(common["purpose"])
    cutoff = day_text(np.array([common["cutoff"]]))[0]
    letter = "H" if purpose == "hospital_review" else "C"
    source = rng.choice(SOURCES.get(name, ("hospital_record",)), cases.height)
    return cases.with_columns(
        pl.lit(f"{letter}{year}").alias("survey_id"),
        pl.lit(purpose).alias("purpose"),
        pl.lit(str(year)).alias("year"),
        pl.lit(cutoff).alias("cutoff_date"),
        pl.lit(name).alias("card_type"),
        pl.Series("source", source.tolist(), dtype=pl.String),
        *(pl.lit("").alias(column) for column in ("stratum", "cluster", "weight")),
        pl.lit("1").alias("eligible"),
        pl.lit("").alias("ineligible_reason"),
        pl.lit("").alias("verify_result"),
    )
