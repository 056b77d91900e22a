"""Invented people: names, identity numbers, where they are registered and where they live."""

from __future__ import annotations

import numpy as np
import polars as pl

from flows.sample.county import MOVED_COUNTY, County
from flows.sample.draw import Flags, Ints, Texts, day_text, pick
from flows.sample.error import SampleError
from flows.sample.tables import table

HOME, AWAY, VISITOR = 0, 1, 2
"""Registered and living here; registered here, living elsewhere; registered elsewhere."""

WEIGHTS = np.array([7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2])
CHECK_DIGITS = np.array(list("10X98765432"), dtype=object)
SLOTS = {"death": (0, 220), "tumour": (220, 110), "cardio": (330, 110), "diabetes": (440, 50)}
"""Share of the 499 sequence numbers of a day and sex that each kind of people may use."""
SURVEY_SLOTS = (490, 9)
PHONE_FIRST = 13_800_000_000  # a block of obviously invented numbers
MINORITY_SURNAMES = ("蓝", "雷", "钟")  # 畲族 in southern Zhejiang


def people(
    rng: np.random.Generator,
    place: County,
    *,
    sex: Ints,
    birth_day: Ints,
    kind: Ints,
    slots: tuple[int, int],
    without_id: Flags,
) -> pl.DataFrame:
    """Make people.

    Args:
        rng: source of chance.
        place: the county.
        sex: 1 or 2, shape (n,).
        birth_day: days since 1970, shape (n,).
        kind: HOME, AWAY or VISITOR, shape (n,).
        slots: first and number of ID sequence numbers these people may use, so that no two
            people of a sample share one.
        without_id: who has no identity number on the card.

    Returns:
        n rows: name, sex, birth_day, birth_date, id_number, ethnicity, phone, kind, and for
        `registered_` and `residence_`: county, town, out_of_province, address.
    """
    count = len(sex)
    surname = _names(rng, count, "surname", None)
    given = _given(rng, sex, count)
    ethnicity = np.full(count, "1", dtype=object)
    if place.area_code.startswith("33"):
        local = np.isin(surname, MINORITY_SURNAMES) & (kind != VISITOR)
        ethnicity[local & (rng.random(count) < 0.6)] = "22"
    towns = np.array(place.town_codes, dtype=object)
    registered_town = towns[_towns(rng, place, "registered", count)]
    registered_county = np.full(count, place.area_code, dtype=object)
    residence_town, residence_county = registered_town.copy(), registered_county.copy()
    other = pick(
        rng, place.elsewhere["county_code"].to_list(), place.elsewhere["weight"].to_list(), count
    )
    away, visitor = kind == AWAY, kind == VISITOR
    residence_county[away], residence_town[away] = other[away], ""
    residence_town[visitor] = towns[_towns(rng, place, "resident", int(visitor.sum()))]
    registered_county[visitor], registered_town[visitor] = other[visitor], ""
    prefix = registered_county.copy()
    if place.area_code in MOVED_COUNTY:
        old = (kind != VISITOR) & (birth_day < 4018) & (rng.random(count) < 0.02)  # before 1981
        prefix[old] = MOVED_COUNTY[place.area_code]
    numbers = identity_numbers(prefix, birth_day, sex, slots)
    numbers[without_id] = ""
    house = rng.integers(1, 300, count)
    phone = PHONE_FIRST + rng.integers(0, 100_000, count)
    frame = pl.DataFrame(
        {
            "surname": pl.Series(surname.tolist(), dtype=pl.String),
            "given": pl.Series(given.tolist(), dtype=pl.String),
            "sex": pl.Series(sex).cast(pl.String),
            "birth_day": pl.Series(birth_day),
            "birth_date": day_text(birth_day),
            "id_number": pl.Series(numbers.tolist(), dtype=pl.String),
            "ethnicity": pl.Series(ethnicity.tolist(), dtype=pl.String),
            "phone": pl.Series(phone).cast(pl.String),
            "kind": pl.Series(kind),
            "house": pl.Series(house).cast(pl.String),
            "registered_county": pl.Series(registered_county.tolist(), dtype=pl.String),
            "registered_town": pl.Series(registered_town.tolist(), dtype=pl.String),
            "residence_county": pl.Series(residence_county.tolist(), dtype=pl.String),
            "residence_town": pl.Series(residence_town.tolist(), dtype=pl.String),
        }
    )
    return frame.select(
        (pl.col("surname") + pl.col("given")).alias("name"),
        *("sex", "birth_day", "birth_date", "id_number", "ethnicity", "phone", "kind"),
        *(
            expression
            for which in ("registered", "residence")
            for expression in _address(place, which)
        ),
    )


