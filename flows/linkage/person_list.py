"""A list of people -> the columns that are compared: names as they sound, sound ID numbers."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

import polars as pl
from pypinyin import lazy_pinyin

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
#: Marks that stand for the dot inside a transcribed name.
DOTS = re.compile("[\u2022.\uff0e\u30fb\uff65\u2027\u2219\u22c5\u25cf\u00b7]")
DOT = "·"
#: One ID number for this many names of one list stands for nobody: a filler.
NAMES_AN_ID = 5
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)  # GB 11643-1999, 4.2
CHECK_DIGITS = "10X98765432"


def plain_name(name: str) -> str:
    """`买买提 • 艾力` -> `买买提·艾力`: no blanks, half width, one kind of dot."""
    half = re.sub(r"\s", "", unicodedata.normalize("NFKC", name)).upper()
    return DOTS.sub(DOT, half).strip(DOT)


def pinyin(name: str) -> str:
    """A name as it sounds, without tones and character by character: 张伟 and 章伟 sound alike."""
    return "".join(_sound(character) for character in name if character != DOT)


@cache
def _sound(character: str) -> str:
    return "".join(lazy_pinyin(character)).lower()


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
    given = people.select(
        pl.col(name).cast(kind) if name in people.columns else pl.lit(None, kind).alias(name)
        for name, kind in (COLUMNS | {"birth_year": pl.String}).items()
    ).with_row_index("row", offset=1)
    named = given.with_columns(pl.col("row").cast(pl.Int64)).join(
        _names(given["name"]), on="name", how="left", maintain_order="left"
    )
    return _with_dates(_with_ids(named)).select(
        "row",
        pl.col("plain").alias("name"),
        *("sound", "sounds", "first_sound", "last_sound", "near", "sex"),
        *("birth_text", "birth_year", "birth_day", "birth_of_id"),
        *("id_number", "id_body", "id_tail", "is_id_sound", "is_id_short"),
        town=pl.col("town_code"),
        county=pl.col("town_code").str.slice(0, 6),
        org=pl.col("org_code"),
        event_date=pl.col("event_date"),
    )


#: A night prepares the same people for several lists; how a name sounds is worked out once.
_heard: list[pl.DataFrame] = []


def _names(names: pl.Series) -> pl.DataFrame:
    """name, plain, sound, sounds, first_sound, last_sound, near, of these names among others."""
    distinct = names.drop_nulls().unique().sort()
    if _heard:
        distinct = distinct.filter(~distinct.is_in(_heard[0]["name"].implode()))
    if distinct.len() or not _heard:
        _heard[:] = [pl.concat([*_heard, _spoken(distinct)])]
    return _heard[0]


def _spoken(distinct: pl.Series) -> pl.DataFrame:
    odd = distinct.filter(~distinct.str.contains(r"^\p{Han}+$"))
    plain = {name: plain_name(name) for name in odd.to_list()}
    rows = distinct.to_frame("name").with_columns(
        plain=pl.col("name").replace(plain) if plain else pl.col("name")
    )
    letters = (
        rows.with_columns(letter=pl.col("plain").str.split(""))
        .with_columns(place=pl.int_ranges(pl.col("letter").list.len()))
        .explode("letter", "place")
        .filter(pl.col("letter") != "")
    )
    sounds = {letter: _sound(letter) for letter in letters["letter"].unique().to_list()}
    spoken = letters.filter(pl.col("letter") != DOT).with_columns(
        sound=pl.col("letter").replace_strict(sounds, default="", return_dtype=pl.String)
    )
    syllables = pl.col("sound").list
    heard = (
        spoken.group_by("name", maintain_order=True)
        .agg("sound")
        .select(
            "name",
            syllables.join(""),
            sounds=syllables.sort().list.join(" "),
            first_sound=syllables.first(),
            last_sound=syllables.last(),
        )
    )
    return rows.join(heard, on="name", maintain_order="left").join(
        _near(letters), on="name", maintain_order="left"
    )


def _near(letters: pl.DataFrame) -> pl.DataFrame:
    """name, near: the name, and the name without each of its characters."""
    name, place = pl.col("plain"), pl.col("place")
    without = name.str.slice(0, place) + name.str.slice(place + 1)
    return (
        letters.with_columns(near=pl.when(without != "").then(without))
        .group_by("name", maintain_order=True)
        .agg(pl.concat([pl.col("plain").first(), pl.col("near").drop_nulls()]).alias("near"))
    )


def _with_ids(people: pl.DataFrame) -> pl.DataFrame:
    number = pl.col("id_number").str.to_uppercase().str.replace_all(r"[^0-9X]", "")
    length = number.str.len_chars()
    # Seventeen or nineteen characters are a slip; far fewer, or one digit repeated, say nothing.
    usable = length.is_between(14, 19) & ~number.str.contains(r"^(0+|1+|9+)$|0{12}|^123456")
    people = people.with_columns(id_number=pl.when(usable).then(number))
    short = people.filter(pl.col("id_number").str.contains(r"^\d{15}$"))["id_number"].unique()
    longer = {number: eighteen(number) for number in short}
    filler = (
        people.filter(pl.col("id_number").is_not_null())
        .group_by("id_number")
        .agg(pl.col("plain").n_unique())
        .filter(pl.col("plain") > NAMES_AN_ID)["id_number"]
    )
    people = people.with_columns(
        is_id_short=pl.col("id_number").is_in(list(longer)),
        id_number=pl.when(~pl.col("id_number").is_in(filler.implode())).then(
            pl.col("id_number").replace(longer) if longer else pl.col("id_number")
        ),
    )
    body = pl.col("id_number").str.slice(0, 17)
    return people.with_columns(
        id_body=body,
        id_tail=pl.when(pl.col("id_number").str.len_chars() == 18).then(
            pl.col("id_number").str.tail(8)
        ),
        is_id_sound=~pl.col("is_id_short").fill_null(False) & _has_right_check_digit(),
    )


def _has_right_check_digit() -> pl.Expr:
    number = pl.col("id_number")
    total = pl.sum_horizontal(
        number.str.slice(place, 1).cast(pl.Int32, strict=False) * weight
        for place, weight in enumerate(WEIGHTS)
    )
    right = (total % 11).replace_strict(list(range(11)), list(CHECK_DIGITS), default=None)
    is_form = number.str.contains(r"^\d{17}[\dX]$")
    return (is_form & (number.str.slice(17, 1) == right)).fill_null(False)


def _with_dates(people: pl.DataFrame) -> pl.DataFrame:
    """Birth and sex, from a sound ID number where the list has none."""
    of_id = pl.when(pl.col("is_id_sound") | pl.col("is_id_short")).then(
        pl.col("id_body").str.slice(6, 8).str.to_date("%Y%m%d", strict=False)
    )
    odd = pl.col("id_body").str.slice(16, 1).is_in(["1", "3", "5", "7", "9"])
    sex_of_id = pl.when(pl.col("is_id_sound")).then(
        pl.when(odd).then(pl.lit("1")).otherwise(pl.lit("2"))
    )
    has_year = pl.col("birth_date").is_null() & pl.col("birth_year").is_not_null()
    birth = pl.col("birth_date").fill_null(pl.when(~has_year).then(of_id))
    return people.with_columns(
        sex=pl.when(pl.col("sex").is_in(["1", "2"])).then("sex").otherwise(sex_of_id),
        birth_text=birth.dt.to_string("%Y%m%d"),
        birth_year=birth.dt.to_string("%Y").fill_null(pl.col("birth_year")),
        birth_day=birth.dt.to_string("%m%d"),
        birth_of_id=of_id.dt.to_string("%Y%m%d"),
    )
