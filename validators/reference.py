"""The reference tables that rules read: code lists, labels, ICD-10, ICD-O-3, areas, rule tables."""

from functools import cache
from pathlib import Path

import polars as pl

DIRECTORY = Path(__file__).parent.parent / "reference"


@cache
def table(name: str) -> pl.DataFrame:
    """Return `reference/<name>.csv` with every column as text; empty cells are null."""
    return pl.read_csv(DIRECTORY / f"{name}.csv", infer_schema=False)


@cache
def fields(card_type: str) -> pl.DataFrame:
    """Return the rows of field.csv of one card type, in their order."""
    return table("field").filter(pl.col("card_type") == card_type)


@cache
def labels(card_type: str) -> dict[str, str]:
    """Return the Chinese label of every field of a card type."""
    rows = fields(card_type)
    return dict(zip(rows["field"], rows["label_zh"], strict=True))


@cache
def codes(code_list: str) -> tuple[str, ...]:
    """Return the codes of a list; an unknown list is an error of ours, never an empty list.

    Raises:
        LookupError: code_list.csv has no such list.
    """
    rows = table("code_list").filter(pl.col("code_list") == code_list)
    if rows.is_empty():
        raise LookupError(f"reference/code_list.csv has no list {code_list}")
    return tuple(rows["code"])


@cache
def code_list_source(code_list: str) -> str:
    """Return where a code list comes from, as code_list.csv states it."""
    return str(table("code_list").filter(pl.col("code_list") == code_list)["source"][0])


@cache
def icd10_codes() -> pl.Series:
    """Return every three- and four-character ICD-10 code, current and older editions.

    A `.9` behind a category that is not divided (`C73.9`) is among them: registries write it so,
    after ICD-O, and nothing about it is in doubt.  Codes of one country (`U01`) exist as well: as
    an underlying cause a rule of their own asks about them.
    """
    codes = table("icd10").filter(pl.col("kind").is_in(["category", "subcategory"]))
    national = table("rule_cause_national")["code"]
    return pl.concat([codes["code"], icd10_undivided() + ".9", national])


@cache
def icd10_undivided() -> pl.Series:
    """Return the three-character categories that no edition divides further."""
    codes = table("icd10").filter(pl.col("kind").is_in(["category", "subcategory"]))
    categories = codes.filter(pl.col("kind") == "category")["code"]
    divided = codes.filter(pl.col("kind") == "subcategory")["parent"].unique()
    return categories.filter(~categories.is_in(divided.implode()))


@cache
def icd10_with_subdivisions() -> pl.Series:
    """Return the three-character categories that the current edition divides further."""
    leaves = table("icd10").filter(
        (pl.col("kind") == "subcategory") & (pl.col("edition") == "who2019")
    )
    return leaves["parent"].unique(maintain_order=True)


@cache
def icd10_older_edition() -> pl.Series:
    """Return the codes that only editions before 2019 had."""
    return table("icd10").filter(pl.col("edition") == "pre2019")["code"]


@cache
def icd10_asterisk() -> pl.Series:
    """Return the asterisk (manifestation) codes."""
    return table("icd10").filter(pl.col("is_asterisk") == "1")["code"].drop_nulls()


@cache
def area_codes(*levels: str) -> pl.Series:
    """Return every code that an area of one of these levels (1, 2, 3) ever had."""
    return (
        table("area").filter(pl.col("level").is_in(levels))["area_code"].unique(maintain_order=True)
    )


@cache
def area_last_year() -> tuple[pl.Series, pl.Series]:
    """Return the codes no longer in use and the last year in which each was."""
    years = table("area").with_columns(pl.col("valid_to_year").cast(pl.Int32))
    abolished = (
        years.group_by("area_code", maintain_order=True)
        .agg(pl.col("valid_to_year").max(), pl.col("valid_to_year").is_null().any().alias("open"))
        .filter(~pl.col("open"))
    )
    return abolished["area_code"], abolished["valid_to_year"]


@cache
def town_codes() -> pl.Series:
    """Return the nine-digit town codes, of the statistics bureau and of civil affairs."""
    towns = table("town")
    return pl.concat([towns["town_code"], towns["mca_code"]]).drop_nulls().unique()


@cache
def counties_with_towns() -> pl.Series:
    """Return the counties whose towns we know; towns elsewhere cannot be judged."""
    return table("town")["county_code"].unique(maintain_order=True)
