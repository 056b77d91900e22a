"""Are two tumours of one person one primary: the decision table of the 2004 rules, as expressions.

Source: IACR/IARC/ENCR, International rules for multiple primary cancers, 2004. The steps are the
rows of reference/iacr_decision.csv, the groups those of iacr_topography_group.csv (Table 1) and
iacr_morphology_group.csv (Table 2, in several versions).
"""

from __future__ import annotations

from functools import cache
from typing import Literal, get_args

import polars as pl

from validators import reference
from validators.icdo_code import in_ranges

#: Which edition of the 17 morphology groups.
Version = Literal["iacr_2004", "icdo3_1", "icdo3_2", "canreg5_2014", "imsweb", "canregtools"]
VERSIONS: tuple[str, ...] = get_args(Version)
KAPOSI, MESOTHELIOMA, UNSPECIFIED_CARCINOMA = 15, 7, 5
UNSPECIFIED_BLOOD, UNSPECIFIED = 14, 17
BLOOD = (8, 14)
#: Tumours of a pair of organs that are one record and not two (rule 3 of 2004).
ONE_RECORD_SITE, WILMS, RETINOBLASTOMA = "C56", ("8959", "8960"), ("9510", "9513")


@cache
def morphology_groups(version: str) -> pl.DataFrame:
    """The group (1-17) of every four-digit morphology of a version: morphology, group.

    Where ranges of a version overlap the lowest group number wins, as the program they come from
    tests them.

    Raises:
        LookupError: there is no such version.
    """
    rows = reference.table("iacr_morphology_group").filter(pl.col("version") == version)
    if rows.is_empty():
        raise LookupError(f"iacr_morphology_group.csv has no version {version}")
    numbers = pl.int_ranges(
        pl.col("morphology_from").cast(pl.Int32), pl.col("morphology_to").cast(pl.Int32) + 1
    )
    return (
        rows.select(morphology=numbers, group=pl.col("group").cast(pl.Int32))
        .explode("morphology")
        .group_by("morphology")
        .agg(pl.col("group").min())
        .with_columns(pl.col("morphology").cast(pl.String))
        .sort("morphology")
    )


@cache
def _site_groups() -> dict[str, str]:
    rows = reference.table("iacr_topography_group")
    return dict(zip(rows["topography"], rows["group"], strict=True))


def with_groups(codes: pl.DataFrame, version: str) -> pl.DataFrame:
    """Add site_group, morphology_group and is_paired to topography (`C50.8`) and morphology."""
    paired = reference.table("rule_tumour_paired_site")["topography"]
    groups = morphology_groups(version).rename({"group": "morphology_group"})
    return codes.join(groups, on="morphology", how="left", maintain_order="left").with_columns(
        site_group=pl.col("topography").str.slice(0, 3).replace(_site_groups()),
        is_paired=in_ranges("topography", " ".join(paired)),
    )


def step(first: str = "_first") -> pl.Expr:
    """The row of the decision table that decides a pair of tumours; the suffix marks the first.

    Both have topography, morphology, laterality, morphology_group, site_group, is_paired.
    """
    mine, other = pl.col("morphology_group"), pl.col(f"morphology_group{first}")
    site, other_site = pl.col("site_group"), pl.col(f"site_group{first}")
    equal = mine == other

    def one_is(group: int) -> pl.Expr:
        return (mine == group) | (other == group)

    carcinoma = one_is(UNSPECIFIED_CARCINOMA) & (mine <= 5) & (other <= 5)
    by_site = (
        (equal & (mine == MESOTHELIOMA)) | one_is(UNSPECIFIED) | carcinoma | equal
    )  # steps 4 to 7
    unknown, other_unknown = site == "C80", other_site == "C80"
    return (
        pl.when(mine.is_null() | other.is_null() | site.is_null() | other_site.is_null())
        .then(1)
        .when(equal & (mine == KAPOSI))
        .then(2)
        .when(mine.is_between(*BLOOD) & other.is_between(*BLOOD))
        .then(pl.when(equal | one_is(UNSPECIFIED_BLOOD)).then(3).otherwise(8))
        .when(~by_site)
        .then(8)
        .when(unknown & other_unknown)
        .then(12)
        .when(unknown | other_unknown)
        .then(11)
        .when(site != other_site)
        .then(10)
        .otherwise(_same_site_step(first))
        .cast(pl.Int32)
    )


def _same_site_step(first: str) -> pl.Expr:
    """9, or the reason why one case stands for two records (13, 14)."""
    side, other_side = pl.col("laterality"), pl.col(f"laterality{first}")
    sides = side.is_in(["1", "2"]) & other_side.is_in(["1", "2"]) & (side != other_side)
    paired = pl.col("is_paired") & pl.col(f"is_paired{first}")
    morphology = pl.col("morphology")
    one_record = (
        pl.col("topography").str.starts_with(ONE_RECORD_SITE)
        | morphology.is_between(pl.lit(WILMS[0]), pl.lit(WILMS[1]))
        | morphology.is_between(pl.lit(RETINOBLASTOMA[0]), pl.lit(RETINOBLASTOMA[1]))
    )
    same_morphology = morphology == pl.col(f"morphology{first}")
    fourth = pl.col("topography") != pl.col(f"topography{first}")
    return (
        pl.when((sides & paired & same_morphology & ~one_record).fill_null(False))
        .then(13)
        .when((pl.col("site_group").is_in(["C18", "C44"]) & fourth).fill_null(False))
        .then(14)
        .otherwise(9)
    )


def is_one_primary(first: str = "_first") -> pl.Expr:
    """Whether column `step` means one primary.

    Where the morphology belongs to no group (step 1) the site alone decides for the time being: two
    cards of one person and site with a slip in one code must not become two cases.
    """
    same_site = (pl.col("site_group") == pl.col(f"site_group{first}")).fill_null(False)
    return pl.col("step").is_in([2, 3, 9, 12, 13, 14]) | ((pl.col("step") == 1) & same_site)


#: Steps at which the rules leave the decision to a person.
UNDECIDED_STEPS = (1, 11)
#: Steps at which one case stands for two records that a registry keeps both.
BOTH_RECORDED_STEPS = (13, 14)
