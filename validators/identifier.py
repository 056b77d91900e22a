"""The citizen ID number (GB 11643-1999) as polars expressions.

One fault, one finding: form, then check digit, then date; a later step is judged only when the
earlier ones are sound, because a single wrong digit disturbs all of them.
"""

import polars as pl

from validators import reference
from validators.expression import as_of, credible

STANDARD = "GB 11643-1999"
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECK_CHARACTERS = ("1", "0", "X", "9", "8", "7", "6", "5", "4", "3", "2")

#: Runs that people type to get past a box; the pattern engine has no back references.
PLACEHOLDER = "|".join([*(f"^{digit}+$" for digit in range(10)), "^123456789"])

#: `derived_id_state`: how far the number could be followed.
ILL_FORMED, WRONG_CHECK, READABLE = 1, 2, 3


def check_character(number: pl.Expr) -> pl.Expr:
    """Return the eighteenth character that the first seventeen digits call for."""
    # Digits by division of two small numbers: seventeen texts a card would take ten times as long.
    halves = [number.str.slice(i, n).cast(pl.UInt32, strict=False) for i, n in ((0, 9), (9, 8))]
    digits = [halves[0] // 10 ** (8 - i) % 10 for i in range(9)]
    digits += [halves[1] // 10 ** (7 - i) % 10 for i in range(8)]
    total = sum((digits[i] * WEIGHTS[i] for i in range(1, 17)), digits[0] * WEIGHTS[0])
    return pl.lit(pl.Series(CHECK_CHARACTERS)).gather((total % 11).cast(pl.UInt32))


def derived(field: str, judged: pl.Expr | None = None) -> list[pl.Expr]:
    """Return the columns that the rules below read: state, birth date and sex of the number.

    `judged` says on which cards the number is one of a citizen ID (a passport's is not).
    """
    number = pl.col(field) if judged is None else pl.when(judged).then(pl.col(field))
    well_formed = number.str.contains(r"^(?:[0-9]{17}[0-9X]|[0-9]{15})$") & ~number.str.contains(
        PLACEHOLDER
    )
    long = number.str.len_chars() == 18
    agrees = ~long | (number.str.slice(17, 1) == check_character(number))
    state = (
        pl.when(number.is_null())
        .then(None)
        .when(~well_formed)
        .then(ILL_FORMED)
        .when(~agrees)
        .then(WRONG_CHECK)
        .otherwise(READABLE)
    )
    day = pl.when(long).then(number.str.slice(6, 8)).otherwise("19" + number.str.slice(6, 6))
    order = pl.when(long).then(number.str.slice(16, 1)).otherwise(number.str.slice(14, 1))
    return [
        state.cast(pl.UInt8).alias("derived_id_state"),
        day.str.to_date("%Y%m%d", strict=False).alias("derived_id_birth"),
        (2 - order.cast(pl.Int32, strict=False) % 2).cast(pl.String).alias("derived_id_sex"),
    ]


def _readable(statement: pl.Expr) -> pl.Expr:
    return pl.when(pl.col("derived_id_state") == READABLE).then(statement)


def well_formed() -> pl.Expr:
    """Return whether the number has 15 digits or 17 digits and a check character."""
    return pl.col("derived_id_state") != ILL_FORMED


def check_digit_agrees() -> pl.Expr:
    """Return whether the check character follows from the digits."""
    state = pl.col("derived_id_state")
    return pl.when(state != ILL_FORMED).then(state != WRONG_CHECK)


def real_birth_date() -> pl.Expr:
    """Return whether the digits hold a date that exists, after 1850 and not in the future."""
    born = pl.col("derived_id_birth")
    return _readable((born.dt.year() >= 1850).fill_null(False) & (born <= as_of()).fill_null(False))


def area_known(field: str) -> pl.Expr:
    """Return whether the first six digits were ever the code of a county or prefecture."""
    listed = pl.lit(reference.area_codes("2", "3")).implode()
    return _readable(pl.col(field).str.slice(0, 6).is_in(listed))


def birth_date_agrees(birth: str = "birth_date") -> pl.Expr:
    """Return whether number and card give the same birth date; by year if that is all we have."""
    born = pl.col("derived_id_birth")
    possible = (born.dt.year() >= 1850) & (born <= as_of())
    day = pl.when(credible(birth)).then(born == pl.col(birth))
    year = pl.when(pl.col(birth).is_null()).then(born.dt.year() == pl.col(f"{birth}_year"))
    return _readable(pl.when(possible).then(pl.coalesce(day, year)))


def sex_agrees() -> pl.Expr:
    """Return whether number and card give the same sex, where the card gives one."""
    known = pl.col("sex").is_in(["1", "2"])
    return _readable(pl.when(known).then(pl.col("derived_id_sex") == pl.col("sex")))
