"""Which rows of a published table are a county's."""

from __future__ import annotations

import csv
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache

from flows.home import REFERENCE

#: Words of the column `decides` in place of columns.
SHARED, WITHHELD, HOME = "shared", "withheld", "home"
#: Columns that hold an institution's code; every other deciding column holds an area's.
ORGS = ("org_code", "assignee_org", "managing_org_code", "org_code_a", "org_code_b")
#: Holds either.
EITHER = ("place_code",)
CARDS = ("card.death", "card.tumour", "card.cardio", "card.diabetes")


class UndecidedError(Exception):
    """A published table of which nobody said whose its rows are; the message names it."""


@dataclass(frozen=True)
class Decision:
    """Of one table: `decides` as in the file, what is emptied, what a comparison leaves out."""

    table: str
    decides: str
    blanked: Mapping[str, str]  # column -> `card` or one card table
    not_compared: tuple[str, ...]

    @property
    def is_plain(self) -> bool:
        """Rows are chosen by columns that hold codes."""
        return self.decides not in (SHARED, WITHHELD, HOME) and "@" not in self.decides


@cache
def _given() -> dict[str, dict[str, str]]:
    with (REFERENCE / "county_table.csv").open(encoding="utf-8", newline="") as stream:
        return {row["table_name"]: row for row in csv.DictReader(stream)}


def decision(table: str, columns: Collection[str]) -> Decision:
    """Decide.

    Args:
        table: ``schema.name``.
        columns: its columns.

    Raises:
        UndecidedError: it is not in the file and has neither area_code nor org_code, or the file
            names a column it does not have.
    """
    row = _given().get(table, {})
    decides = row.get("decides") or next(
        (name for name in ("area_code", "org_code") if name in columns), ""
    )
    if not decides:
        raise UndecidedError(
            f"{table} has neither area_code nor org_code: say in reference/county_table.csv"
            " whose its rows are"
        )
    blanked = dict(part.split("@") for part in row.get("blanked", "").split("|") if part)
    left_out = tuple(part for part in row.get("not_compared", "").split("|") if part)
    made = Decision(table, decides, blanked, left_out)
    named = {*blanked, *(set(left_out) - {"*"}), *deciding(made)}
    if unknown := sorted(named - set(columns)):
        raise UndecidedError(f"{table} has no {', '.join(unknown)} (reference/county_table.csv)")
    return made


def deciding(one: Decision) -> list[str]:
    """The columns that decide."""
    if one.decides in (SHARED, WITHHELD, HOME):
        return []
    if "@" in one.decides:
        return [part.split("@")[0] for part in one.decides.split("&")]
    return one.decides.split("|")


def prefix_of(code: str) -> str:
    """What the codes inside an area begin with: ``3303`` of 330300 or 3303, else six digits."""
    if len(code) >= 6 and not code.endswith("00"):
        return code[:6]
    return code[:2] if code[2:4] in ("", "00") else code[:4]


def rows_of(one: Decision, prefix: str) -> str:
    """SQL: true of the rows of the area; `org_area` (org_code, area_code) and `visible` exist.

    `visible` (card_table, card_id) holds the cards of the area's own file.
    """
    if one.decides in (SHARED, HOME):
        return "true"
    if one.decides == WITHHELD:
        return "false"
    if "@" in one.decides:
        parts = [part.split("@") for part in one.decides.split("&")]
        return " and ".join(f"({column} is null or {_is_visible(column, cards)})"
                            for column, cards in parts)  # fmt: skip
    return "(" + " or ".join(_inside(column, prefix) for column in deciding(one)) + ")"


def _inside(column: str, prefix: str) -> str:
    # A range, so that whole row groups of a sorted table are skipped.
    area = f"coalesce({column} >= '{prefix}' and {column} < '{int(prefix) + 1}', false)"
    org = f"coalesce({column} in (select org_code from org_inside), false)"
    if column in EITHER:
        return f"({area} or {org})"
    return org if column in ORGS else area


def columns_of(one: Decision, columns: Collection[str], area: str) -> str:
    """SQL of the columns of the area's file, in their order."""
    made = []
    for column in columns:
        if one.decides == HOME and column == "area_code":
            made.append(f"'{area}' as area_code")
        elif column in one.blanked:
            seen = _is_visible(column, one.blanked[column])
            made.append(f'case when {seen} then "{column}" end as "{column}"')
        else:
            made.append(f'"{column}"')
    return ", ".join(made)


def _is_visible(column: str, cards: str) -> str:
    own = "" if cards == "card" else f" where card_table = '{cards}'"
    return f"coalesce({column} in (select card_id from visible{own}), false)"


def codes_of(one: Decision, digits: int) -> str:
    """SQL of the list of areas (by so many digits) that a row belongs to, for sums of all areas.

    Institutions are looked up as `org_<column>.area_code` and the first card of a row that cards
    decide as `own_card.areas`, see `joins_of`.
    """
    if "@" in one.decides:
        return f"list_distinct(list_transform(own_card.areas, lambda area: left(area, {digits})))"
    parts = []
    for column in deciding(one):
        source = f"t.{column}"
        if column in ORGS:
            source = f"org_{column}.area_code"
        elif column in EITHER:
            source = f"coalesce(org_{column}.area_code, t.{column})"
        parts.append(f"left({source}, {digits})")
    return f"list_distinct([{', '.join(parts)}])"


def joins_of(one: Decision) -> str:
    """SQL joins that give `codes_of` the areas of institutions and cards."""
    if "@" in one.decides:
        return f"left join card_areas as own_card on t.{deciding(one)[0]} = own_card.card_id"
    return " ".join(
        f"left join org_area as org_{column} on t.{column} = org_{column}.org_code"
        for column in deciding(one)
        if column in (*ORGS, *EITHER)
    )
