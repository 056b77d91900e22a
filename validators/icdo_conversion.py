"""ICD-O-3 to ICD-10 and back: table functions over frames, for checks, the CLI and SQL.

An ICD-O-3 code goes to ICD-10 by its morphology and behaviour first: to the code that the site
gives for that behaviour, to a fixed code, or through a rule set (site, sometimes sex).  Overrides
follow.  Source of the tables: IARC's conversion as CanReg5 carries it, with its faults put right
(reference/icdo3_*.csv); the editions differ by the 2010 revision of the blood diseases.

Rules are worked out once for each distinct combination in a frame, so a million cards cost as
much as their few thousand combinations.
"""

from functools import cache
from typing import Literal

import polars as pl

from validators import reference
from validators.icdo_code import dotted, in_ranges

#: `2010`: ICD-10 with the 2010 update of lymphoma and leukaemia; `before_2010`: without it, as
#: Chinese registry tools still convert.
Edition = Literal["2010", "before_2010"]

#: What an ICD-O-3 code is; the key of the conversion.
CODE = ("topography", "morphology", "behaviour", "sex")
#: Behaviour columns of icdo3_site_to_icd10.csv, which are also the words other tables use.
BY_SITE = ("malignant", "benign", "in_situ", "uncertain", "metastatic")
#: Categories of ICD-10 that only the update divides.
DIVIDED_IN_2010 = ("C80",)
#: Codes that the tables give and ICD-10 has not: an overlapping site where the category knows none.
WITHOUT_OVERLAP = {"D21.8": "D21.9", "D22.8": "D22.9", "D23.8": "D23.9", "D48.8": "D48.7"}
#: Words of `icd10_rule` where there is no code, and why.
NO_CODE = {
    "unknown_code": "topography or pair of morphology and behaviour not in the first revision",
    "sex_needed": "the code depends on the sex, which is not stated",
    "no_code": "ICD-10 has no code for it",
}


@cache
def _rule_by_site() -> pl.DataFrame:
    """Return every rule set spelt out by topography: rule_set, topography, male, female."""
    rules = reference.table("icdo3_rule_set").with_columns(pl.col("order").cast(pl.Int32))
    sites = reference.table("icdo3_site_to_icd10").select("topography")
    applies = pl.col("prefix").is_null() | pl.col("topography").str.starts_with(pl.col("prefix"))
    return (
        rules.rename({"topography": "prefix"})
        .join(sites, how="cross")
        .filter(applies)
        .sort("order")
        .group_by("rule_set", "topography", maintain_order=True)
        .first()
        .select("rule_set", "topography", "male", "female")
    )


def _target(how: str) -> pl.Expr:
    """Return the ICD-10 code of a column that holds a code, `C50.-` or the name of a site column.

    `C50.-` takes the fourth character of the topography.
    """
    word = pl.col(how)
    by_site = pl.coalesce([pl.when(word == name).then(pl.col(name)) for name in BY_SITE])
    same_fourth = word.str.slice(0, 4) + pl.col("topography").str.slice(4, 1)
    code = pl.when(word.str.ends_with(".-")).then(same_fourth)
    return pl.coalesce(by_site, code, pl.when(word.str.contains(r"^[A-Z]\d\d(\.\d)?$")).then(word))


def _override() -> tuple[pl.Expr, pl.Expr]:
    """Return code and name of the first override that holds (icdo3_icd10_override.csv)."""
    code, name = pl.lit(None, pl.String), pl.lit(None, pl.String)
    for row in reference.table("icdo3_icd10_override").reverse().iter_rows(named=True):
        holds = in_ranges("topography", row["topography"]) & (pl.col("behaviour") == "3")
        holds &= in_ranges("morphology", row["morphology"])
        stated = pl.col("sex").is_in(["1", "2"]).fill_null(False)
        if row["sex"] == "not_male":
            holds &= pl.col("sex").ne_missing("1")
        elif row["sex"] == "not_stated":
            holds &= ~stated
        icd10 = pl.col("malignant") if row["icd10"] == "malignant" else pl.lit(row["icd10"])
        code = pl.when(holds).then(icd10).otherwise(code)
        name = pl.when(holds).then(pl.lit(row["override"])).otherwise(name)
    return code, name


