"""Chains of causes on a death card: lines a-d, intervals, other diseases (Part II)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from flows.sample.draw import Flags, Floats, Ints, Texts, quota
from flows.sample.interval import hours_before_death, interval_text
from flows.sample.tables import table

POSITION_SHARE = {1: 0.500, 2: 0.332, 3: 0.122, 4: 0.033}
"""Line that holds the underlying cause; the rest of the deaths name it on none.

Source: 85,370 death cards of a Chinese county-level data set: a 49.8, b 33.2, c 12.2, d 3.3 %.
"""
BELOW_SHARE = {1: 0.075, 2: 0.045, 3: 0.018}
"""Share of all deaths with one more line under the cause (lines filled: 100, 57, 20, 5 %)."""
OTHER_SHARE = (0.22, 0.05)


@dataclass(frozen=True)
class Choices:
    """What may stand around one underlying cause."""

    direct: tuple[tuple[str, str, float], ...]
    middle: tuple[tuple[str, str, float], ...]
    below: tuple[tuple[str, str, float], ...]

    @property
    def longest(self) -> int:
        """The lowest line the underlying cause can stand on."""
        return 2 + min(len(self.middle), 2) if self.direct else 1


def choices(cause: str, family: str) -> Choices:
    """Rows of `sample_chain.csv` for a cause, without the cause itself and without repeats."""
    rows = table("sample_chain").filter((pl.col("family") == family) & (pl.col("icd10") != cause))
    found: dict[str, tuple[tuple[str, str, float], ...]] = {}
    seen: set[str] = set()
    for role in ("direct", "middle", "below"):
        these = rows.filter((pl.col("role") == role) & ~pl.col("icd10").is_in(sorted(seen)))
        found[role] = tuple(these.select("icd10", "name_zh", "weight").iter_rows())
        seen |= set(these["icd10"])
    return Choices(found["direct"], found["middle"], found["below"])


def chains(
    rng: np.random.Generator, causes: pl.DataFrame, which: Ints, age_hours: Floats, known: Floats
) -> pl.DataFrame:
    """Fill lines a-d and Part II.

    Args:
        rng: source of chance.
        causes: `sample_cause.csv`.
        which: row of `causes` for every death, shape (n,).
        age_hours: age at death in hours; no interval is longer.
        known: hours from onset to death where already decided (tumours), else 0.

    Returns:
        cause_a..cause_d, interval_a.., cause_a_text.., other_cause_1.. with their texts and
        intervals: texts, empty where not filled.
    """
    count = len(which)
    families = causes["family"].to_numpy().astype(object)[which]
    all_choices = [choices(*row) for row in causes.select("icd10", "family").iter_rows()]
    position = _positions(rng, causes, which, all_choices)
    has_below = _below(rng, position, which, all_choices)
    code = np.full((5, count), "", dtype=object)
    name = np.full((5, count), "", dtype=object)
    for row, choice in enumerate(all_choices):
        mine = np.flatnonzero(which == row)
        if not len(mine):
            continue
        own = (causes["icd10"][row], causes["name_zh"][row])
        place = position[mine]
        for line in (1, 2, 3, 4):
            there = mine[place == line]
            code[line, there], name[line, there] = own
        _fill(rng, code, name, 1, mine[place != 1], choice.direct)
        _fill(rng, code, name, 2, mine[place >= 3], choice.middle)
        _fill(rng, code, name, 3, mine[place == 4], choice.middle, unlike=2)
        for line in (2, 3, 4):
            under = mine[(place == line - 1) & has_below[mine]]
            _fill(rng, code, name, line, under, choice.below)
        _fill(rng, code, name, 2, mine[place == 0], choice.below)
    hours = hours_before_death(rng, causes, which, families, position, age_hours, known)
    columns: dict[str, pl.Series] = {}
    for line, letter in enumerate("abcd", 1):
        columns[f"cause_{letter}"] = pl.Series(code[line].tolist(), dtype=pl.String)
        columns[f"interval_{letter}"] = interval_text(hours[line], code[line] != "")
        columns[f"cause_{letter}_text"] = pl.Series(name[line].tolist(), dtype=pl.String)
    return pl.DataFrame(columns | _others(rng, code, age_hours))


def _fill(
    rng: np.random.Generator,
    code: Texts,
    name: Texts,
    line: int,
    rows: Ints,
    options: tuple[tuple[str, str, float], ...],
    unlike: int | None = None,
) -> None:
    if not len(rows) or not options:
        return
    chance = np.array([weight for _, _, weight in options])
    drawn = rng.choice(len(options), len(rows), p=chance / chance.sum())
    if unlike is not None:
        same = np.array([options[d][0] for d in drawn], dtype=object) == code[unlike, rows]
        drawn[same] = (drawn[same] + 1) % len(options)
    code[line, rows] = np.array([option[0] for option in options], dtype=object)[drawn]
    name[line, rows] = np.array([option[1] for option in options], dtype=object)[drawn]


def _positions(
    rng: np.random.Generator, causes: pl.DataFrame, which: Ints, all_choices: list[Choices]
) -> Ints:
    """The line of the underlying cause: quotas of the whole, given to causes that allow them."""
    count = len(which)
    family = causes["family"].to_numpy().astype(object)
    position = np.ones(count, dtype=np.int64)
    nowhere = (family == "hypertensive_failure")[which]
    position[nowhere] = 0
    second = np.isin(family, [f for f in set(family) if f.startswith(("injury", "newborn"))])[which]
    longest = np.array([choice.longest for choice in all_choices])[which]
    wish = (
        rng.random(count) - np.where(second, -2, 0) - np.where((family == "unknown")[which], 1, 0)
    )
    free = ~nowhere
    for line in (4, 3, 2):
        able = np.flatnonzero(free & (longest >= line) & (~second | (line == 2)))
        taken = able[np.argsort(-wish[able], kind="stable")][: round(POSITION_SHARE[line] * count)]
        position[taken] = line
        free[taken] = False
        wish = np.where(second, wish, rng.random(count))
    return position


def _below(
    rng: np.random.Generator, position: Ints, which: Ints, all_choices: list[Choices]
) -> Flags:
    able = np.array([bool(choice.below) for choice in all_choices])[which]
    below = np.zeros(len(which), dtype=bool)
    for line, share in BELOW_SHARE.items():
        rows = np.flatnonzero(able & (position == line))
        rng.shuffle(rows)
        below[rows[: round(share * len(which))]] = True
    return below


def _others(rng: np.random.Generator, code: Texts, age_hours: Floats) -> dict[str, pl.Series]:
    """Part II: one or two chronic diseases not named in Part I, for people over 50."""
    rows = table("sample_chain").filter(pl.col("family") == "other")
    options, names = rows["icd10"].to_list(), rows["name_zh"].to_list()
    count = len(age_hours)
    old = age_hours > 50 * 8766
    columns: dict[str, pl.Series] = {}
    used = [code[line] for line in (1, 2, 3, 4)]
    for number, share in enumerate(OTHER_SHARE, 1):
        drawn = np.repeat(np.arange(len(options)), quota(rows["weight"].to_numpy(), count))
        rng.shuffle(drawn)
        text = np.array(options, dtype=object)[drawn]
        clash = np.any([other == text for other in used], axis=0)
        filled = old & (rng.random(count) < share) & ~clash
        if number == 2:
            filled &= columns["other_cause_1"].to_numpy() != ""
        text[~filled] = ""
        label = np.where(filled, np.array(names, dtype=object)[drawn], "")
        hours = rng.uniform(20_000, 120_000, count)
        columns[f"other_cause_{number}"] = pl.Series(text.tolist(), dtype=pl.String)
        columns[f"other_interval_{number}"] = interval_text(hours, filled)
        columns[f"other_cause_{number}_text"] = pl.Series(label.tolist(), dtype=pl.String)
        used.append(text)
    return columns
