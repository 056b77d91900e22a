"""ICD-O-3 codes as text: the dotted form, and lists of ranges as the rule tables write them."""

import polars as pl

from validators.expression import within


def dotted(column: str) -> pl.Expr:
    """Return codes in their canonical form: `c508` and `C50.8` are `C50.8`."""
    bare = pl.col(column).str.strip_chars().str.to_uppercase().str.replace(".", "", literal=True)
    fourth = bare.str.slice(3)
    return (
        pl.when(fourth.str.len_chars() > 0)
        .then(bare.str.slice(0, 3) + "." + fourth)
        .otherwise(bare)
        .alias(column)
    )


def in_ranges(column: str, ranges: str | None) -> pl.Expr:
    """Return whether a code lies in ranges such as `C22 C40-C41 C77.9 8170-8175`; None is any.

    As `expression.within`, but never null: a code that is not known lies in no range.
    """
    if ranges is None:
        return pl.lit(True)
    return within(column, ranges).fill_null(False)


def held(codes: pl.Series, ranges: pl.Series) -> tuple[pl.Series, pl.Series]:
    """Return which codes lie in which ranges: places in `ranges`, and beside each one in `codes`.

    Sorted by both.  All ranges are looked through at once, as `in_ranges`.
    """
    inside = codes.to_frame().select(
        (in_ranges(codes.name, text) & pl.col(codes.name).is_not_null()).alias(str(place))
        for place, text in enumerate(ranges)
    )
    place, code = inside.to_numpy().T.nonzero()
    return pl.Series(place, dtype=pl.UInt32), pl.Series(code, dtype=pl.UInt32)
