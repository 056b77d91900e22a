"""Chinese words of site and pathology against the codes (reference/rule_tumour_*_word.csv).

A text is judged by the words it holds, the longest first.  It agrees with a code when any of its
words allows the code, so a text that names several sites accuses nothing; a text that speaks of
spread is not judged at all, nor is one that holds no word of the list.
"""

from functools import cache
from typing import NamedTuple

import polars as pl

from validators import reference
from validators.expression import within
from validators.icdo_code import held
from validators.icdo_conversion import comparable, from_icd10_table

#: Words that say a text may be about another site than the primary.
SPREAD = ("转移", "继发", "侵犯", "侵及", "浸润至", "可能", "待排", "疑似", "不除外")
VERDICTS = ("text_site", "text_pathology", "text_is_pathology")
KEY = ("site_text", "pathology_text", "topography", "morphology", "icd10")
#: ICD-10 codes that name a site as ICD-O-3 does; others are named after the morphology.
NAMED_BY_SITE = "C00-C42 C47-C76 D00-D02 D05-D07 D09 D32-D33 D42-D43"


class Words(NamedTuple):
    """A list of words: longest first, the codes that each allows, all codes there are."""

    patterns: tuple[str, ...]
    allowed: pl.DataFrame
    universe: list[str]


def derived() -> list[pl.Expr]:
    """Return `derived_texts`: the verdicts; false is a finding, null is not to be judged."""
    returns = pl.Struct(dict.fromkeys(VERDICTS, pl.Boolean()))
    key = pl.struct(*KEY)
    return [key.map_batches(_looked_up, return_dtype=returns).alias("derived_texts")]


def said(verdict: str) -> pl.Expr:
    """Return one of the verdicts on the texts of a card."""
    return pl.col("derived_texts").struct.field(verdict)


def _looked_up(keys: pl.Series) -> pl.Series:
    cards = keys.struct.unnest()
    return pl.select(pl.struct(_site(cards), *_pathology(cards))).to_series()


def _site(cards: pl.DataFrame) -> pl.Series:
    """Return the words of the site against the topography, else the site of the ICD-10.

    Tumours of blood and lymph tissue are described by the organ and coded to marrow or node.
    """
    solid = (pl.col("morphology") < "9590").fill_null(True)
    code = pl.coalesce("topography", _site_of_icd10(cards["icd10"]))
    told = cards.select("site_text", code=pl.when(solid).then(code))
    return _agree(told, "site_text", _site_words()).alias("text_site")


def _site_of_icd10(codes: pl.Series) -> pl.Series:
    """Return the site that ICD-10 codes name, null where they name a kind of tumour."""
    table = from_icd10_table().filter(within("icd10", NAMED_BY_SITE))
    given = codes.alias("icd10").to_frame()
    named = given.unique().with_columns(key=comparable(pl.col("icd10")))
    site = named.join(table.select(key="icd10", site="topography"), on="key", how="left")
    return given.join(site, on="icd10", how="left", maintain_order="left")["site"]


def _pathology(cards: pl.DataFrame) -> tuple[pl.Series, pl.Series]:
    """Return the words of the pathology against the morphology, and whether they name a type.

    A morphology that says nothing (8000-8010) is a gap, and counted as one elsewhere.
    """
    says = pl.col("morphology").is_between(pl.lit("8011"), pl.lit("9999"))
    told = cards.select("pathology_text", code=pl.when(says).then("morphology"))
    agrees = _agree(told, "pathology_text", _pathology_words())
    texts = cards.select("pathology_text").unique().drop_nulls()
    words = reference.table("rule_tumour_pathology_word")
    types = words.filter(pl.col("kind") == "morphology")["word"].to_list()
    named = texts.filter(
        pl.col("pathology_text").str.contains_any(types), ~_no_result("pathology_text")
    )
    is_result = cards["pathology_text"].is_in(named["pathology_text"].implode())
    return agrees.alias("text_pathology"), is_result.alias("text_is_pathology")


def _no_result(column: str) -> pl.Expr:
    """Return whether a text says that there is no pathology."""
    words = reference.table("rule_tumour_pathology_word").filter(pl.col("kind") == "none")["word"]
    text = pl.col(column).str.strip_chars()
    long = words.filter(words.str.len_chars() > 1).to_list()
    return text.is_in(words.implode()) | text.str.contains_any(long)


def _agree(told: pl.DataFrame, text: str, words: Words) -> pl.Series:
    """Return whether any word of each text allows its code; null without word or known code."""
    known = told.select(
        text,
        code=pl.col("code").cast(pl.Enum(words.universe), strict=False).to_physical(),
    )
    # Texts are many and their sets of words few: first the set of each text, then set and code.
    texts = (
        known.select(text)
        .unique()
        .drop_nulls()
        .filter(~pl.col(text).str.contains_any(list(SPREAD)), ~_no_result(text))
        .with_columns(words=pl.col(text).str.extract_many(list(words.patterns), leftmost=True))
        .filter(pl.col("words").list.len() > 0)
        .with_columns(pl.col("words").list.unique().list.sort().list.join("|"))
    )
    sets = texts.select("words").unique().with_row_index("set")
    numbered = known.join(
        texts.join(sets, on="words").select(text, "set"),
        on=text,
        how="left",
        maintain_order="left",
    ).select("set", "code")
    pairs = numbered.unique().drop_nulls()
    judged = (
        pairs.join(sets.with_columns(word=pl.col("words").str.split("|")).explode("word"), on="set")
        .join(words.allowed, on="word", how="left")
        .group_by("set", "code")
        .agg(
            agrees=(pl.col("codes").list.contains(pl.col("code")) | pl.col("codes").is_null()).any()
        )
    )
    found = numbered.join(judged, on=["set", "code"], how="left", maintain_order="left")
    return found["agrees"]


@cache
def _site_words() -> Words:
    return _spelt_out(reference.table("rule_tumour_site_word"), "topography")


@cache
def _pathology_words() -> Words:
    words = reference.table("rule_tumour_pathology_word").filter(pl.col("kind") != "none")
    return _spelt_out(words, "morphology")


def _spelt_out(words: pl.DataFrame, column: str) -> Words:
    """Return the words with the numbers of the codes they allow.

    A word without codes allows all: it holds another word and says nothing itself.
    """
    codes = reference.table(f"icdo3_{column}")[column].unique(maintain_order=True)
    place, code = held(codes, words[column])
    lists = pl.DataFrame({"place": place, "codes": code}).group_by("place").agg("codes")
    allowed = (
        words.select("word", is_bare=pl.col(column).is_null())
        .with_row_index("place")
        .join(lists, on="place", how="left", maintain_order="left")
        .select("word", codes=pl.when(~pl.col("is_bare")).then(pl.col("codes").fill_null([])))
    )
    longest_first = words["word"].gather(words["word"].str.len_chars().arg_sort(descending=True))
    return Words(tuple(longest_first), allowed, codes.to_list())
