"""What to put in place of an underlying cause that is none: for pages, and for letters to read."""

from functools import cache

import polars as pl

from validators import cause_table, sensitive

FIELD = "underlying_cause"


@cache
def cause_suggestions() -> pl.DataFrame:
    """Return code, meaning_zh, suggestion_zh, severity, is_sensitive, letter_zh; one row a code.

    `letter_zh` names no sensitive cause: a neutral sentence stands there where the code is one or
    the suggestion names one.  It never repeats the code.
    """
    found = cause_table.suggestions()
    named = pl.Series(
        [sensitive.names_one(text) for text in found["suggestion_zh"]], dtype=pl.Boolean
    )
    return found.with_columns(
        is_sensitive=named | sensitive.is_sensitive(pl.col("code"))
    ).with_columns(
        letter_zh=pl.when(~pl.col("is_sensitive"))
        .then("suggestion_zh")
        .otherwise(pl.lit(sensitive.NEUTRAL_SUGGESTION))
    )


def suggestion_for(findings: pl.DataFrame) -> pl.DataFrame:
    """Add the column suggestion_zh to rows of findings, in their order.

    Args:
        findings: `field` and `icd10`, the card's underlying cause; more columns are kept.

    Returns:
        The same rows; `suggestion_zh` is what a letter may print, null where the finding is of
        another field or the code is one that can stand.
    """
    known = cause_suggestions().select(icd10="code", suggestion_zh="letter_zh")
    joined = findings.join(known, on="icd10", how="left", maintain_order="left")
    return joined.with_columns(pl.when(pl.col("field") == FIELD).then("suggestion_zh"))
