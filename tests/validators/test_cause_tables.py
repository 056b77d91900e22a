"""Every row of the fact tables on causes of death finds a faulty card and leaves a sound one."""

import csv
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from judge import rules_broken_by

from validators.cause_code import codes, members, whole
from validators.change import Change, aged, changed
from validators.example_cause import NEWBORN
from validators.example_death import child, man, woman
from validators.example_kind import certificate, only
from validators.sound import SOUND

TABLES = Path(__file__).parents[3] / "shared" / "rules" / "mortality"
#: (row, rules of which one must speak, card with the fault, card without it)
Case = tuple[str, set[str], Change, Change]
UNACCEPTABLE = {
    "error": "underlying_cause_is_acceptable",
    "warning": "underlying_cause_is_specific",
    "query": "underlying_cause_needs_no_inquiry",
}
ANY_UNACCEPTABLE = set(UNACCEPTABLE.values())
POSSIBLE, USUAL = (
    "underlying_cause_is_possible_at_this_age",
    "underlying_cause_is_usual_at_this_age",
)
SEX = {
    "absolute": "underlying_cause_matches_sex",
    "likely": "underlying_cause_is_likely_for_sex",
    "query": "underlying_cause_is_usual_for_sex",
}
WOMEN = "O00-O99 A34 C53-C56 C58 F53 M83"
SOUND_CARD = only("K25.4")
#: Ranges with a narrower limit of their own inside: the sound card is of an age sound for both.
NESTED = {"A15-A19", "E10-E14", "F10-F69", "O00-O99", "X60-X84"}
#: ACME takes these codes as underlying causes: the table's reject is a warning here.
ACCEPTED_BY_ACME = {"B03"}


def rows(table: str) -> list[dict[str, str]]:
    file = TABLES / f"{table}.csv"
    if not file.exists():
        pytest.skip("the fact tables are not beside this repository")
    with file.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def span(row: dict[str, str]) -> str:
    first, last = row["code_from"], row["code_to"]
    return first if first == last else f"{first}-{last}"


def first_code(ranges: str) -> str | None:
    """A code of the ranges, of the current edition where there is one; None for no leaf code."""
    held = members(ranges)
    current = codes().filter(held & whole())
    every = current if current.len() else codes().filter(held)
    return str(every[0]) if every.len() else None


def under(code: str) -> Change:
    return certificate("J18.9", code)


def unacceptable() -> Iterator[Case]:
    for row in rows("unacceptable_underlying"):
        code = first_code(span(row))
        if row["severity"] != "info" and code:
            yield span(row), {UNACCEPTABLE[row["severity"]]}, under(code), SOUND_CARD


def garbage() -> Iterator[Case]:
    every = rows("garbage_codes")
    listed = members(" ".join(span(row) for row in every))
    fine = str(codes().filter(whole() & ~listed)[0])
    for row in every:
        code = first_code(span(row))
        if code:
            rule = f"underlying_cause_is_not_{row['scheme'].lower()}_{row['level']}"
            name = f"{row['scheme']} {row['level']} {span(row)}"
            yield name, {rule}, under(code), under(fine)


def unlikely() -> Iterator[Case]:
    for row in rows("unlikely_to_cause_death"):
        if code := first_code(span(row)):
            either = {"underlying_cause_can_cause_death", *ANY_UNACCEPTABLE}
            yield span(row), either, under(code), SOUND_CARD


def sex_specific() -> Iterator[Case]:
    for row in rows("sex_specific"):
        code = first_code(span(row))
        if code is None:
            continue
        both: tuple[Change, Change] = (man(40) | under(code), woman(40, "2") | under(code))
        fault, sound = both if row["sex_gbt2261"] == "2" else both[::-1]
        # M83.0 is likely in one table and absolute in the other; the stricter speaks.
        either = {SEX["absolute"], SEX[row["strictness"]]}
        yield f"{span(row)} {row['sex']}", either, fault, sound


def of_age(value: int, unit: str, sex: str) -> Change:
    if unit == "day":
        days = {"birth_date": f"2024-03-{5 - value:02d}" if value < 5 else _born_before(value)}
        return NEWBORN | days
    return (
        child(value)
        if value < 15
        else aged(value, sex) | {"pregnancy": "2" if sex == "2" else None}
    )


