"""Multiple primaries: what of a person's tumour records is one tumour, and what is another.

The rules are those of IACR/IARC/ENCR 2004 (see `pair`); a person's records of all years and
institutions are judged together, in the order of diagnosis.
"""

from __future__ import annotations

import polars as pl

from flows.tumour.pair import (
    BOTH_RECORDED_STEPS,
    UNDECIDED_STEPS,
    UNSPECIFIED,
    UNSPECIFIED_BLOOD,
    UNSPECIFIED_CARCINOMA,
    is_one_primary,
    step,
    with_groups,
)
from validators.icdo_conversion import to_icdo3

#: The version of the groups that decides what counts.
DEFAULT_VERSION = "icdo3_2"
#: Records of one primary diagnosed within so many days repeat each other; later ones are follow-up
#: or recurrence. The 2004 rules know no time; this mark is ours and changes no count.
REPEAT_DAYS = 90
#: Best basis first: microscopic of the primary, of a metastasis, cytology, and so on down.
BASIS_ORDER = ("7", "8", "6", "5", "4", "3", "2", "1")
#: How telling a morphology group is: unspecified < unspecified of a kind < specific.
VAGUE, VAGUE_OF_A_KIND, SPECIFIC = 0, 1, 2
RESULT = {
    "primary_no": pl.Int32,
    "primary_verdict": pl.String,
    "primary_step": pl.Int32,
    "is_primary_undecided": pl.Boolean,
    "basis_rank": pl.Int32,
    "notification_count": pl.Int32,
    "source_count": pl.Int32,
}
PAIR = ["topography", "morphology", "laterality", "morphology_group", "site_group", "is_paired"]


def judge(tumours: pl.DataFrame, version: str = DEFAULT_VERSION) -> pl.DataFrame:
    """Say of every tumour record which primary of its person it belongs to.

    Args:
        tumours: records that a registry counts (malignant, and what else its scope holds):
            person_id, card_id, event_date, icd10; topography, morphology, laterality,
            diagnosis_basis, diagnosis_basis_national, year, org_code are used where there.
        version: of the morphology groups, see `pair.VERSIONS`.

    Returns:
        The frame, in its order, with primary_no (1, 2, ... by person), primary_verdict
        (`new_primary`; `duplicate`: repeats it within REPEAT_DAYS; `same_primary`: the same tumour
        again later), primary_step (the row of the decision table that placed it; null for a
        person's first record), is_primary_undecided, basis_rank (0 best), and the number of
        records (notification_count) and institutions (source_count) of its primary.

    Raises:
        LookupError: an unknown version.

    The order of the rows does not matter. Once a primary is met in a specific morphology, later
    records are compared with that and not with the vague one it was first notified by.
    """
    rows = _named(tumours).with_row_index("row").with_columns(basis_rank=basis_rank())
    alone = pl.len().over("person_id") == 1
    single = rows.filter(alone).with_columns(
        primary_no=pl.lit(1, pl.Int32),
        primary_verdict=pl.lit("new_primary"),
        primary_step=pl.lit(None, pl.Int32),
        is_primary_undecided=pl.lit(False),
        notification_count=pl.lit(1, pl.Int32),
        source_count=pl.lit(1, pl.Int32),
    )
    left = _coded(rows.filter(~alone), version).with_columns(
        primary_step=pl.lit(None, pl.Int32), is_primary_undecided=pl.lit(False)
    )
    found = [single.select("row", *RESULT)]
    parts: list[pl.DataFrame] = []
    while left.height:
        placed, left = _next_primary(left, len(parts) + 1)
        parts.append(placed)
    if parts:
        among = ["person_id", "primary_no"]
        several = pl.concat(parts).with_columns(
            notification_count=pl.len().over(among).cast(pl.Int32),
            source_count=pl.col("org_code").n_unique().over(among).cast(pl.Int32),
        )
        found.append(several.select("row", *RESULT))
    return tumours.hstack(pl.concat(found).sort("row").drop("row").cast(RESULT))  # type: ignore[arg-type]


OPTIONAL = {
    "topography": pl.String, "morphology": pl.String, "laterality": pl.String,
    "diagnosis_basis": pl.String, "diagnosis_basis_national": pl.String,
    "org_code": pl.String, "year": pl.Int32,
}  # fmt: skip
READ = ("person_id", "card_id", "event_date", "icd10", *OPTIONAL)


