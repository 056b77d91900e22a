"""A list of people -> the columns that are compared: names as they sound, sound ID numbers."""

from __future__ import annotations

import polars as pl

from flows.linkage.spoken import with_names, with_near
from flows.person import eighteen

#: What a list may say of a person; a column that is not there gives no weight.
COLUMNS = {
    "name": pl.String,
    "sex": pl.String,
    "birth_date": pl.Date,
    "id_number": pl.String,
    "town_code": pl.String,
    "org_code": pl.String,
    "event_date": pl.Date,
}
#: What `prepared` says of a person, but for row and near.
CONTENTS = (
    *("name", "sound", "sounds", "first_sound", "last_sound", "sex"),
    *("birth_text", "birth_year", "birth_day", "birth_of_id"),
    *("id_number", "id_body", "id_tail", "is_id_sound", "is_id_short"),
    *("town", "county", "org", "event_date"),
)
#: One ID number for this many names of one list stands for nobody: a filler.
NAMES_AN_ID = 5
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)  # GB 11643-1999, 4.2
CHECK_DIGITS = "10X98765432"


def prepared(people: pl.DataFrame) -> pl.DataFrame:
    """Everything that is compared or blocked on, one row a person, in the order of the list.

    Args:
        people: any of `COLUMNS`; birth_year (text) where only the year is known.

    Returns:
        row (1-based); name, sound, sounds (its syllables in alphabetical order), first_sound,
        last_sound, near (the name without one character, and whole); sex; birth_text
        (`19500102`), birth_year, birth_day (`0102`), birth_of_id; id_number (18
        characters where it could be made so), id_body (17), id_tail (last 8), is_id_sound (18
        characters with the right check digit), is_id_short (it had 15); town, county, org,
        event_date.
    """
    return in_full(for_blocks(people))


def for_blocks(people: pl.DataFrame) -> pl.DataFrame:
    """As far as a whole list must be known: what people are counted and blocked by.

    The rest (`in_full`) is worked out of this for those who are compared.
    """
    given = people.select(
        pl.col(name).cast(kind) if name in people.columns else pl.lit(None, kind).alias(name)
        for name, kind in (COLUMNS | {"birth_year": pl.String}).items()
    ).with_row_index("row", offset=1)
    made = _with_dates(_with_ids(with_names(given))).drop("name")
    made = made.rename({"plain": "name", "town_code": "town", "org_code": "org"})
    made = made.with_columns(pl.col("row").cast(pl.Int64), county=pl.col("town").str.slice(0, 6))
    return made.select("row", *(name for name in CONTENTS if name in made.columns))


def in_full(people: pl.DataFrame) -> pl.DataFrame:
    """Add id_body, birth_of_id and near to people of `for_blocks`."""
    return with_near(
        people.with_columns(
            id_body=pl.col("id_number").str.slice(0, 17), birth_of_id=_birth_of_id()
        )
    )


def in_order(people: pl.DataFrame) -> pl.DataFrame:
    """Prepared people in the order of their contents, and unique_id (from 0) in that order.

    What comes out of comparing them does not hang on the order in which they came.
    """
    ordered = people.drop("unique_id", strict=False).sort(*CONTENTS, "row")
    return ordered.with_row_index("unique_id").cast({"unique_id": pl.Int64})


