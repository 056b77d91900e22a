"""How a card travels: created, audited by the hospital, audited by the county, changed."""

from __future__ import annotations

import numpy as np
import polars as pl

from flows.sample.county import County
from flows.sample.draw import Flags, Floats, Ints, day_text, pick, text_of, time_text

FINAL, PENDING, REJECTED, DELETED, MOVED = 0, 1, 2, 3, 4
"""States of cards; all but FINAL are on top of the county's official numbers."""
EXTRA_MIX = {PENDING: 40, REJECTED: 35, DELETED: 15, MOVED: 10}
DAY = 1440
REASONS = ("1", "3", "5", "6,17", "13")
PHYSICIANS = ("陈合成", "林样例", "王示例", "吴测试", "叶虚拟")


def states(
    rng: np.random.Generator, count: int, extra: int, *, is_last: bool, may_move: bool
) -> Ints:
    """States of `count` official cards and `extra` others, in that order."""
    mix = dict(EXTRA_MIX)
    if not is_last:
        mix[REJECTED] += mix.pop(PENDING)  # an old card no longer waits
    if not may_move:
        mix.pop(MOVED)
    names, weights = list(mix), np.array(list(mix.values()), dtype=np.float64)
    drawn = rng.choice(names, extra, p=weights / weights.sum())
    return np.concatenate([np.zeros(count, dtype=np.int64), drawn.astype(np.int64)])


def travel(
    rng: np.random.Generator,
    place: County,
    *,
    base_day: Ints,
    state: Ints,
    lag_days: Floats,
    dead_day: Ints,
    has_died: Flags,
) -> pl.DataFrame:
    """Dates and states of the way of each card.

    Args:
        rng: source of chance.
        place: the county (its export day bounds everything).
        base_day: first day on which the card can be made (the event, or later).
        state: FINAL, PENDING, ...
        lag_days: days from base_day to creation.
        dead_day: when the person died, where `has_died`; the card is changed after it.
        has_died: whether the card carries a later death.

    Returns:
        report_date, physician, created_time, hospital_audit_time, county_audit_time,
        first_visit_date, updated_time, audit_status, rejection_reason; created <= hospital audit
        <= county audit <= export, as text.
    """
    count = len(base_day)
    export = place.export_day * DAY
    waits = state == PENDING
    clock = rng.integers(8 * 60, 17 * 60, count)
    created = (base_day + np.floor(lag_days).astype(np.int64)) * DAY + clock
    created = np.minimum(created, export - 9 * DAY + clock % 480)
    created[waits] = export - rng.integers(2 * DAY, 6 * DAY, int(waits.sum()))
    hospital = created + rng.integers(20, 2 * DAY, count)
    hospital = np.minimum(hospital, np.maximum(export - 7 * DAY, created + 15))
    slow = rng.random(count) < 0.025
    county = hospital + np.where(
        slow, rng.integers(8 * DAY, 12 * DAY, count), rng.integers(60, 6 * DAY, count)
    )
    county = np.minimum(county, export - clock)
    # A death is visited within 7 days of the audit; some visits are late.
    visit = county // DAY + np.where(
        rng.random(count) < 0.05, rng.integers(8, 20, count), rng.integers(1, 8, count)
    )
    visited = (visit < place.export_day) & (rng.random(count) < 0.95) & (state == FINAL)
    judged = ~waits
    updated = np.where(judged, county, hospital)
    updated = np.where(visited, np.maximum(updated, visit * DAY + clock), updated)
    late = np.where(has_died, (dead_day + 10) * DAY + clock, 0)
    updated = np.maximum(updated, np.minimum(late, export - 30))
    audit = np.where(waits, "1", np.where(state == REJECTED, "4", "3")).astype(object)
    higher = (state == FINAL) & (rng.random(count) < 0.05)
    audit[higher] = "5"
    reason = pick(rng, REASONS, [3, 2, 2, 2, 1], count)
    reason[state != REJECTED] = ""
    return pl.DataFrame(
        {
            "report_date": day_text(np.maximum(created // DAY - (clock % 2), base_day)),
            "physician": text_of(pick(rng, PHYSICIANS, [1] * len(PHYSICIANS), count)),
            "created_time": time_text(created),
            "hospital_audit_time": time_text(hospital),
            "county_audit_time": time_text(county, judged),
            "first_visit_date": day_text(visit, visited),
            "updated_time": time_text(updated),
            "audit_status": text_of(audit),
            "rejection_reason": text_of(reason),
        }
    )


def card_ids(place: County, letter: str, years: Ints) -> pl.Series:
    """`S330329D2025000001`: synthetic, county, card, year, number."""
    number = pl.Series(np.arange(1, len(years) + 1)).cast(pl.String).str.zfill(7)
    return f"S{place.area_code}{letter}" + pl.Series(years).cast(pl.String) + number