def _converted(codes: pl.DataFrame) -> pl.DataFrame:
    """Return the distinct codes with icd10 and icd10_rule, current edition, C80 undivided."""
    sources = codes.join(
        reference.table("icdo3_morphology_to_icd10").drop("source"),
        on=["morphology", "behaviour"],
        how="left",
        maintain_order="left",
    )
    sites = reference.table("icdo3_site_to_icd10").drop("source")
    sources = sources.join(sites, on="topography", how="left", maintain_order="left")
    by_site = ["rule_set", "topography"]
    sources = sources.join(_rule_by_site(), on=by_site, how="left", maintain_order="left")
    # Breast results never depend on the sex; elsewhere the targets of a set may.
    differs = (pl.col("male") != pl.col("female")) & ~pl.col("topography").str.starts_with("C50")
    woman = differs & (pl.col("sex") == "2").fill_null(False)
    sexless = differs & ~pl.col("sex").is_in(["1", "2"]).fill_null(False)
    by_rule = pl.when(woman).then(_target("female")).when(~sexless).then(_target("male"))
    known = pl.col("how").is_not_null() & pl.col("malignant").is_not_null()
    code = (
        pl.when(pl.col("how") == "rule_set")
        .then(by_rule)
        .when(pl.col("how") == "morphology")
        .then(pl.col("icd10"))
        .when(pl.col("how") != "no_code")
        .then(_target("how"))
    )
    other, override = _override()
    found = sources.with_columns(
        code=pl.when(known).then(pl.coalesce(other, code)),
        override=pl.when(known).then(override),
        sexless=known & (pl.col("how") == "rule_set").fill_null(False) & sexless.fill_null(False),
    )
    found = found.with_columns(code=pl.col("code").replace(WITHOUT_OVERLAP))
    rule = (
        pl.when(pl.col("how").is_null() | pl.col("malignant").is_null())
        .then(pl.lit("unknown_code"))
        .when(pl.col("code").is_null() & pl.col("sexless"))
        .then(pl.lit("sex_needed"))
        .when(pl.col("code").is_null())
        .then(pl.lit("no_code"))
        .otherwise(pl.coalesce("override", "rule_set", "how"))
    )
    return found.select(*CODE, icd10=pl.col("code"), icd10_rule=rule)


def to_icd10(frame: pl.DataFrame, *, edition: Edition = "2010") -> pl.DataFrame:
    """Return the ICD-10 code of every ICD-O-3 code, beside the rule that gave it.

    Args:
        frame: topography (`C50.8` or `C508`), morphology, behaviour, sex (1, 2, other: not
            stated), all text; further columns are kept out.
        edition: which ICD-10 the code is of.

    Returns:
        One row per row of the frame, in its order: topography, morphology, behaviour, sex as
        given, icd10 (`C50.8`; null where there is none) and icd10_rule: the site column, rule set
        or override that decided, `before_2010`, or a word of `NO_CODE`.
    """
    suffix = "_before_2010" if edition == "before_2010" else ""
    return in_both_editions(frame).select(
        *CODE, icd10=f"icd10{suffix}", icd10_rule=f"icd10_rule{suffix}"
    )


def in_both_editions(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the codes of both editions: icd10, icd10_rule, icd10_before_2010 and its rule.

    Args:
        frame: as of `to_icd10`.
    """
    given = frame.select(CODE)
    codes = given.unique(maintain_order=True)
    # The key is given as it was; the code itself may come with or without dot, in small letters.
    key = pl.struct(CODE).alias("key")
    normal = codes.with_columns(key, topography=dotted("topography"))
    older = reference.table("icdo3_before_2010").select("morphology", "behaviour", "before")
    found = pl.concat(
        [normal.select("key"), _converted(normal.select(CODE))],
        how="horizontal",
    ).join(older, on=["morphology", "behaviour"], how="left", maintain_order="left")
    has_code = pl.col("icd10").is_not_null()
    is_older = has_code & pl.col("before").is_not_null()
    divided = pl.col("icd10").is_in(DIVIDED_IN_2010)
    by_key = found.select(
        pl.col("key").struct.unnest(),
        pl.when(divided).then(pl.col("icd10") + ".9").otherwise("icd10").alias("icd10"),
        "icd10_rule",
        icd10_before_2010=pl.when(has_code).then(pl.coalesce("before", "icd10")),
        icd10_rule_before_2010=pl.when(is_older)
        .then(pl.lit("before_2010"))
        .otherwise("icd10_rule"),
    )
    return given.join(by_key, on=list(CODE), how="left", nulls_equal=True, maintain_order="left")


def to_icdo3(icd10: pl.Series) -> pl.DataFrame:
    """Return the default ICD-O-3 code of ICD-10 neoplasm codes, as for a death certificate.

    Args:
        icd10: codes, with or without dot; an undivided category may have `.9` (`C61.9`).

    Returns:
        One row per code, in order: icd10 as given, topography, morphology, behaviour, grade; null
        where the code is no neoplasm or no code.
    """
    table = from_icd10_table().drop("source")
    code = pl.DataFrame({"icd10": icd10.cast(pl.String)})
    normal = code.with_columns(key=comparable(dotted("icd10")))
    return normal.join(
        table.rename({"icd10": "key"}), on="key", how="left", maintain_order="left"
    ).drop("key")


def conversion_table(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the conversion of the distinct codes of a frame, in both editions, for publication.

    Args:
        frame: topography, morphology, behaviour, sex, as of `to_icd10`.

    Returns:
        topography, morphology, behaviour, sex (unique), icd10, icd10_rule, icd10_before_2010;
        sorted.  Rows without topography or morphology are left out.
    """
    codes = frame.select(CODE).drop_nulls(["topography", "morphology"]).unique()
    return in_both_editions(codes).drop("icd10_rule_before_2010").sort(CODE)


def from_icd10_table() -> pl.DataFrame:
    """Return the defaults: icd10 (unique), topography, morphology, behaviour, grade, source."""
    return reference.table("icdo3_from_icd10")


def comparable(code: pl.Expr) -> pl.Expr:
    """Return the ICD-10 code as it is compared: `C61.9` is `C61`, `C80.9` is `C80`."""
    undivided = [*reference.icd10_undivided(), *DIVIDED_IN_2010]
    is_nine = code.str.ends_with(".9") & code.str.slice(0, 3).is_in(undivided)
    return pl.when(is_nine).then(code.str.slice(0, 3)).otherwise(code)
