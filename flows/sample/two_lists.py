"""Two lists of invented people, typed by hand with slips, and which rows are one person."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from datetime import date, timedelta
from functools import cache
from typing import NamedTuple

import numpy as np
import polars as pl

from flows.sample.draw import pick
from flows.sample.people import identity_numbers
from flows.sample.tables import table

#: Surnames of two characters, and names with a dot: 2 % and 1 % of people.
DOUBLE = ("欧阳", "上官", "司马", "诸葛", "夏侯", "司徒")
DOTTED = ("买买提", "艾力", "古丽", "阿不都", "热合曼", "吐尔逊", "帕提古丽", "玉素甫", "阿依古丽")
TOWNS = [f"330329{number}" for number in range(100, 119)]
TWINS = 0.01

Person = dict[str, str | date | None]


class TwoLists(NamedTuple):
    """Both lists as `flows.linkage.link` takes them, and the truth: row_a, row_b (1-based)."""

    left: pl.DataFrame
    right: pl.DataFrame
    truth: pl.DataFrame


def two_lists(
    large: int,
    small: int,
    *,
    shared: float = 0.5,
    slips: float = 0.1,
    without_id: float = 0.0,
    seed: int = 1,
) -> TwoLists:
    """Make two lists.

    Args:
        large: people on the first list.
        small: people on the second.
        shared: share of the second list that is on the first too.
        slips: share of the records of each list with one slip (three in four) or two.
        without_id: share of the records of each list without ID number.
        seed: the same seed, the same lists.
    """
    rng = np.random.default_rng(seed)
    both = round(small * shared)
    everybody = _people(rng, large + small - both)
    rows_a = rng.permutation(large)
    rows_b = rng.permutation(small)
    people_a, people_b = everybody[:large], everybody[large - both :]
    left = [_typed(rng, people_a[place], slips, without_id) for place in rows_a]
    right = [_typed(rng, people_b[place], slips, without_id) for place in rows_b]
    where_a, where_b = np.argsort(rows_a) + 1, np.argsort(rows_b) + 1
    truth = pl.DataFrame({"row_a": where_a[large - both :], "row_b": where_b[:both]})
    return TwoLists(_frame(left), _frame(right), truth.sort("row_a"))


def _frame(people: list[Person]) -> pl.DataFrame:
    kinds = {
        "name": pl.String, "sex": pl.String, "birth_date": pl.Date, "id_number": pl.String,
        "town_code": pl.String,
    }  # fmt: skip
    return pl.DataFrame(people, schema=kinds)


def _people(rng: np.random.Generator, count: int) -> list[Person]:
    names = table("sample_name")
    surnames = names.filter(pl.col("part") == "surname")
    surname = pick(rng, surnames["text"].to_list(), surnames["weight"].to_list(), count)
    double = rng.random(count) < 0.02
    surname[double] = rng.choice(DOUBLE, int(double.sum()))
    sex = rng.integers(1, 3, count)
    # Few are older than ninety; nobody was born after 2015.
    born = rng.triangular(date(1925, 1, 1).toordinal(), date(1952, 1, 1).toordinal(),
                          date(2015, 12, 31).toordinal(), count).astype(int)  # fmt: skip
    twin = np.flatnonzero(rng.random(count) < TWINS)
    twin = twin[twin > 0]
    for other in (surname, sex, born):
        other[twin] = other[twin - 1]
    given = np.empty(count, dtype=object)
    for code in ("1", "2"):
        mine = np.flatnonzero(sex == int(code))
        rows = names.filter((pl.col("part") == "given") & (pl.col("sex") == code))
        texts, weights = rows["text"].to_list(), rows["weight"].to_list()
        first, second = (pick(rng, texts, weights, len(mine)) for _ in range(2))
        second[rng.random(len(mine)) < 0.125] = ""
        given[mine] = first + second
    dotted = rng.random(count) < 0.01
    share = 1 / np.arange(1, len(TOWNS) + 1)
    town = rng.choice(TOWNS, count, p=share / share.sum())
    town[twin] = town[twin - 1]
    epoch = date(1970, 1, 1).toordinal()
    prefix = np.full(count, "330329", dtype=object)
    numbers = identity_numbers(prefix, born - epoch, sex, (0, 499))
    return [
        {
            "name": "·".join(rng.choice(DOTTED, 2, replace=False))
            if dotted[place]
            else surname[place] + given[place],
            "sex": str(sex[place]),
            "birth_date": date.fromordinal(int(born[place])),
            "id_number": numbers[place],
            "town_code": str(town[place]),
        }
        for place in range(count)
    ]


def _typed(rng: np.random.Generator, person: Person, slips: float, without_id: float) -> Person:
    """A record of a person as somebody typed it."""
    record = dict(person)
    if rng.random() < slips:
        for _ in range(1 if rng.random() < 0.75 else 2):
            SLIPS[rng.integers(len(SLIPS))](rng, record)
    if rng.random() < without_id:
        record["id_number"] = None
    return record


@cache
def _characters() -> dict[str, list[str]]:
    """The 3,755 common characters (GB 2312, level 1) by their sound."""
    from flows.linkage.spoken import pinyin

    found = defaultdict(list)
    for row in range(0xB0, 0xD8):
        for cell in range(0xA1, 0xFF if row < 0xD7 else 0xFA):
            character = bytes((row, cell)).decode("gb2312")
            found[pinyin(character)].append(character)
    return dict(found)


@cache
def _common() -> list[str]:
    return [character for characters in _characters().values() for character in characters]


def _homophone(rng: np.random.Generator, record: Person) -> None:
    from flows.linkage.spoken import pinyin

    name = str(record["name"])
    place = int(rng.integers(1, len(name)))
    choice = _characters().get(pinyin(name[place]), [name[place]])
    record["name"] = name[:place] + str(rng.choice(choice)) + name[place + 1 :]


def _other_character(rng: np.random.Generator, record: Person) -> None:
    name = str(record["name"])
    place = int(rng.integers(0, len(name)))
    record["name"] = name[:place] + str(rng.choice(_common())) + name[place + 1 :]


def _order(rng: np.random.Generator, record: Person) -> None:
    name = str(record["name"])
    if "·" in name:  # another dot, or only the first part
        first, _, second = name.partition("·")
        record["name"] = (
            first if rng.random() < 0.5 else f"{first}{rng.choice(list('•.・'))}{second}"
        )
        return
    cut = 2 if name[:2] in DOUBLE else 1
    record["name"] = name[cut:] + name[:cut]


def _id_digit(rng: np.random.Generator, record: Person) -> None:
    number = str(record["id_number"])
    place = int(rng.integers(6, min(17, len(number))))
    record["id_number"] = number[:place] + str(rng.integers(10)) + number[place + 1 :]


def _id_transposed(rng: np.random.Generator, record: Person) -> None:
    number = str(record["id_number"])
    place = int(rng.integers(6, len(number) - 1))
    swapped = number[place + 1] + number[place]
    record["id_number"] = number[:place] + swapped + number[place + 2 :]


def _id_of_old(rng: np.random.Generator, record: Person) -> None:
    number = str(record["id_number"])
    if len(number) == 18 and number[6:8] == "19":
        record["id_number"] = number[:6] + number[8:17]


def _day_and_month(rng: np.random.Generator, record: Person) -> None:
    day = record["birth_date"]
    assert isinstance(day, date)
    if day.day <= 12:
        record["birth_date"] = day.replace(month=day.day, day=day.month)


def _lunar(rng: np.random.Generator, record: Person) -> None:
    day = record["birth_date"]
    assert isinstance(day, date)
    earlier = day - timedelta(days=int(rng.integers(19, 51)))
    record["birth_date"] = earlier if earlier.year == day.year else day


def _year(rng: np.random.Generator, record: Person) -> None:
    day = record["birth_date"]
    assert isinstance(day, date)
    record["birth_date"] = day.replace(
        year=day.year + int(rng.choice([-1, 1])), day=min(day.day, 28)
    )


def _date_digit(rng: np.random.Generator, record: Person) -> None:
    text = f"{record['birth_date']:%Y%m%d}"
    place = int(rng.integers(2, 8))
    changed = text[:place] + str(rng.integers(10)) + text[place + 1 :]
    try:
        record["birth_date"] = date(int(changed[:4]), int(changed[4:6]), int(changed[6:]))
    except ValueError:
        return  # no such day: the form would not have taken it


def _sex(rng: np.random.Generator, record: Person) -> None:
    record["sex"] = "2" if record["sex"] == "1" else "1"


def _town(rng: np.random.Generator, record: Person) -> None:
    record["town_code"] = str(rng.choice(TOWNS))


SLIPS: tuple[Callable[[np.random.Generator, Person], None], ...] = (
    _homophone, _other_character, _order, _id_digit, _id_transposed, _id_of_old,
    _day_and_month, _lunar, _year, _date_digit, _sex, _town,
)  # fmt: skip
