"""Names as they are compared: plain, as they sound, and without one character."""

from __future__ import annotations

import os
import re
import unicodedata
from functools import cache
from threading import Lock

import polars as pl

# Names are heard character by character: a night need not load the dictionary of phrases.
os.environ.setdefault("PYPINYIN_NO_PHRASES", "1")
from pypinyin import lazy_pinyin

#: Marks that stand for the dot inside a transcribed name.
DOTS = re.compile("[\u2022.\uff0e\u30fb\uff65\u2027\u2219\u22c5\u25cf\u00b7]")
DOT = "·"
#: What is longer is no name but a line whose quotes were lost, and names nobody: to compare it
#: takes time and memory with its square. The longest names of people have some fifty characters.
LONGEST = 64
#: Names taken apart at once: each becomes a row a character.
AT_ONCE = 100_000
HEARD = pl.Schema(
    {
        "name": pl.String,
        "plain": pl.String,
        "sound": pl.String,
        "sounds": pl.String,
        "first_sound": pl.String,
        "last_sound": pl.String,
    }
)


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


#: A night prepares the same people for several lists; how a name sounds is worked out once.
_heard: list[pl.DataFrame] = [pl.DataFrame(schema=HEARD)]
#: Two lists may be prepared at a time; a name that both added would stand there twice.
_hearing = Lock()


def with_names(people: pl.DataFrame) -> pl.DataFrame:
    """Add plain, sound, sounds (syllables in order of letters), first_sound, last_sound to name."""
    with _hearing:
        heard = _looked_up(people["name"])
        new = people["name"].filter(heard["plain"].is_null()).drop_nulls().unique()
        if new.len():  # a name of blanks and dots alone is known, and stays null
            new = new.filter(~new.is_in(_heard[0]["name"].implode()))
        if new.len():
            _heard[:] = [pl.concat([*_heard, *(_spoken(part) for part in _slices(new))])]
            heard = _looked_up(people["name"])
    return people.hstack(heard)


def _looked_up(names: pl.Series) -> pl.DataFrame:
    # The names alone: a join would copy whatever stands beside them.
    found = names.to_frame().join(_heard[0], on="name", how="left", maintain_order="left")
    return found.drop("name")


def _slices(names: pl.Series) -> list[pl.Series]:
    return [names.slice(start, AT_ONCE) for start in range(0, names.len(), AT_ONCE)]


def _spoken(distinct: pl.Series) -> pl.DataFrame:
    odd = distinct.filter(~distinct.str.contains(r"^\p{Han}+$"))
    plain = {name: plain_name(name) for name in odd.to_list()}
    rows = distinct.to_frame("name").with_columns(
        plain=pl.col("name").replace(plain) if plain else pl.col("name")
    )
    letters = rows["plain"].str.replace_all(DOT, "", literal=True).str.split("")
    sounds = {letter: _sound(letter) for letter in letters.explode().drop_nulls().unique()}
    spoken = letters.list.eval(pl.element().replace_strict(sounds, return_dtype=pl.String))
    has_sound = pl.col("spoken").list.len().is_between(1, LONGEST)
    syllables = pl.when(has_sound).then("spoken").list
    return rows.with_columns(spoken=spoken).select(
        "name",
        plain=pl.when(has_sound).then("plain"),
        sound=syllables.join(""),
        sounds=syllables.eval(pl.element().sort()).list.join(" "),
        first_sound=syllables.first(),
        last_sound=syllables.last(),
    )


def with_near(people: pl.DataFrame) -> pl.DataFrame:
    """Add near to name (plain): the name, and the name without each of its characters."""
    names = people["name"].drop_nulls().unique().to_frame()
    place, name = pl.col("place"), pl.col("name")
    without = name.str.slice(0, place) + name.str.slice(place + 1)
    near = (
        names.with_columns(place=pl.int_ranges(name.str.len_chars()))
        .explode("place")
        .with_columns(near=pl.when(without != "").then(without))
        .group_by("name", maintain_order=True)
        .agg(pl.concat([name.first(), pl.col("near").drop_nulls()]).alias("near"))
    )
    others = people.drop("near", strict=False)
    return others.join(near, on="name", how="left", maintain_order="left")