def _with_ids(people: pl.DataFrame) -> pl.DataFrame:
    # Nearly all numbers are clean, and are not written anew.
    odd = people["id_number"].filter(people["id_number"].str.contains(r"[^0-9X]")).unique()
    if odd.len():
        clean = odd.str.to_uppercase().str.replace_all(r"[^0-9X]", "")
        people = people.with_columns(pl.col("id_number").replace(odd, clean))
    number = pl.col("id_number")
    length = number.str.len_chars()
    # Seventeen or nineteen characters are a slip; far fewer, or one digit repeated, say nothing.
    usable = length.is_between(14, 19) & ~(
        number.str.contains("0" * 12, literal=True)
        | number.str.starts_with("123456")
        | number.is_in([digit * places for digit in "19" for places in range(14, 20)])
    )
    people = people.with_columns(id_number=pl.when(usable).then(number))
    is_short = (length == 15) & ~number.str.contains("X", literal=True)
    short = people.select("id_number").filter(is_short)["id_number"].unique()
    longer = {number: eighteen(number) for number in short}
    filler = _fillers(people)
    people = people.with_columns(is_id_short=is_short)
    if filler.len():
        people = people.with_columns(
            id_number=pl.when(~number.is_in(filler.implode())).then(number)
        )
    if longer:
        people = people.with_columns(id_number=number.replace(longer))
    people = people.with_columns(body=number.str.slice(0, 17).cast(pl.Int64, strict=False))
    return people.with_columns(
        id_tail=pl.when(length == 18).then(number.str.tail(8)),
        is_id_sound=~pl.col("is_id_short").fill_null(False) & _has_right_check_digit(),
    )


def _fillers(people: pl.DataFrame) -> pl.Series:
    """ID numbers that stand beside more than NAMES_AN_ID names."""
    numbers = people.select("id_number").drop_nulls()
    # Names are counted only where there are as many rows: that is hardly anywhere, as a look at
    # the sorted hashes tells.
    hashes = numbers["id_number"].hash().sort()
    if not (hashes == hashes.shift(NAMES_AN_ID)).any():
        return numbers["id_number"].clear()
    often = numbers.group_by("id_number").len().filter(pl.col("len") > NAMES_AN_ID)
    if often.is_empty():
        return often["id_number"]
    return (
        people.select("id_number", "plain")
        .join(often, on="id_number", how="semi")
        .group_by("id_number")
        .agg(pl.col("plain").n_unique())
        .filter(pl.col("plain") > NAMES_AN_ID)["id_number"]
    )


def _has_right_check_digit() -> pl.Expr:
    """Of id_number and body, its first 17 digits as a number: 64 bits hold them.

    Dividing a number is quicker than cutting a text, and adding one digit after the other keeps
    two columns at a time and not seventeen.
    """
    digits = [pl.col("body") // 10 ** (16 - place) % 10 for place in range(17)]
    total = sum(
        (digit * weight for digit, weight in zip(digits, WEIGHTS, strict=True)), start=pl.lit(0)
    )
    right = (total % 11).replace_strict(list(range(11)), list(CHECK_DIGITS), default=None)
    number = pl.col("id_number")
    return ((number.str.len_chars() == 18) & (number.str.slice(17, 1) == right)).fill_null(False)


def _birth_of_id() -> pl.Expr:
    """The birthday in an ID number that can be trusted, as eight digits."""
    trusted = pl.col("is_id_sound") | pl.col("is_id_short")
    day = pl.when(trusted).then(pl.col("id_number").str.slice(6, 8))
    return pl.when(day.str.to_date("%Y%m%d", strict=False).is_not_null()).then(day)


def _with_dates(people: pl.DataFrame) -> pl.DataFrame:
    """Birth and sex, from a sound ID number where the list has none."""
    odd = pl.col("id_number").str.slice(16, 1).is_in(["1", "3", "5", "7", "9"])
    sex_of_id = pl.when(pl.col("is_id_sound")).then(
        pl.when(odd).then(pl.lit("1")).otherwise(pl.lit("2"))
    )
    has_year = pl.col("birth_date").is_null() & pl.col("birth_year").is_not_null()
    people = people.with_columns(
        sex=pl.when(pl.col("sex").is_in(["1", "2"])).then("sex").otherwise(sex_of_id),
        birth_text=pl.coalesce(
            pl.col("birth_date").dt.to_string("%Y%m%d"), pl.when(~has_year).then(_birth_of_id())
        ),
    )
    text = pl.col("birth_text")
    return people.with_columns(
        birth_year=text.str.slice(0, 4).fill_null(pl.col("birth_year")),
        birth_day=text.str.slice(4, 4),
    )
