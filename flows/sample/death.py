"""Death cards: who died of what, where, reported by whom."""

from __future__ import annotations

import numpy as np
import polars as pl

from flows.sample.cards import Cards, complete
from flows.sample.chain import chains
from flows.sample.county import County
from flows.sample.death_card import addresses, diagnosis, history, person, places, pregnancy
from flows.sample.draw import (
    DAYS_A_YEAR,
    Floats,
    Ints,
    Texts,
    ages,
    day_text,
    days_in,
    first_day,
    pick,
    spread,
    text_of,
)
from flows.sample.institutions import managing_orgs, reporting_orgs
from flows.sample.people import AWAY, HOME, SLOTS, VISITOR, people
from flows.sample.tables import table
from flows.sample.workflow import DELETED, FINAL, MOVED, PENDING, card_ids, states, travel

AWAY_SHARE = 0.05
NO_ID_SHARE = 0.012
SEEN_LATE_SHARE = 0.045  # cards made more than a week after the death


def death_cards(
    rng: np.random.Generator, place: County, orgs: pl.DataFrame
) -> tuple[Cards, Floats]:
    """Make the death cards of all years.

    Returns:
        The cards, and for tumour deaths the days from diagnosis to death (0 for the others).
    """
    causes = table("sample_cause")
    year, state, kind, sex, which = _plan(rng, place, causes)
    count = len(year)
    day = np.concatenate([days_in(rng, y, int((year == y).sum()), 0.18) for y in place.years])
    waits = state == PENDING
    day[waits] = first_day(place.years[-1] + 1) - rng.integers(1, 12, int(waits.sum()))
    column = {name: causes[name].to_numpy()[which] for name in causes.columns if "age_" in name}
    mean = np.where(sex == 1, column["age_mean_male"], column["age_mean_female"])
    age = ages(rng, mean, column["age_sd"], column["age_min"], column["age_max"])
    newborn = column["age_max"] == 0
    birth = day - np.rint(np.where(newborn, age, np.maximum(age, 0.02)) * DAYS_A_YEAR).astype(int)
    who = people(
        rng,
        place,
        sex=sex,
        birth_day=birth,
        kind=kind,
        slots=SLOTS["death"],
        without_id=(rng.random(count) < NO_ID_SHARE) | ((age < 1) & (rng.random(count) < 0.7)),
    )
    ill = _illness_days(rng, causes["icd10"].to_numpy().astype(object)[which])
    known = np.minimum(ill, np.maximum(day - birth - 1, 0)) * 24.0
    lines = chains(rng, causes, which, (day - birth + 0.5) * 24.0, known)
    where, care = places(rng, causes["family"].to_numpy().astype(object)[which], kind)
    late = rng.random(count) < SEEN_LATE_SHARE
    lag = np.where(late, rng.integers(8, 40, count), rng.integers(0, 7, count)).astype(np.float64)
    never = np.zeros(count, dtype=bool)
    way = travel(rng, place, base_day=day, state=state, lag_days=lag, dead_day=day, has_died=never)
    frame = (
        pl.DataFrame(
            {
                "card_id": card_ids(place, "D", year),
                **{
                    name: who[name]
                    for name in ("name", "sex", "ethnicity", "birth_date", "id_number")
                },
                "death_date": day_text(day),
                "id_type": who.select(
                    pl.when(pl.col("id_number") == "").then(pl.lit("9")).otherwise(pl.lit("1"))
                ).to_series(),
                **person(rng, age),
                **diagnosis(rng, where, care, causes["family"].to_numpy().astype(object)[which]),
                "death_place": text_of(where),
                "underlying_cause": causes["icd10"].gather(which),
                "report_org": text_of(reporting_orgs(orgs, who, care, year == place.years[-1])),
                "managing_org": text_of(managing_orgs(orgs, who)),
                "pregnancy": text_of(pregnancy(sex, causes["icd10"].to_numpy()[which])),
                "card_status": text_of(np.where(state == DELETED, "5", "0").astype(object)),
                "card_kind": pl.Series(["1"] * count),
                "registration_verified": text_of(
                    np.where(state == MOVED, "2", np.where(state == PENDING, "", "1")).astype(
                        object
                    )
                ),
                "registration_unverified_reason": text_of(
                    np.where(state == MOVED, "2", "").astype(object)
                ),
                "family_name": text_of(pick(rng, ("家属甲", "家属乙", "家属丙"), [1, 1, 1], count)),
                "family_phone": who["phone"],
                "nationality": pl.Series(["中国"] * count),
            }
        )
        .hstack(way)
        .hstack(lines)
    )
    frame = frame.with_columns(**addresses(who), **history(where))
    return Cards(complete(frame, "death"), who, day, state), ill.astype(np.float64)


def _plan(
    rng: np.random.Generator, place: County, causes: pl.DataFrame
) -> tuple[Ints, Ints, Ints, Ints, Ints]:
    """Year, state, kind of person, sex and row of the cause of every death."""
    share = np.stack(
        [causes["male_per_mille"].to_numpy(), causes["female_per_mille"].to_numpy()]
    ).astype(np.float64)
    share /= share.sum(axis=1, keepdims=True)
    share *= np.array([[place.male_death_share], [1 - place.male_death_share]])
    parts = []
    for y, number in place.counts["death"].items():
        state = states(
            rng,
            number,
            round(number * place.extra_share),
            is_last=y == place.years[-1],
            may_move=True,
        )
        visitors = round(number * place.visitor_share)
        kind = np.where(rng.random(len(state)) < AWAY_SHARE, AWAY, HOME)
        # The official deaths keep the cause mix exactly; the others are drawn from it.
        cells = np.concatenate(
            [spread(rng, share.ravel(), size) for size in (number, len(state) - number, visitors)]
        )
        state = np.concatenate([state, np.full(visitors, FINAL)])
        kind = np.concatenate([kind, np.full(visitors, VISITOR)])
        parts.append(
            (np.full(len(cells), y), state, kind, cells // causes.height + 1, cells % causes.height)
        )
    year, state, kind, sex, which = (np.concatenate(column) for column in zip(*parts, strict=True))
    return year, state, kind, sex, which


def _illness_days(rng: np.random.Generator, cause: Texts) -> Ints:
    """Days from the diagnosis of a tumour to death from it: exponential with the site's median."""
    sites = table("sample_site")
    median = dict(zip(sites["icd10"], sites["survival_days"], strict=True))
    middle = np.array([float(median.get(str(code), 0)) for code in cause])
    days = np.ceil(rng.exponential(np.maximum(middle, 1) / np.log(2))).astype(np.int64)
    return np.where(middle > 0, np.maximum(days, 1), 0)
