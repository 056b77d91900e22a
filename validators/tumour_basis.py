"""The two lists of diagnosis bases: the province's (several, 1-10) and the nation's (one, 0-9).

They share digits and not meanings: 3 and 8 are only the province's, 10 is its supplementary card,
0 only the nation's.  Nothing may read one with the other's list.
"""

import polars as pl

from validators.expression import carried, filled, has_choice, is_one_of

#: The province's choices that come to each national code, the highest first; 10 comes to none.
NATIONAL = {
    "7": ("7", "8"),
    "6": ("6",),
    "5": ("5",),
    "4": ("4",),
    "2": ("2", "3"),
    "1": ("1",),
    "9": ("9",),
}
#: What a combination of the province's choices says, worked out once for each combination.
PROVINCIAL = {
    "is_microscopic": has_choice("diagnosis_basis", "5", "6", "7", "8"),
    "is_other": has_choice("diagnosis_basis", "1", "2", "3", "4"),
    "is_histology": has_choice("diagnosis_basis", "6", "7", "8"),
    "is_supplementary": has_choice("diagnosis_basis", "10"),
    "is_unknown": has_choice("diagnosis_basis", "9"),
    "national": pl.coalesce(
        [
            pl.when(has_choice("diagnosis_basis", *choices)).then(pl.lit(code))
            for code, choices in NATIONAL.items()
        ]
    ),
}


def derived() -> list[pl.Expr]:
    """Return `derived_basis`: what the province's choices of a card say."""
    types = {name: pl.String() if name == "national" else pl.Boolean() for name in PROVINCIAL}
    said_of = pl.col("diagnosis_basis").map_batches(_read, return_dtype=pl.Struct(types))
    return [said_of.alias("derived_basis")]


def _read(choices: pl.Series) -> pl.Series:
    cards = choices.alias("diagnosis_basis").to_frame()
    read = cards.unique().with_columns(
        pl.struct([part.alias(name) for name, part in PROVINCIAL.items()]).alias("read")
    )
    return cards.join(
        read, on="diagnosis_basis", how="left", nulls_equal=True, maintain_order="left"
    )["read"]


def provincial(name: str) -> pl.Expr:
    """Return what the province's choices say, a key of `PROVINCIAL`; null where there are none."""
    return pl.col("derived_basis").struct.field(name)


#: Cytology, histology of a metastasis or of the primary (and, in the province, at autopsy).
MICROSCOPIC = provincial("is_microscopic").fill_null(False) | is_one_of(
    "diagnosis_basis_national", "5", "6", "7"
).fill_null(False)
#: A basis is stated, and it is not an unknown one or a supplementary card's alone.
STATED = (
    MICROSCOPIC
    | provincial("is_other").fill_null(False)
    | is_one_of("diagnosis_basis_national", "0", "1", "2", "4").fill_null(False)
)
#: Histology, in either list.
HISTOLOGY = provincial("is_histology").fill_null(False) | is_one_of(
    "diagnosis_basis_national", "6", "7"
).fill_null(False)
#: A card made up after a death, by its kind or by its basis.
SUPPLEMENTARY = is_one_of("card_kind", "2").fill_null(False) | provincial(
    "is_supplementary"
).fill_null(False)
#: A supplementary card that claims histology and could show it.
CLAIMS_PATHOLOGY = (
    provincial("is_histology") & SUPPLEMENTARY & carried("pathology_no", "pathology_text")
)
SHOWS_PATHOLOGY = filled("pathology_no") | filled("pathology_text")
#: The province asks for the pathological type, unless the card is asked for any proof at all.
NEEDS_PATHOLOGY = provincial("is_histology") & ~(CLAIMS_PATHOLOGY & ~filled("pathology_no"))