def _address(place: County, which: str) -> tuple[pl.Expr, ...]:
    county, town = pl.col(f"{which}_county"), pl.col(f"{which}_town")
    names = dict(zip(place.town_codes, place.town_names, strict=True)) | {"": "外地"}
    where = town.replace_strict(names, return_dtype=pl.String)
    out = county.str.slice(0, 2) != place.province_code[:2]
    return (
        county,
        town,
        pl.when(out).then(pl.lit("1")).otherwise(pl.lit("0")).alias(f"{which}_out_of_province"),
        (where + pl.lit("示例村") + pl.col("house") + pl.lit("号")).alias(f"{which}_address"),
    )


def identity_numbers(prefix: Texts, birth_day: Ints, sex: Ints, slots: tuple[int, int]) -> Texts:
    """18-character identity numbers with right birth date, sex and check digit, all different.

    Source: GB 11643-1999, weights and check digits of 4.2.

    Raises:
        SampleError: more people of one sex born on one day than `slots` has numbers.
    """
    frame = pl.DataFrame(
        {
            "prefix": pl.Series(prefix.tolist(), dtype=pl.String),
            "day": pl.Series(birth_day),
            "sex": pl.Series(sex),
        }
    )
    rank = frame.select(pl.int_range(pl.len()).over("prefix", "day", "sex")).to_series().to_numpy()
    first, size = slots
    if len(rank) and rank.max() >= size:
        raise SampleError(
            "同一天出生的人太多，身份证顺序号不够用，请减小 --deaths 或增加 --years。"
        )
    sequence = 2 * (first + (rank + birth_day) % size) + np.where(sex == 1, 1, 2)
    date_text = frame.select(pl.col("day").cast(pl.Int32).cast(pl.Date).dt.to_string("%Y%m%d"))
    body = (
        frame["prefix"].cast(pl.Int64).to_numpy() * 10**11
        + date_text.to_series().cast(pl.Int64).to_numpy() * 1000
        + sequence
    )
    total = np.zeros(len(body), dtype=np.int64)
    rest = body.copy()
    for weight in WEIGHTS[::-1]:
        total += rest % 10 * weight
        rest //= 10
    text = pl.Series(body).cast(pl.String) + pl.Series(
        CHECK_DIGITS[total % 11].tolist(), dtype=pl.String
    )
    numbers: Texts = text.to_numpy().astype(object)
    return numbers


def _names(rng: np.random.Generator, count: int, part: str, sex: str | None) -> Texts:
    rows = table("sample_name").filter(pl.col("part") == part)
    rows = rows if sex is None else rows.filter(pl.col("sex") == sex)
    return pick(rng, rows["text"].to_list(), rows["weight"].to_list(), count)


def _given(rng: np.random.Generator, sex: Ints, count: int) -> Texts:
    """One character for one person in eight, else two."""
    given = np.empty(count, dtype=object)
    for code in (1, 2):
        mine = sex == code
        size = int(mine.sum())
        first, second = (_names(rng, size, "given", str(code)) for _ in range(2))
        second[rng.random(size) < 0.125] = ""
        given[mine] = first + second
    return given


def _towns(rng: np.random.Generator, place: County, residency: str, count: int) -> Ints:
    weights = place.town_weights[residency]
    return rng.choice(len(weights), count, p=weights / weights.sum())
