"""Rules over rule tables: code by sex, code by age; the rows are data in reference/rule_*.csv."""

import polars as pl

from validators import reference
from validators.expression import age, within


def possible_for_sex(field: str) -> pl.Expr:
    """Return whether the code may occur in this sex (rule_sex_cause.csv: codes ruled out)."""
    rows = reference.table("rule_sex_cause")
    ruled_out = pl.lit(None, dtype=pl.Boolean)
    for (sex,), part in rows.group_by("sex", maintain_order=True):
        ranges = " ".join(part["codes"])
        ruled_out = pl.when(pl.col("sex") == sex).then(within(field, ranges)).otherwise(ruled_out)
    return ~ruled_out


def likely_at_age(card_type: str, field: str) -> pl.Expr:
    """Return whether the code is likely at this age (rule_age_cause.csv: unlikely ages).

    A row with `morphology` holds only where the morphology lies in it, one with
    `unless_morphology` only where it does not.  An unknown morphology excuses nothing.
    """
    rows = reference.table("rule_age_cause").filter(
        (pl.col("card_type") == card_type) & (pl.col("field") == field)
    )
    unlikely = []
    for row in rows.iter_rows(named=True):
        low, high = int(row["age_from"]), int(row["age_to"])
        hit = within(field, row["codes"]) & age().is_between(low, high)
        if row["morphology"]:
            hit = hit & within("morphology", row["morphology"])
        if row["unless_morphology"]:
            hit = hit & ~within("morphology", row["unless_morphology"]).fill_null(False)
        unlikely.append(hit)
    return ~pl.any_horizontal(unlikely)


def exists(field: str) -> pl.Expr:
    """Return whether the code is in ICD-10 at all; another rule says so if not."""
    return pl.col(field).is_in(pl.lit(reference.icd10_codes()).implode())


def is_asterisk(field: str) -> pl.Expr:
    """Return whether the code is an asterisk (manifestation) code."""
    return pl.col(field).is_in(pl.lit(reference.icd10_asterisk()).implode())


def type_agrees(kind: str) -> pl.Expr:
    """Return whether a type code and `icd10` belong together (rule_type_icd10.csv).

    `kind` is the type's field; types that the table does not name are not judged.
    """
    rows = reference.table("rule_type_icd10").filter(
        (pl.col("field") == kind) & (pl.col("in_use") == "1")
    )
    agrees = pl.lit(None, dtype=pl.Boolean)
    for code, codes in rows.select("type_code", "codes").iter_rows():
        agrees = pl.when(pl.col(kind) == code).then(within("icd10", codes)).otherwise(agrees)
    return agrees