def _named(tumours: pl.DataFrame) -> pl.DataFrame:
    """The columns that are looked at, null where the frame has none."""
    return tumours.select(
        "person_id",
        "card_id",
        "event_date",
        "icd10",
        *(
            pl.col(name) if name in tumours.columns else pl.lit(None, kind).alias(name)
            for name, kind in OPTIONAL.items()
        ),
    )


def _coded(given: pl.DataFrame, version: str) -> pl.DataFrame:
    """Codes, groups and the order in which records are met; ICD-10 stands in for a missing code."""
    codes = given["icd10"].unique()
    standard = to_icdo3(codes).select(
        "icd10", topography_of="topography", morphology_of="morphology"
    )
    coded = given.join(
        standard, on="icd10", how="left", nulls_equal=True, maintain_order="left"
    ).with_columns(
        topography=pl.coalesce("topography", "topography_of"),
        morphology=pl.coalesce("morphology", "morphology_of"),
        day=pl.coalesce("event_date", pl.date(pl.col("year"), 12, 31)),
    )
    coded = with_groups(coded, version).with_columns(telling=_telling(pl.col("morphology_group")))
    # What decides between two records of one day is what they say, never where they stood.
    return coded.sort(
        "person_id", "day", -pl.col("telling").cast(pl.Int32), "basis_rank", "topography",
        "morphology", "laterality", "card_id", nulls_last=True,
    )  # fmt: skip


def _telling(group: pl.Expr) -> pl.Expr:
    vague = group.is_null() | (group == UNSPECIFIED)
    of_a_kind = group.is_in([UNSPECIFIED_CARCINOMA, UNSPECIFIED_BLOOD])
    return pl.when(vague).then(VAGUE).when(of_a_kind).then(VAGUE_OF_A_KIND).otherwise(SPECIFIC)


def basis_rank() -> pl.Expr:
    """The best basis of diagnosis a record names (0 best); a national code is read as national."""
    national = pl.col("diagnosis_basis_national")
    chosen = pl.concat_str(
        pl.lit(","), pl.coalesce(national, "diagnosis_basis").fill_null(""), pl.lit(",")
    )
    rank = pl.coalesce(
        pl.when(chosen.str.contains(f",{code},", literal=True)).then(place)
        for place, code in enumerate(BASIS_ORDER)
    )
    return rank.fill_null(len(BASIS_ORDER)).cast(pl.Int32)


def _next_primary(left: pl.DataFrame, number: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Each person's first record not yet placed is a primary; place what is the same tumour."""
    first = left.group_by("person_id", maintain_order=True).first()
    names = ["person_id", "row", "day", *PAIR]
    pairs = left.join(
        first.select(names), on="person_id", suffix="_first", maintain_order="left"
    ).with_columns(is_first=pl.col("row") == pl.col("row_first"))
    pairs = pairs.with_columns(step=step()).with_columns(is_same=is_one_primary())
    # The first record that names the kind of tumour speaks for the primary from here on.
    best = (
        pairs.filter(pl.col("is_same"))
        .sort("person_id", -pl.col("telling").cast(pl.Int32), maintain_order=True)
        .group_by("person_id", maintain_order=True)
        .first()
        .select("person_id", morphology_best="morphology", morphology_group_best="morphology_group")
    )
    pairs = (
        pairs.join(best, on="person_id", how="left", maintain_order="left")
        .with_columns(
            morphology_first=pl.coalesce("morphology_best", "morphology_first"),
            morphology_group_first=pl.coalesce("morphology_group_best", "morphology_group_first"),
        )
        .with_columns(step=step())
        .with_columns(is_same=is_one_primary() | pl.col("is_first"))
    )
    doubt = pl.col("is_primary_undecided") | pl.col("step").is_in(list(UNDECIDED_STEPS))
    near = (pl.col("day") - pl.col("day_first")).dt.total_days() <= REPEAT_DAYS
    both = pl.col("step").is_in(list(BOTH_RECORDED_STEPS))
    judged = pairs.with_columns(
        primary_step=pl.when("is_first").then("primary_step").otherwise("step"),
        is_primary_undecided=pl.when("is_first").then("is_primary_undecided").otherwise(doubt),
        primary_no=pl.lit(number, pl.Int32),
        primary_verdict=pl.when("is_first")
        .then(pl.lit("new_primary"))
        .when(near.fill_null(True) & ~both)
        .then(pl.lit("duplicate"))
        .otherwise(pl.lit("same_primary")),
    )
    return judged.filter("is_same"), judged.filter(~pl.col("is_same")).select(left.columns)