def _born_before(days: int) -> str:
    return (date(2024, 3, 5) - timedelta(days=days)).isoformat()


def age_limits() -> Iterator[Case]:
    for row in rows("age_limits"):
        if row["severity"] == "info" or not (row["min_age"] or row["max_age"]):
            continue
        sex = "2" if members(WOMEN).sum() and _within_women(row) else "1"
        unit, low, high = row["unit"], row["min_age"], row["max_age"]
        if row["code_from"] == "*":
            yield "*", {"age_is_under_120"}, man(120), man(119)
            continue
        code = first_code(span(row))
        assert code is not None
        if span(row) == "P00-P96" and unit == "year":
            outside, inside = child(1), NEWBORN
        elif high and not (low and int(low) > 0):
            outside = of_age(int(high) + 1, unit, sex)
            # A newborn's limits lie within each other: the narrowest one is kept.
            inside = NEWBORN if unit == "day" and code[0] == "P" else of_age(int(high), unit, sex)
        else:
            outside = of_age(int(low) - 1, unit, sex)
            inside = of_age(max(int(low), 66 if span(row) == "R54" else 0), unit, sex)
            if span(row) in NESTED:
                inside = of_age(20, unit, sex)
        rule = {"error": POSSIBLE, "query": USUAL}[row["severity"]]
        name = f"{span(row)} {low}-{high} {unit} {row['severity']}"
        yield name, {rule}, outside | under(code), inside | under(code)


def _within_women(row: dict[str, str]) -> bool:
    held = members(span(row))
    return bool(held.sum()) and bool((held & ~members(WOMEN)).sum() == 0)


def rare() -> Iterator[Case]:
    for row in rows("rare_causes"):
        code = first_code(span(row))
        if code is None:
            continue
        rule = "underlying_cause_is_not_rare"
        if row["action"] == "error":
            rule = (
                "underlying_cause_is_not_eradicated"
                if code in ACCEPTED_BY_ACME
                else "underlying_cause_is_acceptable"
            )
        yield span(row), {rule}, only(code) | {"death_place": "1"}, SOUND_CARD


GENERATED = {
    "unacceptable_underlying": unacceptable,
    "garbage_codes": garbage,
    "unlikely_to_cause_death": unlikely,
    "sex_specific": sex_specific,
    "age_limits": age_limits,
    "rare_causes": rare,
}


@pytest.mark.parametrize("table", GENERATED)
def test_every_row_finds_its_fault_and_nothing_else(table: str) -> None:
    cases = list(GENERATED[table]())
    cards = [changed(SOUND["death"], change) for case in cases for change in case[2:]]
    # No province has a table of its own here: the general rows hold.
    broken = rules_broken_by("death", cards, province="")
    silent, loud = [], []
    for (name, wanted, _, _), faulty, sound in zip(cases, broken[::2], broken[1::2], strict=True):
        ids = {f"death.{rule}" for rule in wanted}
        if not ids & faulty:
            silent.append(name)
        if ids & sound:
            loud.append(name)
    assert silent == [], "rows that never fire"
    assert loud == [], "rows that fire on a sound card"


def test_rows_without_a_leaf_code_are_known() -> None:
    without = {
        table: [
            span(row)
            for row in rows(table)
            if row["code_from"] != "*" and not first_code(span(row))
        ]
        for table in GENERATED
    }
    assert {table: found for table, found in without.items() if found} == {
        "garbage_codes": WITHOUT_LEAF
    }


#: Codes their source invented or took from a clinical edition: no card can show them.
WITHOUT_LEAF = ["L56.5", "J04.3", "C93.5", "C93.6", "I68.9"]


EXCEPTIONS = [
    only("A15.0"), only("A16.0"), only("O60.0"), child(3) | only("C64"), only("W78"),
    only("Y06.0"), only("E43"),
]  # fmt: skip


def test_rows_of_information_make_no_finding() -> None:
    cards = [changed(SOUND["death"], man(40) | change) for change in EXCEPTIONS]
    asked = {f"death.{rule}" for rule in (*ANY_UNACCEPTABLE, POSSIBLE, USUAL)}
    assert [broken & asked for broken in rules_broken_by("death", cards, province="")] == [
        set() for _ in cards
    ]
